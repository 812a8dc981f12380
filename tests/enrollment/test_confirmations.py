"""What somebody registered confirms in writing: the year has no benefit day left, and they pay all the same."""

import datetime
from decimal import Decimal

import pytest

from enrollment.models import ContributionPeriod, Payment
from enrollment.services.confirmations import ConfirmationMissing, confirm_no_benefit
from enrollment.services.enroll import ContributionFrozen, NoBenefitDay, NotEnrolled, enroll, withdraw
from enrollment.services.payments import record_payments, retry_held_payments
from policy.admin.reasons import reason_text
from policy.loader import read_shipped
from tests.enrollment.conftest import approve
from tests.enrollment.factories import row
from tests.registry.factories import ResidentFactory, UserFactory

DAY = datetime.date
AUTUMN, TOO_LATE = DAY(2024, 10, 8), DAY(2025, 10, 5)
WORDS = "王桂兰本人确认 档案2025-31"


def registered() -> ContributionPeriod:
    """Return the contribution of somebody who registered in the autumn."""
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN)
    return ContributionPeriod.objects.get(resident=person)


def held(year: ContributionPeriod) -> Payment:
    """Return the money somebody paid when no benefit day was left."""
    (found,) = record_payments(rows=[row(year.resident, TOO_LATE, amount=Decimal(1070))])
    assert (found.outcome, found.code) == ("held", "no_benefit_day")
    return Payment.objects.get(pk=found.payment_id)


def test_money_held_without_a_benefit_day_is_booked_once_it_is_confirmed(law):
    year, clerk = registered(), UserFactory()
    money = held(year)

    for _ in range(2):
        confirm_no_benefit(contribution=year, words=f" {WORDS} ", user=clerk)
    (again,) = retry_held_payments(payment_ids=[money.pk], user=clerk)

    year.refresh_from_db()
    assert again.outcome == "booked"
    assert (year.state, year.paid, year.benefit_start) == ("paid", 1070, None)
    assert (year.no_benefit_confirmed, year.confirmation) == (True, WORDS)
    (noted,) = year.history.filter(history_change_reason="confirm no benefit")
    assert (reason_text(noted.history_change_reason), noted.history_user) == ("登记书面确认", clerk)


def test_a_confirmation_says_something_of_a_year_that_stands_unpaid(law):
    year, gone, paid = registered(), registered(), registered()
    withdraw(resident_ids=[gone.resident_id], coverage_year=2025, reason="本人放弃")
    record_payments(rows=[row(paid.resident, AUTUMN)])

    for wrong, words, refusal in (
        (year, "  ", ConfirmationMissing),
        (gone, WORDS, NotEnrolled),
        (paid, WORDS, ContributionFrozen),
    ):
        with pytest.raises(refusal):
            confirm_no_benefit(contribution=wrong, words=words, user=None)
    assert not ContributionPeriod.objects.filter(no_benefit_confirmed=True).exists()


@pytest.mark.raw_writes("says confirmed what no service would")
def test_where_the_documents_take_no_money_nobody_can_confirm(db):
    for place in ("CN", "230000", "230100"):
        text = read_shipped(f"{place}/2025")
        approve(
            place,
            2025,
            text.replace('no_benefit_day = { value = "confirm"', 'no_benefit_day = { value = "refuse"'),
        )
    year = registered()

    with pytest.raises(NoBenefitDay, match="书面确认也不能缴费"):
        confirm_no_benefit(contribution=year, words=WORDS, user=None)

    ContributionPeriod.objects.update(no_benefit_confirmed=True)
    held(year)
