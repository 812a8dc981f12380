"""One person at the counter: offered, registered as was shown, moved to another area."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ContributionPeriod, Enrollment, EnrollmentStatus
from enrollment.services.enroll import ContributionFrozen, NoBenefitDay
from enrollment.services.on_the_spot import (
    Counter,
    QuoteOutdated,
    enroll_at_counter,
    offer_at_counter,
    transfer_enrollment,
)
from enrollment.services.payments import record_payments
from policy.errors import RuleNotPublished
from tests.enrollment.factories import row
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, UserFactory, area, shangzhi, tangshan

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


def test_a_registration_at_the_counter_costs_no_more_queries_than_agreed():
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
