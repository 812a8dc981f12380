"""Who has been paid so much by critical illness insurance that a moved cap may move what is paid."""

from decimal import Decimal

from django.db.models import QuerySet

from benefits.models import Accumulator
from benefits.rules.incentives import limit_in_yuan
from benefits.selectors.laws import Laws
from policy.errors import DomainError
from policy.money import ZERO
from policy.policy import Policy
from registry.models import Area


def people_near_cap(*, area: Area, year: int) -> QuerySet[Accumulator]:
    """Return the years of those near or at the lowest cap anybody of the area can have in `year`."""
    rows = Accumulator.objects.filter(pooling_area=area, coverage_year=year, critical_illness_paid__gt=0)
    try:
        lowest = _lowest_cap(Laws({area.pk: area.path}).of(area.pk, year))
    except DomainError:  # no policy for that year yet: nothing can have been settled under it
        return rows.none()
    return rows.none() if lowest is None else rows.filter(critical_illness_paid__gte=lowest)


def _lowest_cap(policy: Policy) -> Decimal | None:
    """Return the lowest cap lapses can lead to; null = nobody has a cap that moves."""
    section, critical = policy.data.incentives, policy.data.critical_illness
    if section is None or critical is None or critical.cap is None:
        return None
    base = critical.cap.value
    if section.lapse_decrement is None or section.lapse_limit is None:
        return base
    return max(ZERO, base - limit_in_yuan(section, section.lapse_limit, base))
