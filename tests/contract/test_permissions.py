"""Every call × scope × area. A path without an entry here fails."""

import re
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from benefits.models import AlertAnswer, ClaimState, PayoutAdjustment
from benefits.services.settle import settle_claims
from enrollment.models import Payment
from oversight.models import TaxTotal
from registry.models import AccessLog, InsuredSpell, Resident
from tests.benefits.factories import bill
from tests.contract import city
from tests.contract.matrix import ABOUT, CLAIM, MATRIX, PAYMENT, REFUSED, V1, Call, body, send
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db


every_call = pytest.mark.parametrize(
    "call", MATRIX, ids=lambda call: f"{call.method} {call.path} {call.outside}"
)


@pytest.fixture(autouse=True)
def _claims():
    wang = city.build_with_cover()
    day = city.DAY(2025, 6, 10)
    visit = bill(wang, "C1", 9000, day=day, facility_code=city.HOSPITAL)
    (outcome,) = settle_claims(claims=[visit], user=None)
    PayoutAdjustment.objects.create(claim=outcome.claim, layer="basic", before=1, after=2, amount=1)


def test_every_documented_call_has_an_entry():
    document = SchemaGenerator().get_schema(public=True)
    documented = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
        if method != "parameters"
    }

    assert documented == {(call.method, call.path) for call in MATRIX}


def test_the_document_names_the_scope_of_every_call():
    document = SchemaGenerator().get_schema(public=True)

    for call in MATRIX:
        operation = document["paths"][call.path][call.method.lower()]
        assert operation["security"] == [{"oauth2": [call.scope]}]
        assert f"`{call.scope}`" in operation["description"]


@every_call
def test_without_a_token_nobody_gets_in(call: Call):
    answer = send(APIClient(), call)

    assert (answer.status_code, body(answer)["code"]) == (401, "not_authenticated")


@every_call
def test_all_other_scopes_together_do_not_open_it(call: Call):
    others = [scope for scope in city.SCOPES if scope != call.scope]

    answer = send(city.client(call.agency(), *others), call)

    assert (answer.status_code, body(answer)["code"]) == (403, "permission_denied")


@every_call
@pytest.mark.parametrize("area", [registry.daoli, registry.harbin], ids=["county", "city"])
def test_its_scope_opens_it_to_the_county_and_what_stands_above(call: Call, area: Any):
    answer = send(city.client(call.agency(area()), call.scope), call)

    assert answer.status_code in (200, 202), answer.content
    assert outcomes(body(answer)) in ([], [""])


@every_call
def test_an_agency_of_another_county_learns_and_changes_nothing(call: Call):
    caller = city.client(call.agency(registry.shangzhi()), call.scope)

    answer = send(caller, call)

    assert told_of(answer) == call.outside
    assert not re.search("王桂兰|李秀英", answer.content.decode())
    assert not AccessLog.objects.exists()
    assert not Payment.objects.exists()
    assert not TaxTotal.objects.exists()
    assert not InsuredSpell.objects.exists()
    assert not AlertAnswer.objects.exists()
    assert claims_of_wang() == [("C1", ClaimState.SETTLED)]


def test_ownership_decides_every_call_about_claims():
    assert [call for call in MATRIX if call.not_owner] == [
        call for call in MATRIX if call.scope == "claims:write"
    ]


@pytest.mark.parametrize("owned_by", ["another", "nobody"])
@pytest.mark.parametrize(
    ("call", "kind"),
    [(call, kind) for call in MATRIX for kind in call.not_owner],
    ids=lambda value: f"{value.method} {value.path}" if isinstance(value, Call) else value,
)
def test_whose_facility_it_is_decides_within_the_area(call: Call, kind: str, owned_by: str):
    if owned_by == "another":
        city.agency("hospital", owns=city.HOSPITAL)
    who = city.agency(kind, owns=city.OTHER_HOSPITAL)

    answer = send(city.client(who, call.scope), call)

    assert told_of(answer) == call.not_owner[kind]
    assert claims_of_wang() == [("C1", ClaimState.SETTLED)]
    finds_claim = (
        kind != "hospital" and "{number}" in call.path
    )  # a look is logged though the call is refused
    assert AccessLog.objects.exists() is finds_claim
    assert ("王桂兰" in answer.content.decode()) is (finds_claim and call.method == "GET")


def test_an_agency_of_another_kind_files_for_the_facility_it_owns():
    caller = city.client(city.agency("health_commission", owns=city.HOSPITAL), "claims:write")

    answers = [send(caller, call, key=call.url) for call in MATRIX if call.not_owner]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200]
    assert claims_of_wang() == [("C1", ClaimState.REVERSED), ("C2", ClaimState.SETTLED)]


def test_a_claim_already_filed_by_another_hospital_is_not_shown_again():
    caller = city.client(city.agency("hospital", owns=city.OTHER_HOSPITAL), "claims:write")
    same = CLAIM | {"number": "C1", "facility_code": city.OTHER_HOSPITAL}

    answer = send(caller, Call("POST", V1 + "claims/", "", None, {"claims": [same]}))

    assert told_of(answer) == ["duplicate_number_other_amounts"]
    assert body(answer)["outcomes"][0]["claim"] is None


def test_a_reversal_names_no_claims_of_another_hospital():
    wang, later = Resident.objects.get(name="王桂兰"), city.DAY(2025, 7, 10)
    settle_claims(
        claims=[
            bill(wang, "C3", 9000, day=later, facility_code=city.OTHER_HOSPITAL),
            bill(wang, "C4", 9000, day=later, facility_code=city.HOSPITAL),
        ],
        user=None,
    )
    void = next(call for call in MATRIX if call.path.endswith("void/"))

    answer = send(city.client(void.agency(), void.scope), void)

    assert body(answer)["resettled"] == ["C4"]
    assert wang.claims.get(number="C3").history.count() == 2


def test_a_reversal_by_serial_alone_does_not_reach_a_stranger():
    own = city.client(city.agency(), "payments:write")
    other = city.client(city.agency(area=registry.shangzhi()), "payments:write")
    send(own, Call("POST", V1 + "payments/", "", None, {"rows": [PAYMENT]}))
    back = PAYMENT | {"serial": "T2", "kind": "reversal", "reverses_serial": "T1", "id_number": "none"}

    answer = send(other, Call("POST", V1 + "payments/", "", None, {"rows": [back]}))

    assert outcomes(body(answer)) == [REFUSED]
    assert Payment.objects.get().serial == "T1"


def test_an_alert_of_another_kind_of_agency_does_not_exist():
    caller = city.client(city.agency("disabled_federation"), "alerts:read", "alerts:write")

    assert body(caller.get(V1 + "alerts/"))["results"] == []
    answer = caller.post(
        f"{V1}alerts/{city.ALERT}/answer/", {"acknowledged": True}, headers={"Idempotency-Key": "k"}
    )
    assert body(answer)["code"] == "alert_not_found"


@pytest.mark.parametrize(
    "call",
    [
        call
        for call in MATRIX
        if "facts" not in (call.body or {}) and not re.search("events|lists|tax-totals|statistics", call.path)
    ],
    ids=lambda call: f"{call.method} {call.path}",
)
def test_asking_about_a_person_is_logged_with_agency_and_purpose(call: Call):
    who = call.agency()

    send(city.client(who, call.scope), call)

    logged = AccessLog.objects.get()
    assert logged.agency_code == who.code
    assert logged.resident.name == ABOUT.get(call.path, "王桂兰")
    assert logged.purpose.startswith("接口")


def claims_of_wang() -> list[tuple[str, str]]:
    wang = Resident.objects.get(name="王桂兰")
    return list(wang.claims.order_by("number").values_list("number", "state"))


def told_of(answer: Any) -> Any:
    """Return the code of a refusal, what a list holds, or the codes of rows."""
    told = body(answer)
    return (
        told["code"]
        if answer.status_code >= 400
        else told.get("results", outcomes(told) or [each["code"] for each in told.get("answers", [])])
    )


def outcomes(told: dict[str, Any]) -> list[str]:
    return [each["code"] for each in told.get("outcomes", [])]
