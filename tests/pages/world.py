"""One row of everything, about one woman of Harbin, so that every page has something to show."""

import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from benefits.models import (
    Accumulator,
    Alert,
    AlertAnswer,
    Claim,
    ClaimLine,
    ClaimStage,
    Facility,
    IncentiveRun,
    ManualClaim,
    ManualLine,
    PayoutAdjustment,
)
from benefits.services.running_totals import no_totals
from casework.models import Case
from casework.services import NewCase, comment, open_case
from enrollment.models import (
    Balance,
    ContributionPeriod,
    Enrollment,
    FamilyPayer,
    FormerShare,
    FundTransfer,
    Payment,
    SubsidyShare,
)
from exchange.models import Acknowledgement, Delivery, DeliveryAttempt, InboundRow, Job, JobChunk
from hardship.models import AssistanceGrant, Category, CategoryAlias, Recognition, ThirdPartySupport
from policy.services.versions import load_shipped_policies
from registry.models import AreaFiscalClass, Resident
from tests.exchange import factories as exchange
from tests.pages.finance_world import finance_papers
from tests.pages.outreach_world import outreach
from tests.registry import factories

POLICY = "230100/2025"
TRACE = [
    {"label": "个人缴费标准", "figure": "400", "clause": "黑医保发〔2024〕45号 一"},
    {
        "label": "定额资助",
        "figure": "240.00",
        "clause": "黑医保发〔2024〕45号 四",
        "status": "assumed",
        "reading": "据二手资料：资助60%",
    },
]
SPRING = datetime.date(2025, 3, 1)


def build(user: User, *, number: str = "", name: str = "王桂兰") -> Resident:
    """Return a resident about whom there is something on every page."""
    given = {"number": number} if number else {}
    resident = factories.ResidentFactory(name=name, household=factories.HouseholdFactory(), **given)
    factories.InsuredSpellFactory(resident=resident)
    hardship(resident)
    enrollment(resident, user)
    finance_papers(resident, user)
    outreach(resident, user)
    benefits(resident)
    on_paper(resident, user)
    partners(resident, user)
    case = open_case(
        case=NewCase(
            kind="unmatched_payment",
            title="缴费金额与应缴不符",
            area_id=resident.living_area_id,
            resident_id=resident.pk,
            reason="应缴160.00元，到账400.00元",
            options={"return": "退还本人", "keep": "留作下年度"},
        ),
        at=timezone.now(),
    )
    assert isinstance(case, Case)
    comment(case=case, user=user, text="已电话联系本人")
    return resident


def law() -> None:
    """Load the shipped policies."""
    load_shipped_policies()


def hardship(resident: Resident) -> None:
    """Two identities, one of them over, and the assistance they led to."""
    low, _ = Category.objects.get_or_create(
        code="subsistence_allowance",
        defaults={"label": "低保对象", "issuer": "civil_affairs", "attributes": {"residence": "城乡属性"}},
    )
    disabled, _ = Category.objects.get_or_create(
        code="severe_disability", defaults={"label": "重度残疾人", "issuer": "disabled_federation"}
    )
    CategoryAlias.objects.get_or_create(name="农村低保", defaults={"category": low})
    Recognition.objects.create(
        resident=resident,
        category=low,
        valid_from=datetime.date(2023, 1, 1),
        attributes={"residence": "rural"},
        authority="civil_affairs",
        document="哈民〔2023〕1号",
    )
    Recognition.objects.create(
        resident=resident,
        category=disabled,
        valid_from=datetime.date(2021, 5, 1),
        valid_to=datetime.date(2024, 5, 1),
        attributes={"level": 1},
        authority="disabled_federation",
    )
    AssistanceGrant.objects.create(
        resident=resident,
        coverage_year=2025,
        tier="partial",
        tier_label="定额资助",
        total=Decimal(240),
        aid={"basic": "240.00"},
        payers=[{"component": "basic", "payers": ["medical_assistance_fund", "county"], "amount": "240.00"}],
        losing=[{"tier": "disabled", "label": "重度残疾人资助", "total": "200.00"}],
        trace=TRACE,
        policy_key=POLICY,
        decided_on=SPRING,
    )
    ThirdPartySupport.objects.create(
        resident=resident,
        coverage_year=2025,
        giver="新阳路街道",
        offered=Decimal(100),
        amount=Decimal(60),
        given_on=SPRING,
        trace=TRACE,
    )


def enrollment(resident: Resident, user: User) -> None:
    """Three years of cover, the last one worked out and paid."""
    for year in (2023, 2024, 2025):
        computed = year == 2025
        registered = Enrollment.objects.create(
            resident=resident,
            coverage_year=year,
            pooling_area=resident.pooling_area,
            registered_on=datetime.date(year - 1, 10, 8),
            channel="tax",
            registered_by=user,
        )
        period = ContributionPeriod.objects.create(
            enrollment=registered,
            resident=resident,
            coverage_year=year,
            components={
                "basic": {"due": "400.00", "assisted": "240.00", "supported": "60.00", "payable": "100.00"}
            },
            due=Decimal(400),
            assisted=Decimal(240),
            supported=Decimal(60),
            payable=Decimal(100),
            paid=Decimal(100),
            window="concentrated",
            charge="personal",
            subsidy="granted",
            benefit_start=datetime.date(year, 1, 1),
            benefit_end=datetime.date(year, 12, 31),
            state="paid",
            quoted_on=datetime.date(year - 1, 10, 8),
            paid_on=datetime.date(year - 1, 10, 9),
            policy_key=POLICY if computed else "",
            trace=TRACE if computed else [],
        )
        Payment.objects.create(
            serial=f"TX{year}{resident.pk:06d}",
            state="booked",
            resident=resident,
            contribution=period,
            payer_name=resident.name,
            masked_id_number=resident.masked_id_number,
            coverage_year=year,
            amount=Decimal(100),
            paid_on=datetime.date(year - 1, 10, 9),
        )
        if computed:
            FamilyPayer.objects.create(
                payment=Payment.objects.get(serial=f"TX{year}{resident.pk:06d}"),
                name="王建国",
                masked_id_number="130299********013X",
                relation="parent",
                area_code="130200",
            )
            Balance.objects.create(
                contribution=period,
                resident=resident,
                coverage_year=year,
                kind="refund",
                amount=Decimal(60),
                payers=[{"component": "basic", "payers": ["county"], "amount": "60.00"}],
                reason="缴费后认定，事后资助",
                opened_at=timezone.now(),
            )
        share = {"contribution": period, "fiscal_year": year, "component": "basic", "level": "central"}
        SubsidyShare.objects.create(**share, amount=Decimal(402))
        FormerShare.objects.create(
            **share, amount=Decimal("400.01"), reason="补助标准更正", taken_back_at=timezone.now()
        )


def benefits(resident: Resident, *, year: int = 2025) -> None:
    """A stay in hospital, the year's totals, an answered alert."""
    facility, _ = Facility.objects.get_or_create(
        code="H23010001",
        defaults={"name": "哈尔滨市第一医院", "grade": "grade_3", "area": resident.living_area},
    )
    claim = Claim.objects.create(
        number=f"JS{year}{resident.pk:06d}",
        resident=resident,
        pooling_area=resident.pooling_area,
        facility=facility,
        kind="inpatient",
        coverage_year=year,
        admitted_on=datetime.date(year, 2, 1),
        discharged_on=datetime.date(year, 2, 11),
        settled_on=datetime.date(year, 2, 11),
        total=Decimal(30000),
        eligible=Decimal(26000),
        class_b_copay=Decimal(1000),
        out_of_scope=Decimal(3000),
        basic_paid=Decimal(15120),
        out_of_pocket=Decimal(14880),
        own_burden=Decimal(10880),
        policy_key=POLICY,
        totals_before=no_totals().as_json(),
        trace={"basic": TRACE, "critical_illness": TRACE, "cap": TRACE, "assistance": []},
    )
    PayoutAdjustment.objects.create(
        claim=claim,
        layer="basic",
        before=Decimal(15000),
        after=Decimal(15120),
        amount=Decimal(120),
        reason="补录结算后重新结算",
    )
    ClaimLine.objects.create(
        claim=claim,
        number=1,
        name="床位费",
        item_class="a",
        amount=Decimal(30000),
        eligible=Decimal(26000),
        class_b_copay=Decimal(1000),
    )
    Accumulator.objects.create(
        resident=resident,
        pooling_area=resident.pooling_area,
        coverage_year=year,
        claims=1,
        total=Decimal(30000),
        eligible=Decimal(26000),
        basic_paid=Decimal(15120),
        basic_by_kind={"inpatient": "15120.00"},
        own_burden=Decimal(10880),
        out_of_pocket=Decimal(14880),
        last_settled_on=datetime.date(year, 2, 11),
    )


def on_paper(resident: Resident, user: User) -> None:
    """A bill that waits for its check."""
    manual = ManualClaim.objects.create(
        number=f"PJ{resident.pk:06d}",
        resident=resident,
        facility=Facility.objects.get(code="H23010001"),
        kind="outpatient",
        admitted_on=SPRING,
        discharged_on=SPRING,
        total=Decimal(120),
        entered_by=user,
        entered_at=timezone.now(),
    )
    amounts = {"eligible": Decimal(100), "class_b_copay": Decimal(10)}
    ManualLine.objects.create(
        claim=manual, number=1, name="药品", item_class="b", amount=Decimal(120), **amounts
    )
    ClaimStage.objects.create(
        manual=manual, stage=manual.state, at=timezone.now(), by=user, total=Decimal(120), **amounts
    )


def partners(resident: Resident, user: User) -> None:
    """A list that came in, an alert that went out, a job."""
    agency = exchange.AgencyFactory()
    endpoint = exchange.WebhookEndpointFactory(agency=agency)
    event = exchange.OutboundEventFactory(area=resident.living_area, subject=f"resident:{resident.pk}")
    delivery = Delivery.objects.create(
        event=event,
        endpoint=endpoint,
        subject=event.subject,
        status="dead",
        attempts=9,
        next_attempt_at=timezone.now(),
        last_error="连接被拒绝",
    )
    DeliveryAttempt.objects.create(delivery=delivery, at=timezone.now(), error="连接被拒绝", duration_ms=12)
    Acknowledgement.objects.create(event=event, agency=agency, at=timezone.now())
    alert = Alert.objects.create(
        resident=resident,
        area=resident.living_area,
        coverage_year=2025,
        month="2025-03",
        measured_on=datetime.date(2025, 3, 31),
        pushed_on=datetime.date(2025, 4, 1),
        period="2025",
        rule="resident",
        rule_label="因病致贫预警",
        amount=Decimal(14880),
        threshold=Decimal(12000),
        event=event,
        answer_due_on=SPRING,
        policy_key=POLICY,
        trace=TRACE,
    )
    AlertAnswer.objects.create(
        alert=alert, agency=agency, outcome="not_eligible", checked_by="李明", checked_on=SPRING
    )
    batch = exchange.InboundBatchFactory(
        agency=agency,
        kind="identities.civil_affairs",
        counts={"new": 1, "refused": 1},
        created_by=user,
        as_of=SPRING,
    )
    InboundRow.objects.create(
        batch=batch,
        number=7,
        payload={"name": resident.name, "id_number": resident.masked_id_number},
        outcome="refused",
        code="identity_number_invalid",
        message="身份证号校验码不符",
        field="证件号码",
    )
    job = Job.objects.create(
        kind="year_end",
        params={"year": 2024},
        area=factories.harbin(),
        status="running",
        total=20000,
        done=5000,
    )
    JobChunk.objects.create(job=job, seq=1, from_key=1, to_key=5000, status="done", done_rows=5000)
    if not IncentiveRun.objects.exists():
        IncentiveRun.objects.create(
            area=factories.harbin(), year=2024, policy_key="230100/2024", job=job, counts={"insured": 19000}
        )
        FundTransfer.objects.create(
            area=factories.harbin(),
            fiscal_year=2025,
            level="province",
            amount=Decimal(1000000),
            received_on=SPRING,
            document="黑财社〔2025〕3号",
        )
        AreaFiscalClass.objects.create(area=factories.daoli(), fiscal_year=2025, fiscal_class="other")
