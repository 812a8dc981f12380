"""One person at the counter: offered, registered as was shown, moved to another area."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ContributionPeriod, Enrollment, EnrollmentStatus
from enrollment.selectors import entitlement_on
from enrollment.services.enroll import ContributionFrozen, NoBenefitDay
from enrollment.services.on_the_spot import (
    Counter,
    QuoteOutdated,
    enroll_at_counter,
    offer_at_counter,
    requote_at_counter,
    transfer_enrollment,
)
from enrollment.services.payments import record_payments
from enrollment.services.settle_assisted import settle_nothing_due
from policy.errors import RuleNotPublished
from tests.enrollment.factories import row
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, UserFactory, area, identity_number, shangzhi, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
AUTUMN = DAY(2024, 10, 5)
MOST_QUERIES = 25


def at_counter(person, **said) -> Counter:
    return Counter(**{"resident": person, "coverage_year": 2025, "on": AUTUMN, "place": "新阳路社区"} | said)


def test_what_is_offered_is_registered():
    clerk, person = UserFactory(), RecognitionFactory().resident
    asked = at_counter(person)

    offered = offer_at_counter(asked)
    assert not Enrollment.objects.exists()
    made = enroll_at_counter(asked=asked, seen=offered.seen, user=clerk)

    figures = ContributionPeriod.objects.get(enrollment=made)
    assert (figures.payable, figures.assisted) == (offered.quote.dues.payable, 240)
    assert (made.channel, made.place, made.registered_by) == ("window", "新阳路社区", clerk)


def test_what_changed_since_it_was_shown_is_not_registered():
    person = ResidentFactory()
    offered = offer_at_counter(at_counter(person))
    RecognitionFactory(resident=person)

    with pytest.raises(QuoteOutdated, match="情况已变化"):
        enroll_at_counter(asked=at_counter(person), seen=offered.seen, user=UserFactory())

    assert not Enrollment.objects.exists()


def test_without_a_benefit_day_the_written_words_are_wanted_and_kept():
    clerk, person = UserFactory(), ResidentFactory()
    late = at_counter(person, on=DAY(2025, 10, 1))
    seen = offer_at_counter(late).seen

    with pytest.raises(NoBenefitDay):
        enroll_at_counter(asked=late, seen=seen, user=clerk)
    said = "本人知悉本年度没有待遇日，仍要参保。王桂兰"
    confirmed = at_counter(person, on=DAY(2025, 10, 1), confirmation=said)
    made = enroll_at_counter(asked=confirmed, seen=seen, user=clerk)

    figures = ContributionPeriod.objects.get(enrollment=made)
    assert (figures.no_benefit_confirmed, figures.confirmation) == (True, said)
    assert figures.history.earliest().history_user == clerk
    assert figures.history.earliest().confirmation == said


def test_words_that_nobody_needs_are_not_kept():
    asked = at_counter(ResidentFactory(), confirmation="备注")

    made = enroll_at_counter(asked=asked, seen=offer_at_counter(asked).seen, user=UserFactory())

    assert made.contribution.confirmation == ""
    assert not made.contribution.no_benefit_confirmed


class TestToldLate:
    """Where nothing is left to pay, nobody's word opens cover for days gone by."""

    TODAY = DAY(2025, 4, 10)

    @pytest.fixture(autouse=True)
    def spring(self, monkeypatch):
        noon = datetime.datetime.combine(self.TODAY, datetime.time(4), tzinfo=datetime.UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: noon)

    def registered(self, person, on, **said):
        asked = at_counter(person, on=on, **said)
        offered = offer_at_counter(asked)
        made = enroll_at_counter(asked=asked, seen=offered.seen, user=UserFactory())
        figures = ContributionPeriod.objects.get(enrollment=made)
        assert figures.benefit_start == offered.quote.dues.terms.start
        return offered.on, made.registered_on, figures.quoted_on, figures.payable, figures.benefit_start

    @pytest.mark.parametrize("said", [AUTUMN, DAY(2025, 4, 9), TODAY])
    def test_with_nothing_to_pay_it_counts_from_today(self, said):
        person = RecognitionFactory(of="extreme_hardship").resident

        today = self.TODAY
        assert self.registered(person, said) == (today, today, today, 0, DAY(2025, 7, 10))

        settle_nothing_due(today=today)
        assert entitlement_on(resident_id=person.pk, day=DAY(2025, 7, 9)).code == "waiting"
        assert entitlement_on(resident_id=person.pk, day=DAY(2025, 7, 10)).covered

    def test_who_pays_is_dated_by_the_money_anyhow(self):
        assert self.registered(ResidentFactory(), AUTUMN) == (AUTUMN, AUTUMN, AUTUMN, 400, DAY(2025, 1, 1))

    def test_cover_since_birth_is_moved_by_no_day(self):
        born = DAY(2025, 1, 5)  # 95 days before today, 85 before the day of the registration
        child = ResidentFactory(number=identity_number(1, born_on=born), born_on=born)
        RecognitionFactory(resident=child, of="extreme_hardship", valid_from=born)
        on = DAY(2025, 3, 31)

        assert self.registered(child, on, population="newborn") == (on, on, on, 0, born)

    def test_a_new_quote_of_a_past_day_counts_from_today_too(self):
        person = RecognitionFactory(of="extreme_hardship").resident
        self.registered(person, self.TODAY)
        owed = ContributionPeriod.objects.get()

        quoted = requote_at_counter(contribution=owed, day=AUTUMN, user=UserFactory())

        assert (quoted.quoted_on, quoted.benefit_start) == (self.TODAY, DAY(2025, 7, 10))

    def test_a_registration_that_moves_counts_from_today_too(self):
        person = RecognitionFactory(of="extreme_hardship").resident
        self.registered(person, self.TODAY)

        made = transfer_enrollment(
            enrollment=Enrollment.objects.get(),
            living_area=shangzhi(),
            on=DAY(2024, 12, 1),
            reason="搬家",
            user=UserFactory(),
        )

        figures = ContributionPeriod.objects.get(enrollment=made)
        person.refresh_from_db()
        assert (person.living_area, person.living_since) == (shangzhi(), DAY(2024, 12, 1))
        assert (made.registered_on, figures.quoted_on) == (self.TODAY, self.TODAY)
        assert figures.benefit_start == DAY(2025, 7, 10)


def test_a_registration_at_the_counter_costs_no_more_queries_than_agreed(monkeypatch):
    noon = datetime.datetime.combine(AUTUMN, datetime.time(4), tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)
    clerk = UserFactory()
    first, person = ResidentFactory(), RecognitionFactory().resident
    for each in (first, person):  # the policy is read once
        seen = offer_at_counter(at_counter(each)).seen
    with CaptureQueriesContext(connection) as asked:
        enroll_at_counter(asked=at_counter(person), seen=seen, user=clerk)

    assert len([each for each in asked if "SAVEPOINT" not in each["sql"]]) <= MOST_QUERIES


def test_an_unpaid_registration_moves_with_the_person():
    clerk, person = UserFactory(), ResidentFactory()
    asked = at_counter(person, population="student")
    old = enroll_at_counter(asked=asked, seen=offer_at_counter(asked).seen, user=clerk)
    there = area("230200", name="齐齐哈尔市", parent=area("230000"))

    with pytest.raises(RuleNotPublished):  # Tangshan's documents say nothing of payments so late
        transfer_enrollment(
            enrollment=old, living_area=tangshan(), on=DAY(2025, 3, 1), reason="迁居", user=clerk
        )
    old.refresh_from_db()
    assert old.status == EnrollmentStatus.ACTIVE
    made = transfer_enrollment(enrollment=old, living_area=there, on=AUTUMN, reason="迁居", user=clerk)

    old.refresh_from_db()
    person.refresh_from_db()
    assert old.status == EnrollmentStatus.WITHDRAWN
    assert (made.pooling_area, made.population, person.living_area) == (there, "student", there)
    assert made.contribution.policy_key == "230000/2025"
    assert "转移参保地" in old.history.first().history_change_reason


def test_a_paid_year_stays_where_it_is():
    clerk, person = UserFactory(), ResidentFactory()
    asked = at_counter(person)
    made = enroll_at_counter(asked=asked, seen=offer_at_counter(asked).seen, user=clerk)
    record_payments(rows=[row(person, AUTUMN)])

    with pytest.raises(ContributionFrozen):
        transfer_enrollment(enrollment=made, living_area=shangzhi(), on=AUTUMN, reason="迁居", user=clerk)

    person.refresh_from_db()
    assert person.living_area.code == "230102"
