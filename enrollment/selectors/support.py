"""Who gives what a contribution is supported with. It is not stored: while a year is paid, offers stand still."""

from decimal import Decimal

from enrollment.models import Balance, BalanceState, ContributionPeriod
from enrollment.rules.support_shares import Share, shares_used
from hardship.models import ThirdPartySupport
from policy.money import ZERO


def support_shares(contribution: ContributionPeriod) -> list[Share]:
    """Return the givers of a contribution's support with the yuan used of each; together what it is supported with."""
    offers = ThirdPartySupport.objects.filter(
        resident=contribution.resident_id,
        coverage_year=contribution.coverage_year,
        reverses=None,
        reversal=None,
    ).order_by("given_on", "pk")
    return shares_used(
        list(offers.values_list("giver", "offered")),
        used=contribution.supported,
        returned=_returned(contribution),
    )


def waiting_refunds(contribution: ContributionPeriod) -> list[Balance]:
    """Return the refunds of a paid year's support that have not gone yet, the last opened first."""
    if contribution.case_id is None:  # only a case gives support of a paid year back
        return []
    rows = Balance.objects.filter(
        contribution=contribution, state=BalanceState.OPEN, is_premium=False
    ).exclude(party="")
    return list(rows.order_by("-pk"))


def _returned(contribution: ContributionPeriod) -> dict[str, Decimal]:
    """Return what decisions since the payment gave back of its support, by giver."""
    found: dict[str, Decimal] = {}
    if contribution.frozen_at is None:
        return found
    rows = Balance.objects.filter(contribution=contribution, opened_at__gte=contribution.frozen_at)
    rows = rows.exclude(party="").exclude(state=BalanceState.CANCELLED).exclude(is_premium=True)
    for party, amount in rows.values_list("party", "amount"):
        found[party] = found.get(party, ZERO) + amount
    return found
