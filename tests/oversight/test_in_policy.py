"""The share of in-policy inpatient expense the fund pays, and what the fund took in and paid, as of any month."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benefits.models import Claim, PayoutAdjustment
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from enrollment.models import FundTransfer, Payment, PaymentState
from oversight.admin.in_policy import FUND_HEAD, _fund_amounts
from oversight.selectors.fund_run import FundMonth, fund_months
from oversight.selectors.in_policy import Sums, in_policy_sheet
from registry.batch.history import update_with_history
from registry.models import Resident
from registry.selectors import pooling_areas_of
from tests.benefits.factories import bill, hospital, insured, law, somebody
from tests.registry.factories import daoli, harbin, shangzhi, tangshan

DAY = datetime.date
pytestmark = pytest.mark.django_db
MARCH, MAY = DAY(2025, 3, 1), DAY(2025, 5, 1)


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()
    hospital("H23010000002", grade="grade_1")


def settled(person, number, amount, paid, **more):
    (outcome,) = settle_claims(claims=[bill(person, number, amount, basic_paid=paid, **more)], user=None)
    assert outcome.code == ""
    return outcome.claim


def test_the_share_by_month_place_and_grade():
    here, there = insured(somebody(1)), insured(somebody(2, living_area=shangzhi()))
    settled(here, "A", 10_000, 6_900)
    settled(here, "B", 10_000, 7_100, day=DAY(2025, 5, 2), facility_code="H23010000002")
    settled(there, "C", 10_000, 5_000, day=DAY(2025, 5, 3))
    settled(here, "O", 100, 50, kind="outpatient", day=DAY(2025, 5, 4))

    sheet = in_policy_sheet(area=harbin(), first=MARCH, last=MAY)

    assert [(each.name, each.share, each.is_outside) for each in sheet.months] == [
        ("2025-03", Decimal("0.6900"), False),
        ("2025-05", Decimal("0.6050"), True),
    ]
    assert {each.name: each.share for each in sheet.places} == {
        daoli().name: Decimal("0.7000"),
        shangzhi().name: Decimal("0.5000"),
    }
    assert {each.name: each.sums.stays for each in sheet.grades} == {"grade_1": 1, "grade_3": 2}
    assert (sheet.total.sums.stays, sheet.total.sums.fund_paid) == (3, Decimal("19000.00"))
    assert sheet.total.traced is not None
    assert "黑医保发〔2024〕45号 五" in [step.clause for step in sheet.total.traced.steps]


def test_a_county_sees_its_own_people():
    settled(insured(somebody(1)), "A", 10_000, 7_000)
    settled(insured(somebody(2, living_area=shangzhi())), "C", 10_000, 5_000)

    sheet = in_policy_sheet(area=daoli(), first=MARCH, last=MAY)

    assert (sheet.total.sums.stays, sheet.total.share) == (1, Decimal("0.7000"))


@pytest.mark.raw_writes("what was known when is the test's own making")
def test_a_past_month_as_it_was_known_then():
    claim = settled(insured(somebody(1)), "A", 10_000, 7_000)
    Claim.history.update(history_date=datetime.datetime(2025, 4, 2, 9, tzinfo=datetime.UTC))
    void_claim(claim=claim, user=None, reason="误报")

    now = in_policy_sheet(area=harbin(), first=MARCH, last=MARCH)
    then = in_policy_sheet(area=harbin(), first=MARCH, last=MARCH, known_on=DAY(2025, 4, 30))
    before = in_policy_sheet(area=harbin(), first=MARCH, last=MARCH, known_on=DAY(2025, 4, 1))

    assert [each.total.sums.stays for each in (now, then, before)] == [0, 1, 0]
    assert then.total.share == Decimal("0.7000")
    assert now.total.share is None


def test_without_a_published_band_the_share_is_told_alone():
    settled(insured(somebody(1)), "A", 10_000, 1_000)

    sheet = in_policy_sheet(area=harbin(), first=DAY(2031, 1, 1), last=DAY(2031, 2, 1))

    assert sheet.total.traced is None
    assert "2031" in sheet.silence


def test_the_fund_month_by_month():
    person = insured(somebody(1))
    contribution = person.contributions.get()
    Payment.objects.create(
        serial="T1",
        state=PaymentState.BOOKED,
        resident=person,
        contribution=contribution,
        coverage_year=2025,
        amount=400,
        paid_on=DAY(2025, 3, 2),
    )
    FundTransfer.objects.create(
        area=harbin(), fiscal_year=2025, level="city", amount=1000, received_on=DAY(2025, 3, 5), document="甲"
    )
    FundTransfer.objects.create(
        area=tangshan(), fiscal_year=2025, level="city", amount=9, received_on=DAY(2025, 3, 5), document="乙"
    )
    settled(person, "A", 10_000, 7_000)
    settled(person, "O", 100, 50, kind="outpatient", day=DAY(2025, 4, 4))

    months = dict(fund_months(area=harbin(), first=MARCH, last=MAY))

    march = months["2025-03"]
    assert (march.premiums, march.subsidies, march.basic) == (400, 1000, 7000)
    assert (march.income, march.balance) == (1400, -5600)
    assert months["2025-04"].basic == 50
    assert march.supplement == 0
    assert march + months["2025-04"] == FundMonth(Decimal(400), Decimal(1000), Decimal(0), Decimal(7050))


@pytest.mark.raw_writes("a supplement that no shipped policy has")
def test_what_a_supplement_pays_has_a_column_of_its_own():
    settled(insured(somebody(1)), "A", 10_000, 7_000)
    Claim.objects.update(supplement_paid=300, out_of_pocket=F("out_of_pocket") - 300)

    ((month, march),) = fund_months(area=harbin(), first=MARCH, last=MARCH)

    assert (month, march.supplement, march.basic, march.balance) == ("2025-03", 300, 7000, -7000)
    assert dict(zip(FUND_HEAD[1:], _fund_amounts(march), strict=True))["补充保险支出"] == 300


def moves(person, place, day):
    """Let somebody live in another place from a day on, as is recorded now."""
    pool = pooling_areas_of([place])[place.pk]
    fields = {"living_area": place, "pooling_area": pool, "living_since": day}
    update_with_history(Resident.objects.filter(pk=person.pk), fields, reason="迁居")


def test_a_past_month_does_not_change_when_somebody_moves_away():
    mover, neighbour = insured(somebody(1)), insured(somebody(2))
    settled(mover, "A", 20_000, 16_830)
    settled(neighbour, "B", 10_000, 5_520, facility_code="H23010000002")

    def told(**more):
        sheet = in_policy_sheet(area=harbin(), first=MARCH, last=MARCH, **more)
        return [(each.name, each.sums, each.share) for each in (*sheet.places, *sheet.grades, sheet.total)]

    before = told()
    moves(neighbour, shangzhi(), DAY(2025, 6, 1))
    moves(mover, tangshan(), DAY(2025, 7, 1))

    assert told() == told(known_on=timezone.localdate()) == before
    assert before[-1][1] == Sums(2, Decimal("30000.00"), Decimal("22350.00"))


@pytest.mark.raw_writes("what was known when is the test's own making")
def test_a_place_corrected_later_was_not_known_then():
    person = insured(somebody(1))
    settled(person, "A", 10_000, 7_000)
    long_ago = datetime.datetime(2025, 4, 2, 9, tzinfo=datetime.UTC)
    Claim.history.update(history_date=long_ago)
    Resident.history.update(history_date=long_ago)
    moves(person, shangzhi(), DAY(2025, 1, 1))

    now = in_policy_sheet(area=harbin(), first=MARCH, last=MARCH)
    then = in_policy_sheet(area=harbin(), first=MARCH, last=MARCH, known_on=DAY(2025, 4, 30))

    assert [each.name for each in (*now.places, *then.places)] == [shangzhi().name, daoli().name]


@pytest.mark.raw_writes("what was known when is the test's own making")
def test_what_is_taken_back_counts_in_the_month_it_was_taken_back():
    claim = settled(insured(somebody(1)), "A", 10_000, 7_000)
    Claim.objects.update(recorded_at=datetime.datetime(2025, 3, 12, tzinfo=datetime.UTC))
    void_claim(claim=claim, user=None, reason="误报")
    PayoutAdjustment.objects.update(recorded_at=datetime.datetime(2025, 4, 30, 15, 59, tzinfo=datetime.UTC))

    def basic(**more):
        months = fund_months(area=harbin(), first=MARCH, last=MAY, **more)
        return {month: each.basic for month, each in months if each.basic}

    assert basic() == {"2025-03": 7000, "2025-04": -7000}
    assert basic(known_on=DAY(2025, 4, 29)) == {"2025-03": 7000}
    assert basic(known_on=DAY(2025, 4, 30)) == basic()
    assert basic(known_on=DAY(2025, 3, 11)) == {}


@pytest.mark.raw_writes("what was known when is the test's own making")
def test_money_recorded_later_was_not_known_then():
    for document, day in (("甲", 6), ("乙", 20)):
        FundTransfer.objects.create(
            area=harbin(),
            fiscal_year=2025,
            level="city",
            amount=day,
            received_on=DAY(2025, 3, 5),
            document=document,
        )
        FundTransfer.objects.filter(document=document).update(
            recorded_at=datetime.datetime(2025, 3, day, tzinfo=datetime.UTC)
        )

    known = [
        fund_months(area=harbin(), first=MARCH, last=MARCH, known_on=day) for day in (DAY(2025, 3, 6), None)
    ]

    assert [month.subsidies for ((_, month),) in known] == [6, 26]


def test_as_many_queries_for_few_as_for_many():
    def cost(first: int, last: int) -> int:
        for serial in range(first, last):
            settled(insured(somebody(serial)), f"Q{serial}", 1_000, 700)
        with CaptureQueriesContext(connection) as queries:
            in_policy_sheet(area=harbin(), first=MARCH, last=MAY)
            fund_months(area=harbin(), first=MARCH, last=MAY)
        return len(queries)

    assert cost(1, 3) == cost(3, 12)
