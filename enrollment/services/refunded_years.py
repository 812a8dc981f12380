"""End years whose premium went back (退费): registration over, support given back with a row of its own."""

import datetime
from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser

from enrollment.batch.subsidy_shares import take_back_shares
from enrollment.models import (
    Balance,
    ContributionPeriod,
    ContributionState,
    Enrollment,
    EnrollmentStatus,
)
from enrollment.services.contributions import return_grants, save_contributions
from hardship.models import ThirdPartySupport
from hardship.services.supports import take_support_back
from registry.batch.history import update_with_history

REFUNDED = "refund"
SUPPORT_GOES_BACK = "参保费已退，扶持随之退回"
GIVEN_BACK = ["state", "paid_on", "frozen_at", "grant"]


def end_refunded(
    balances: Sequence[Balance], *, on: datetime.date, user: AbstractBaseUser | None
) -> list[int]:
    """End the years of which these premiums were the last money; return the keys of their contributions.

    The grant and the subsidy of a year that was paid were taken back with the payment: settlements and applications
    count them off again. What was granted for a year paid in part is taken back here; nobody has settled it.
    """
    ids = {each.contribution_id for each in balances}
    gone = ContributionPeriod.objects.filter(pk__in=ids, paid=0, enrollment__status=EnrollmentStatus.ACTIVE)
    found = list(gone.select_related("enrollment").order_by("pk"))
    if not found:
        return []
    standing = Enrollment.objects.filter(pk__in=[each.enrollment_id for each in found])
    update_with_history(standing, {"status": EnrollmentStatus.WITHDRAWN}, reason=REFUNDED, user=user)
    granted = [each for each in found if each.grant_id is not None]
    return_grants(granted, reason=REFUNDED, user=user)
    save_contributions(granted, reason=REFUNDED, user=user, fields=["grant"])
    for each in found:
        _return_support(each, on=on, user=user)
    return [each.pk for each in found]


def take_back_unpaid(
    contribution: ContributionPeriod, *, reason: str, on: datetime.date, user: AbstractBaseUser | None
) -> None:
    """End a year of which the person paid nothing: grant and subsidy go back, the registration is over."""
    take_back_shares([contribution.pk], reason="没有缴费的年度已撤销", user=user)
    return_grants([contribution], reason=reason, user=user)
    contribution.state = ContributionState.REVERSED
    contribution.paid_on = contribution.frozen_at = None
    save_contributions([contribution], reason=reason, user=user, fields=GIVEN_BACK)
    standing = Enrollment.objects.filter(pk=contribution.enrollment_id)
    update_with_history(standing, {"status": EnrollmentStatus.WITHDRAWN}, reason=reason, user=user)
    _return_support(contribution, on=on, user=user)


def _return_support(
    contribution: ContributionPeriod, *, on: datetime.date, user: AbstractBaseUser | None
) -> None:
    standing = ThirdPartySupport.objects.filter(
        resident=contribution.resident_id,
        coverage_year=contribution.coverage_year,
        reverses=None,
        reversal=None,
    )
    for each in standing.order_by("pk"):
        take_support_back(support=each, on=on, reason=SUPPORT_GOES_BACK, user=user)
