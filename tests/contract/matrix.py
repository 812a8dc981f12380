"""Every call of partners: its scope, and what an agency elsewhere gets."""

import json
from dataclasses import dataclass, field
from typing import Any

from rest_framework.test import APIClient

from exchange.models import Agency
from hardship.api.examples import SENT
from registry.models import Area
from tests.contract import city
from tests.registry import factories as registry


@dataclass(frozen=True)
class Call:
    """One call about a person of 道里区, and what an agency of another county gets.

    :param outside: the code, or what the list or rows hold for it
    :param not_owner: kind of agency of the county → what it gets where the facility is not its own; {} = no facility
    """

    method: str
    path: str
    scope: str
    outside: Any
    body: dict[str, Any] | None = None
    at: dict[str, Any] = field(default_factory=dict)
    not_owner: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.path.format(**self.at)

    def agency(self, area: Area | None = None) -> Agency:
        """Make an agency that may make the call, as far as its area goes.

        What its own facility billed stays its own wherever it sits, so one elsewhere bills for it but owns no bill.
        """
        is_near = registry.daoli().path.startswith((area or registry.daoli()).path)
        if self.not_owner:
            is_bill = self.body is not None and "claims" in self.body
            return city.agency("hospital", area=area, owns=city.HOSPITAL if is_near or is_bill else "")
        made = city.agency(area=area)
        if "batch_id" in self.at:
            owner = made if is_near else city.agency()
            city.batch(owner)
        return made


PERSON = {"id_number": city.WANG}
CLAIM = {
    "number": "C2",
    **PERSON,
    "facility_code": "H23010200001",
    "kind": "inpatient",
    "admitted_on": "2025-03-01",
    "discharged_on": "2025-03-10",
    "settled_on": "2025-03-10",
    "total": "9000.00",
    "eligible": "9000.00",
}
PAYMENT = {
    "serial": "T1",
    "id_number": city.LI,
    "coverage_year": 2025,
    "amount": "400.00",
    "paid_on": "2024-11-20",
}
REGISTRATION = {"id_number": city.LI, "coverage_year": 2025, "registered_on": "2024-11-20"}
NUMBERED = {"certificate": city.CERTIFICATE, "id_number": "230199202503080029", "document": "户口簿第4页"}
MOVED = {"kind": "hukou", "to": "230183", "since": "2025-03-15", "document": "户口簿", "reason": "落户"}
BACK = {
    "coverage_year": 2025,
    "reason": "duplicate",
    "asked_on": "2024-12-20",
    "evidence": "退申17号",
    "words": "重复缴费",
}
SPELL = PERSON | {"scheme": "employee_scheme", "starts_on": "2022-05-01", "last_day": "2022-12-31"}
FACTS = {"area": "230102", "born_on": "1965-03-01"}
YEAR = {"coverage_year": 2025, "paid_on": "2024-11-20"}
JUNE = {"area": "230102", "first": "2025-06", "last": "2025-06"}
HELP = {"outcome": "assisted", "checked_by": "赵建国", "checked_on": "2025-04-08"}
REFUSED = "resident_not_found"
ABOUT = {
    "/api/v1/payments/": "李秀英",
    "/api/v1/enrollments/": "李秀英",
    "/api/v1/newborns/number/": city.CHILD,
}
TAX_TOTAL = {"area": "230102", "day": "2024-11-20", "count": 1, "amount": "400.00"}
IN_MARCH = PERSON | {"on": "2025-03-01"}
V1 = "/api/v1/"
NOTHING: dict[str, Any] = {"hospital": [], "health_commission": []}
MATRIX = [
    Call("POST", V1 + "quotes/", "quote", REFUSED, PERSON | YEAR),
    Call("POST", V1 + "quotes/", "quote", "area_outside_scope", {"facts": FACTS} | YEAR),
    Call("POST", V1 + "entitlements/check/", "entitlement", REFUSED, IN_MARCH),
    Call("POST", V1 + "caps/check/", "entitlement", REFUSED, IN_MARCH),
    Call("POST", V1 + "identities/search/", "identities:read", REFUSED, IN_MARCH),
    Call("POST", V1 + "payments/", "payments:write", [REFUSED], {"rows": [PAYMENT]}),
    Call("POST", V1 + "enrollments/", "enrollments:write", REFUSED, REGISTRATION),
    Call("POST", V1 + "newborns/number/", "enrollments:write", REFUSED, NUMBERED),
    Call("POST", V1 + "residents/moves/", "enrollments:write", REFUSED, PERSON | MOVED),
    Call("POST", V1 + "insured-elsewhere/", "insured_elsewhere:write", [REFUSED], {"rows": [SPELL]}),
    Call("POST", V1 + "refunds/", "refunds:write", REFUSED, PERSON | BACK),
    Call("POST", V1 + "tax-totals/", "tax_totals:write", ["area_unknown"], {"rows": [TAX_TOTAL]}),
    Call("GET", V1 + "tax-totals/differences/", "tax_totals:write", [], {"month": "2024-11"}),
    Call(
        "POST",
        V1 + "claims/",
        "claims:write",
        [REFUSED],
        {"claims": [CLAIM]},
        not_owner={"hospital": ["facility_not_yours"], "health_commission": ["facility_not_yours"]},
    ),
    Call("GET", V1 + "claims/adjustments/", "claims:write", [], not_owner=NOTHING),
    Call(
        "GET",
        V1 + "claims/{number}/",
        "claims:write",
        "claim_not_found",
        at={"number": "C1"},
        not_owner={"hospital": "claim_not_found", "health_commission": []},
    ),
    Call(
        "GET",
        V1 + "claims/{number}/notice/",
        "claims:write",
        "claim_not_found",
        at={"number": "C1"},
        not_owner={"hospital": "claim_not_found", "health_commission": []},
    ),
    Call(
        "POST",
        V1 + "claims/{number}/void/",
        "claims:write",
        "claim_not_found",
        {"reason": "有误"},
        at={"number": "C1"},
        not_owner={"hospital": "claim_not_found", "health_commission": "facility_not_yours"},
    ),
    Call("POST", V1 + "entitlements/checks/", "entitlement", [REFUSED], {"checks": [IN_MARCH]}),
    Call("GET", V1 + "alerts/", "alerts:read", []),
    Call("GET", V1 + "statistics/in-policy-ratio/", "statistics:read", "area_outside_scope", JUNE),
    Call(
        "POST",
        V1 + "alerts/answers/",
        "alerts:write",
        ["alert_not_found"],
        {"answers": [{"id": city.ALERT} | HELP]},
    ),
    Call(
        "POST",
        V1 + "alerts/{alert_id}/answer/",
        "alerts:write",
        "alert_not_found",
        HELP,
        at={"alert_id": city.ALERT},
    ),
    Call(
        "POST",
        V1 + "lists/{kind}/",
        "identities:write",
        "area_outside_scope",
        SENT,
        at={"kind": "civil_affairs"},
    ),
    Call(
        "GET",
        V1 + "lists/batches/{batch_id}/",
        "identities:write",
        "batch_not_found",
        at={"batch_id": city.BATCH},
    ),
    Call(
        "GET",
        V1 + "lists/batches/{batch_id}/rows/",
        "identities:write",
        "batch_not_found",
        at={"batch_id": city.BATCH},
    ),
    Call("GET", V1 + "lists/agreements/", "identities:write", []),
    Call("GET", V1 + "events/", "events:read", []),
    Call(
        "POST",
        V1 + "events/{event_id}/acknowledge/",
        "events:read",
        "event_not_found",
        at={"event_id": city.EVENT},
    ),
]


def send(caller: APIClient, call: Call, key: str = "k") -> Any:
    return getattr(caller, call.method.lower())(call.url, call.body, headers={"Idempotency-Key": key})


def body(answer: Any) -> Any:
    return json.loads(answer.content)
