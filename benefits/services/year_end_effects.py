"""What a year end, or a change to a state, does to claims of the year after that already met the cap."""

from collections.abc import Collection
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.models import Accumulator, IncentiveRun
from benefits.rules.incentives import limit_in_yuan
from benefits.selectors.laws import Laws
from benefits.services.resettle import resettle_year
from policy.errors import DomainError
from policy.money import ZERO
from policy.policy import Policy
from registry.models import Area


def resettle_after_year_end(*, run: IncentiveRun, user: AbstractBaseUser | None = None) -> int:
    """Settle anew the year after of people whose payouts may have met the cap; return how many claims changed."""
    return resettle_capped(
        area=run.area, year=run.year + 1, user=user, reason=f"{run.year}年终激励核算后重新结算"
    )


def resettle_capped(
    *,
    area: Area,
    year: int,
    user: AbstractBaseUser | None,
    reason: str,
    resident_ids: Collection[int] | None = None,
) -> int:
    """Settle anew the `year` of those near or at the lowest cap anybody can have; return how many claims changed.

    :param resident_ids: null = everybody of the area
    """
    rows = Accumulator.objects.filter(pooling_area=area, coverage_year=year, critical_illness_paid__gt=0)
    if resident_ids is not None:
        rows = rows.filter(resident__in=resident_ids)
    if not rows.exists():
        return 0
    try:
        lowest = _lowest_cap(Laws({area.pk: area.path}).of(area.pk, year))
    except DomainError:  # no policy for that year yet: nothing can have been settled under it
        return 0
    if lowest is None:
        return 0
    ids = rows.filter(critical_illness_paid__gte=lowest).order_by("resident_id")
    return sum(
        len(resettle_year(resident_id=resident_id, coverage_year=year, user=user, reason=reason))
        for resident_id in ids.values_list("resident_id", flat=True)
    )


def _lowest_cap(policy: Policy) -> Decimal | None:
    """Return the lowest cap lapses can lead to; null = nobody has a cap that moves."""
    section, critical = policy.data.incentives, policy.data.critical_illness
    if section is None or critical is None or critical.cap is None:
        return None
    base = critical.cap.value
    if section.lapse_decrement is None or section.lapse_limit is None:
        return base
    return max(ZERO, base - limit_in_yuan(section, section.lapse_limit, base))
