"""Enrolling, quoting anew, withdrawing."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ContributionPeriod, ContributionState, Enrollment
from enrollment.services.enroll import (
    AlreadyEnrolled,
    ContributionFrozen,
    NoBenefitDay,
    NotEnrolled,
    ResidentDead,
    ResidentUnknown,
    enroll,
    requote,
    withdraw,
)
from enrollment.services.payments import record_payments
from enrollment.services.quote import quote
from hardship.models import AssistanceGrant
from policy.errors import PolicyNotFound, RuleNotPublished
from tests.enrollment.factories import row
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, UserFactory, area, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date


@pytest.mark.parametrize(
    ("paid_on", "start", "due", "subsidy"),
    [
        (DAY(2024, 9, 1), DAY(2025, 1, 1), 400, "granted"),
        (DAY(2024, 12, 31), DAY(2025, 1, 1), 400, "granted"),
        (DAY(2025, 1, 1), DAY(2025, 1, 2), 400, "granted"),
        (DAY(2025, 2, 28), DAY(2025, 3, 1), 400, "granted"),
        (DAY(2025, 3, 1), DAY(2025, 6, 1), 400, "granted"),
        (DAY(2025, 6, 30), DAY(2025, 9, 30), 400, "granted"),
        (DAY(2025, 7, 1), DAY(2025, 10, 1), 1070, "none"),
        (DAY(2025, 9, 30), DAY(2025, 12, 30), 1070, "none"),
    ],
)
def test_a_quote_follows_the_window_of_the_day(paid_on, start, due, subsidy):
    person = ResidentFactory()

    found = quote(resident_ids=[person.pk], coverage_year=2025, paid_on=paid_on)[person.pk]

    assert found.dues.terms.start == start
    assert (found.dues.due, found.dues.payable) == (due, due)
    assert found.dues.terms.subsidy == subsidy
    assert found.trace[-1] == {"label": "个人应缴", "figure": f"{due}.00"}


def test_enrolling_writes_registration_figures_and_their_working():
    clerk, person = UserFactory(), ResidentFactory()

    (made,) = enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 5), user=clerk)

    kept = ContributionPeriod.objects.get(enrollment=made)
    assert (kept.due, kept.payable, kept.paid, kept.state) == (400, 400, 0, ContributionState.QUOTED)
    assert (kept.window, kept.policy_key, kept.benefit_start) == (
        "concentrated",
        "230100/2025",
        DAY(2025, 1, 1),
    )
    assert kept.components["basic"] == {
        "due": "400.00",
        "assisted": "0.00",
        "supported": "0.00",
        "payable": "400.00",
    }
    assert any("黑医保发" in step.get("clause", "") for step in kept.steps)
    assert kept.history.get().history_change_reason == "enroll 230100/2025"
    assert made.history.get().history_user == clerk


def test_somebody_assisted_gets_a_grant_with_the_registration():
    person = RecognitionFactory().resident

    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 5))

    kept = ContributionPeriod.objects.get(resident=person)
    assert (kept.due, kept.assisted, kept.payable) == (400, 240, 160)
    assert kept.grant == AssistanceGrant.objects.get()
    assert kept.grant.total == 240


def test_late_payers_are_assisted_with_the_personal_part_only():
    person = RecognitionFactory().resident

    found = quote(resident_ids=[person.pk], coverage_year=2025, paid_on=DAY(2025, 7, 1))[person.pk]

    assert (found.dues.due, found.dues.assisted, found.dues.payable) == (1070, 240, 830)


def test_enrolling_twice_is_refused_and_changes_nothing():
    there, new = ResidentFactory(), ResidentFactory()
    enroll(resident_ids=[there.pk], coverage_year=2025, on=DAY(2024, 10, 5))

    with pytest.raises(AlreadyEnrolled) as refused:
        enroll(resident_ids=[there.pk, new.pk], coverage_year=2025, on=DAY(2024, 10, 6))

    assert refused.value.details["resident_ids"] == [there.pk]
    assert Enrollment.objects.count() == 1


def test_the_dead_the_unknown_and_places_without_policy_are_refused():
    dead = ResidentFactory(died_on=DAY(2024, 9, 30))
    elsewhere = ResidentFactory(
        living_area=area("450100", parent=area("450000"), pooling=True),
        pooling_area=area("450100"),
    )

    with pytest.raises(ResidentDead):
        enroll(resident_ids=[dead.pk], coverage_year=2025, on=DAY(2024, 10, 1))
    with pytest.raises(ResidentUnknown):
        enroll(resident_ids=[999_999], coverage_year=2025, on=DAY(2024, 10, 1))
    with pytest.raises(PolicyNotFound):
        enroll(resident_ids=[elsewhere.pk], coverage_year=2025, on=DAY(2024, 10, 1))
    assert Enrollment.objects.count() == 0


def test_days_outside_every_window_name_the_rule_that_is_missing():
    person = ResidentFactory(living_area=tangshan(), pooling_area=tangshan())

    with pytest.raises(RuleNotPublished, match="2024-12-29"):
        quote(resident_ids=[person.pk], coverage_year=2025, paid_on=DAY(2024, 12, 29))


def test_a_year_without_benefit_days_wants_a_written_confirmation():
    person = ResidentFactory()

    with pytest.raises(NoBenefitDay):
        enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2025, 10, 1))
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2025, 10, 1), confirm_no_benefit=True)

    kept = ContributionPeriod.objects.get()
    assert kept.benefit_start is None
    assert kept.no_benefit_confirmed


def test_a_new_identity_changes_the_quote_until_payment_and_not_after():
    person, payer = ResidentFactory(), ResidentFactory()
    enroll(resident_ids=[person.pk, payer.pk], coverage_year=2025, on=DAY(2024, 10, 5))
    record_payments(rows=[row(payer, DAY(2024, 10, 6))])
    for each in (person, payer):
        RecognitionFactory(resident=each, valid_from=DAY(2024, 11, 1))

    (changed,) = requote(resident_ids=[person.pk], coverage_year=2025, day=DAY(2024, 11, 2))
    with pytest.raises(ContributionFrozen):
        requote(resident_ids=[payer.pk], coverage_year=2025, day=DAY(2024, 11, 2))

    assert (changed.assisted, changed.payable) == (240, 160)
    assert ContributionPeriod.objects.get(resident=payer).assisted == 0


def test_a_lost_identity_reverses_the_open_grant():
    held = RecognitionFactory()
    enroll(resident_ids=[held.resident_id], coverage_year=2025, on=DAY(2024, 10, 5))
    held.valid_to = DAY(2024, 11, 1)
    held.save()

    (changed,) = requote(resident_ids=[held.resident_id], coverage_year=2025, day=DAY(2024, 11, 1))

    assert (changed.assisted, changed.payable, changed.grant) == (0, 400, None)
    assert AssistanceGrant.objects.get().reversed_at is not None


def test_a_registration_can_be_taken_back_until_money_is_booked():
    gone, payer = RecognitionFactory().resident, ResidentFactory()
    enroll(resident_ids=[gone.pk, payer.pk], coverage_year=2025, on=DAY(2024, 10, 5))
    record_payments(rows=[row(payer, DAY(2024, 10, 6), amount=Decimal(100))])

    withdraw(resident_ids=[gone.pk], coverage_year=2025, reason="本人放弃")
    with pytest.raises(ContributionFrozen):
        withdraw(resident_ids=[payer.pk], coverage_year=2025, reason="本人放弃")
    with pytest.raises(NotEnrolled):
        withdraw(resident_ids=[gone.pk], coverage_year=2025, reason="本人放弃")

    assert AssistanceGrant.objects.get().reversed_at is not None
    assert enroll(resident_ids=[gone.pk], coverage_year=2025, on=DAY(2024, 10, 7))


def test_enrolling_two_hundred_asks_no_more_than_enrolling_twenty():
    def queries(count: int) -> int:
        people = [RecognitionFactory().resident if n % 4 == 0 else ResidentFactory() for n in range(count)]
        with CaptureQueriesContext(connection) as asked:
            enroll(resident_ids=[each.pk for each in people], coverage_year=2025, on=DAY(2024, 10, 5))
        return len(asked)

    queries(4)
    assert queries(20) == queries(200)
