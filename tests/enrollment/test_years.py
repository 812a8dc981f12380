"""Across years: lapses and buying back, newborns with two premiums, news and classes that come later."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from casework.models import Case
from enrollment.models import Balance, ContributionPeriod, PaymentKind, SubsidyShare
from enrollment.selectors import entitlement_on
from enrollment.services.complete_subsidies import complete_subsidies
from enrollment.services.cover_elsewhere import correct_cover, record_cover, strike_out_cover
from enrollment.services.enroll import buy_back, enroll, requote
from enrollment.services.follow_changes import requote_changed, requote_open
from enrollment.services.payments import record_payments
from enrollment.services.settle_covered import PaidLater
from hardship.services.recognitions import NewRecognition, recognize
from policy.loader import read_shipped
from registry.services.insured_spells import Cover, Evidence, begin_insured_spell, end_insured_spell
from tests.enrollment.conftest import approve
from tests.enrollment.factories import InsuredFactory, classed, row
from tests.hardship.factories import category
from tests.registry.factories import ResidentFactory, UserFactory, harbin, identity_number

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date


@pytest.fixture
def year_before(law):
    """Heilongjiang and Harbin one year earlier."""
    for place in ("230000", "230100"):
        text = read_shipped(f"{place}/2025").replace("2024", "2023").replace("2025", "2024")
        approve(place, 2024, text.replace("CN/2024", "CN/2025"))


def test_lapsed_years_wait_and_months_can_be_bought_back(third_region):
    lapsed = ResidentFactory(living_area=third_region, pooling_area=third_region)
    loyal = ResidentFactory(living_area=third_region, pooling_area=third_region)
    InsuredFactory(resident=lapsed, year=2024)
    InsuredFactory(resident=loyal, year=2026)
    on = DAY(2026, 10, 1)
    enroll(resident_ids=[lapsed.pk, loyal.pk], coverage_year=2027, on=on)
    years = ContributionPeriod.objects.filter(coverage_year=2027)

    assert years.get(resident=lapsed).benefit_start == DAY(2027, 5, 1)
    assert years.get(resident=loyal).benefit_start == DAY(2027, 1, 1)
    bought = buy_back(resident_id=lapsed.pk, coverage_year=2027, months=1, day=on)

    assert (bought.benefit_start, bought.due, bought.payable) == (DAY(2027, 4, 1), 860, 860)
    assert bought.components["buy_back"]["due"] == "420.00"
    line = row(lapsed, DAY(2026, 11, 1), coverage_year=2027, amount=Decimal(860))
    assert record_payments(rows=[line])[0].outcome == "booked"
    assert years.get(resident=lapsed).benefit_start == DAY(2027, 4, 1)


def test_a_newborn_paying_both_years_in_one_file_is_covered_from_birth(year_before):
    born = DAY(2024, 12, 1)
    baby = ResidentFactory(number=identity_number(1, born_on=born), born_on=born)
    for year in (2024, 2025):
        enroll(resident_ids=[baby.pk], coverage_year=year, on=DAY(2024, 12, 20))

    outcomes = record_payments(
        rows=[row(baby, DAY(2024, 12, 20), coverage_year=year) for year in (2025, 2024)]
    )

    assert [each.outcome for each in outcomes] == ["booked", "booked"]
    starts = dict(ContributionPeriod.objects.values_list("coverage_year", "benefit_start"))
    assert starts == {2024: born, 2025: born}
    assert entitlement_on(resident_id=baby.pk, day=born).covered


def test_news_of_an_identity_changes_what_is_not_paid_yet():
    category("subsistence_allowance")
    waiting, paid = ResidentFactory(), ResidentFactory()
    enroll(resident_ids=[waiting.pk, paid.pk], coverage_year=2025, on=DAY(2024, 10, 1))
    record_payments(rows=[row(paid, DAY(2024, 10, 2))])
    start = timezone.now()
    recognize(
        rows=[
            NewRecognition(
                resident_id=each.pk,
                category="subsistence_allowance",
                valid_from=DAY(2024, 11, 1),
                authority="civil_affairs",
            )
            for each in (waiting, paid)
        ],
        reason="test",
    )

    count = requote_changed(since=start, until=timezone.now(), day=DAY(2024, 11, 2))

    payable = dict(ContributionPeriod.objects.values_list("resident", "payable"))
    assert (count, payable) == ((1, 0), {waiting.pk: 160, paid.pk: 400})


@pytest.mark.parametrize(
    ("part", "state", "back"), [(150, "partly_paid", []), (160, "paid", []), (200, "paid", [40])]
)
def test_a_part_payment_that_covers_the_lowered_dues_closes_the_year(part: int, state: str, back: list[int]):
    classed(harbin(), "equalised")
    category("subsistence_allowance")
    person, start = ResidentFactory(), timezone.now()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 1))
    record_payments(rows=[row(person, DAY(2024, 10, 2), amount=Decimal(part))])
    new = NewRecognition(
        resident_id=person.pk,
        category="subsistence_allowance",
        valid_from=DAY(2024, 10, 10),
        authority="civil_affairs",
    )
    recognize(rows=[new], reason="test")

    assert requote_changed(since=start, until=timezone.now(), day=DAY(2024, 10, 10)).anew == 1

    kept = ContributionPeriod.objects.get()
    assert (kept.state, kept.paid, kept.payable, kept.assisted) == (state, part, 160, 240)
    assert [(each.kind, each.amount) for each in Balance.objects.all()] == [("refund", each) for each in back]
    assert entitlement_on(resident_id=person.pk, day=DAY(2025, 2, 1)).covered is (state == "paid")
    if state == "paid":
        assert kept.paid_on == DAY(2024, 10, 10)
        assert None not in (kept.frozen_at, kept.grant.frozen_at)
        assert sum(SubsidyShare.objects.values_list("amount", flat=True)) == 670
    for amount in back:
        again = row(person, DAY(2024, 11, 1), amount=Decimal(amount), kind=PaymentKind.REFUND)
        (outcome,) = record_payments(rows=[again])
        kept.refresh_from_db()
        assert (outcome.outcome, kept.paid, kept.state) == ("booked", 160, "paid")
        assert Balance.objects.get().state == "squared"


class TestCoverElsewhere:
    """What is not paid follows cover elsewhere as it becomes known, ends, or turns out never to have been."""

    ON, HALFWAY = DAY(2026, 10, 1), DAY(2026, 10, 20)

    @pytest.fixture
    def lapsed(self, third_region, monkeypatch):
        """Somebody insured in 2024, who missed two years and waits five months."""
        noon = datetime.datetime.combine(self.HALFWAY, datetime.time(4), tzinfo=datetime.UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: noon)
        person = ResidentFactory(living_area=third_region, pooling_area=third_region)
        InsuredFactory(resident=person, year=2024)
        enroll(resident_ids=[person.pk], coverage_year=2027, on=self.ON)
        assert self.start() == DAY(2027, 5, 1)
        return person

    def start(self):
        return ContributionPeriod.objects.get(coverage_year=2027).benefit_start

    def spell(self, **said):
        return Cover(**({"scheme": "employee_scheme", "starts_on": DAY(2025, 3, 1)} | said))

    def test_a_clerk_who_records_corrects_and_strikes_it_out_is_told(self, lapsed):
        paper, user = Evidence("社保17", "本人来窗口"), UserFactory()

        spell, followed = record_cover(resident=lapsed, cover=self.spell(), evidence=paper, user=user)

        assert self.start() == DAY(2027, 1, 1)  # under employee insurance since 2025: no year missed
        assert (followed.requoted, followed.said.endswith("未缴清的 1 个年度已重新核定。")) == (1, True)
        over = self.spell(last_day=DAY(2025, 12, 31))
        assert correct_cover(spell=spell, cover=over, evidence=paper, user=user).requoted == 1
        assert self.start() == DAY(2027, 4, 1)  # one year missed
        strike_out_cover(spell=spell, evidence=paper, user=user)
        assert self.start() == DAY(2027, 5, 1)
        assert ContributionPeriod.objects.get(coverage_year=2027).quoted_on == self.HALFWAY

    def test_the_hourly_look_finds_what_others_wrote_and_what_dawned(self, lapsed):
        before = timezone.now() - datetime.timedelta(hours=1)
        spell = begin_insured_spell(resident=lapsed, starts_on=DAY(2025, 3, 1))
        assert self.start() == DAY(2027, 5, 1)

        later = timezone.now() + datetime.timedelta(hours=1)
        assert requote_changed(since=before, until=later, day=self.HALFWAY).anew == 1
        assert self.start() == DAY(2027, 1, 1)
        assert (
            requote_changed(since=later, until=later + datetime.timedelta(hours=1), day=self.HALFWAY).anew
            == 0
        )

        end = end_insured_spell(resident=lapsed, last_day=DAY(2026, 10, 22)).ends_on
        dawn = timezone.make_aware(datetime.datetime.combine(end, datetime.time(0)))
        seen = requote_changed(since=dawn - datetime.timedelta(hours=6), until=dawn, day=end)
        assert (spell.pk is not None, seen) == (True, (1, 0))

    def test_a_paid_year_stays_as_it_is(self, lapsed):
        record_payments(rows=[row(lapsed, self.ON, coverage_year=2027, amount=Decimal(440))])
        paid = ContributionPeriod.objects.get(coverage_year=2027)
        assert paid.state == "paid"

        _, followed = record_cover(
            resident=lapsed, cover=self.spell(), evidence=Evidence("17", "说明"), user=UserFactory()
        )

        assert followed.requoted == 0
        assert ContributionPeriod.objects.get(coverage_year=2027).benefit_start == paid.benefit_start

    def test_many_cost_the_queries_of_one(self, third_region):
        people = [ResidentFactory(living_area=third_region, pooling_area=third_region) for _ in range(5)]
        enroll(resident_ids=[each.pk for each in people], coverage_year=2027, on=self.ON)
        costs = []
        for part in (people[:1], people[1:2], people[2:]):  # the first builds the policy, which is kept
            with CaptureQueriesContext(connection) as queries:
                asked = [each.pk for each in part]
                assert requote_open(resident_ids=asked, day=self.HALFWAY).anew == len(part)
            costs.append(len(queries))

        assert costs[1] == costs[2]


def part_paid(part: int):
    """Return somebody who has paid a part in October and holds an identity that lowers what is due to 160."""
    category("subsistence_allowance")
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 1))
    record_payments(rows=[row(person, DAY(2024, 10, 2), amount=Decimal(part))])
    new = NewRecognition(
        resident_id=person.pk,
        category="subsistence_allowance",
        valid_from=DAY(2024, 9, 1),
        authority="civil_affairs",
    )
    recognize(rows=[new], reason="test")
    return person


@pytest.mark.parametrize(
    ("part", "state", "back"), [(150, "partly_paid", []), (160, "paid", []), (200, "paid", [40])]
)
def test_a_clerk_quoting_anew_below_what_was_paid_closes_the_year(part: int, state: str, back: list[int]):
    person = part_paid(part)

    (kept,) = requote(resident_ids=[person.pk], coverage_year=2025, day=DAY(2024, 10, 12), user=UserFactory())

    kept.refresh_from_db()
    assert (kept.state, kept.paid, kept.payable) == (state, part, 160)
    assert kept.paid_on == (DAY(2024, 10, 12) if state == "paid" else None)
    assert [(each.kind, each.amount) for each in Balance.objects.all()] == [("refund", each) for each in back]


def test_nobody_is_quoted_as_of_a_day_before_the_money_came():
    person = part_paid(200)

    with pytest.raises(PaidLater, match="2024-10-02 已有缴费入账"):
        requote(resident_ids=[person.pk], coverage_year=2025, day=DAY(2024, 10, 1))
    with pytest.raises(PaidLater):
        buy_back(resident_id=person.pk, coverage_year=2025, months=0, day=DAY(2024, 10, 1))
    assert ContributionPeriod.objects.get().state == "partly_paid"


def test_a_day_to_come_closes_nothing(monkeypatch):
    person = part_paid(200)
    monkeypatch.setattr(timezone, "localdate", lambda *_: DAY(2024, 10, 11))

    (kept,) = requote(resident_ids=[person.pk], coverage_year=2025, day=DAY(2024, 10, 12))

    assert (kept.state, kept.payable, Balance.objects.count()) == ("partly_paid", 160, 0)


def test_shares_are_completed_once_the_class_is_entered():
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 1))
    record_payments(rows=[row(person, DAY(2024, 10, 2))])
    assert not SubsidyShare.objects.exists()
    assert Case.objects.filter(kind="fiscal_class_missing").count() == 1

    classed(harbin(), "non_equalised")

    assert complete_subsidies(area=harbin()) == 1
    assert complete_subsidies(area=harbin()) == 0
    assert sum(SubsidyShare.objects.values_list("amount", flat=True)) == 670
