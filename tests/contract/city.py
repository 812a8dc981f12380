"""A small town of partners: people of two counties of Harbin, the law of 2025, agencies with tokens."""

import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from rest_framework.test import APIClient

from benefits.models import Alert, Facility
from benefits.services.settle import settle_claims
from enrollment.models import ContributionPeriod, ContributionState, Enrollment
from exchange.models import Agency, InboundBatch, OutboundEvent
from hardship.models import Category, Recognition
from policy.selectors import approved_policy
from policy.services.versions import load_shipped_policies
from registry.batch.history import update_with_history
from registry.models import AreaFiscalClass, Resident
from tests.benefits.factories import bill
from tests.exchange.factories import AgencyFactory, InboundBatchFactory, token
from tests.registry import factories as registry

HOSPITAL, OTHER_HOSPITAL = "H23010200001", "H23010200002"
CERTIFICATE, CHILD = "S230000001", "王小样"
WANG, LI, STRANGER = "230199196503010428", "230199196503010444", "230199196503010460"
LATE = "230199196503010487"
EVENT, ALERT, BATCH = "0190f3f0-5f1e-7cc3-98c4-dc0c0c07398f", 7, 118
SCOPES = (
    "quote",
    "entitlement",
    "identities:read",
    "identities:write",
    "enrollments:write",
    "insured_elsewhere:write",
    "payments:write",
    "refunds:write",
    "tax_totals:write",
    "claims:write",
    "alerts:read",
    "alerts:write",
    "events:read",
    "statistics:read",
)
DAY = datetime.date
LAW, KEY = 2025, "230100/2025"  # the year whose figures were worked out here
SENT_AT = datetime.datetime(2025, 4, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))


def build() -> None:
    """Make people, law, hospital, a claimable cover and an alert of the first of them."""
    load_shipped_policies()
    Category.objects.get_or_create(
        code="subsistence_allowance",
        defaults={"label": "低保对象", "issuer": "civil_affairs", "attributes": {"residence": "城乡属性"}},
    )
    wang = resident(WANG, "王桂兰")
    resident(LI, "李秀英")
    resident(STRANGER, "张玉梅", living_area=registry.shangzhi())
    resident(CERTIFICATE, CHILD, id_kind="birth_certificate", sex="2", born_on=DAY(2025, 3, 8))
    recognize(wang)
    insure(wang, 2024)
    AreaFiscalClass.objects.create(area=registry.harbin(), fiscal_year=2024, fiscal_class="equalised")
    for code, name in ((HOSPITAL, "道里区人民医院"), (OTHER_HOSPITAL, "道里区中医医院")):
        Facility.objects.create(code=code, name=name, grade="grade_3", area=registry.daoli())
    warn(wang)


def build_with_cover() -> Resident:
    """Make the town with the first person insured in 2025, the second in 2024; return the first."""
    build()
    insure(Resident.objects.get(name="李秀英"), 2024)
    wang = Resident.objects.get(name="王桂兰")
    insure(wang, 2025)
    return wang


def resident(number: str, name: str, **fields: Any) -> Resident:
    return registry.ResidentFactory(number=number, name=name, **fields)


def recognize(person: Resident) -> Recognition:
    """Give a rural subsistence allowance since July 2023, with a remark that is nobody else's business."""
    return Recognition.objects.create(
        resident=person,
        category_id="subsistence_allowance",
        valid_from=DAY(2023, 7, 1),
        attributes={"residence": "rural", "remark": "户主服刑"},
        authority="civil_affairs",
    )


def insure(person: Resident, year: int, *, starting: datetime.date | None = None) -> ContributionPeriod:
    """Give a paid coverage year, from its first day unless told otherwise."""
    enrollment = Enrollment.objects.create(
        resident=person, coverage_year=year, pooling_area=person.pooling_area, registered_on=DAY(year, 1, 1)
    )
    return ContributionPeriod.objects.create(
        enrollment=enrollment,
        resident=person,
        coverage_year=year,
        due=400,
        payable=400,
        paid=400,
        state=ContributionState.PAID,
        benefit_start=starting or DAY(year, 1, 1),
        benefit_end=DAY(year, 12, 31),
        quoted_on=DAY(year - 1, 11, 1),
        paid_on=DAY(year - 1, 11, 1),
        **({"policy_key": KEY, "policy_digest": approved_policy(KEY).digest} if year == LAW else {}),
    )


def settle_elsewhere() -> None:
    """Settle a claim of the first person at the other hospital, which has an agency."""
    insure(Resident.objects.get(name="王桂兰"), 2025)
    agency("hospital", owns=OTHER_HOSPITAL)
    claim = bill(
        Resident.objects.get(name="王桂兰"), "H230102202502010009", 9000, facility_code=OTHER_HOSPITAL
    )
    settle_claims(claims=[claim], user=None)


def warn(person: Resident, *, alert: int = ALERT, event: str = EVENT, month: str = "2025-03") -> Alert:
    """Raise an alert for civil and rural affairs."""
    said = OutboundEvent.objects.create(
        pk=event,
        kind="alert.raised",
        area=person.living_area,
        agency_kinds=["civil_affairs", "rural_affairs"],
        subject=f"resident:{alert}",
        payload={"name": person.name, "masked_id_number": person.masked_id_number, "amount": "21500.00"},
        dedupe_key=f"alert:{alert}",
    )
    OutboundEvent.objects.filter(pk=said.pk).update(created_at=SENT_AT)
    made = Alert.objects.create(
        pk=alert,
        resident=person,
        area=person.living_area,
        coverage_year=2025,
        month=month,
        measured_on=DAY(2025, 3, 31),
        pushed_on=DAY(2025, 4, 1),
        period=month,
        rule="fall_into_poverty",
        rule_label="因病致贫预警",
        amount=Decimal("21500.00"),
        threshold=Decimal("20688.00"),
        event=said,
        answer_due_on=DAY(2025, 4, 11),
        policy_key="230100/2025",
    )
    update_with_history(Alert.objects.filter(pk=made.pk), {"created_at": SENT_AT}, reason="alert")
    return made


def agency(
    kind: str = "civil_affairs", *, area: Any = None, code: str | None = None, owns: str = ""
) -> Agency:
    """Make a partner with a client.

    :param owns: code of the facility that becomes its own
    """
    named = {"code": code} if code else {}
    made: Agency = AgencyFactory(with_client=True, kind=kind, area=area or registry.daoli(), **named)
    update_with_history(Facility.objects.filter(code=owns), {"agency": made}, reason="correct")
    return made


def batch(owner: Agency) -> InboundBatch:
    """Make the list the guide speaks of, and let the numbers of the next ones go on after it."""
    made: InboundBatch = InboundBatchFactory(pk=BATCH, kind="identities.civil_affairs", agency=owner)
    with connection.cursor() as cursor:
        table = InboundBatch._meta.db_table
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(nextval(pg_get_serial_sequence(%s, 'id')), %s))",
            [table, table, BATCH],
        )
    return made


def client(who: Agency, *scopes: str) -> APIClient:
    """Return an HTTP client with a token of the agency; all scopes unless some are named."""
    made = APIClient()
    made.credentials(HTTP_AUTHORIZATION=token(who, *(scopes or SCOPES)))
    return made
