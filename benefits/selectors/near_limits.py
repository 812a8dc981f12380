"""Who has been paid so much that a limit which goes by the incentives' state may move what is paid."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import DecimalField, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from benefits.models import Accumulator
from benefits.rules.incentives import limit_in_yuan
from benefits.selectors.laws import Laws
from policy.errors import DomainError
from policy.money import ZERO
from policy.policy import Policy
from registry.models import Area

AMOUNT: "DecimalField[str, Decimal]" = DecimalField(max_digits=14, decimal_places=2)


def people_near_limits(*, area: Area, year: int) -> QuerySet[Accumulator]:
    """Return the years of those at or over the lowest limit anybody of the area can have in `year`.

    That is the critical illness cap, and a yearly limit of basic insurance by continuous years, kind by kind. Whoever
    got less was cut by none, and is not by any other.
    """
    rows = Accumulator.objects.filter(pooling_area=area, coverage_year=year)
    try:
        policy = Laws({area.pk: area.path}).of(area.pk, year)
    except DomainError:  # no policy for that year yet: nothing can have been settled under it
        return rows.none()
    reached = Q(pk__in=())
    if (cap := _lowest_cap(policy)) is not None:
        reached |= Q(critical_illness_paid__gt=0, critical_illness_paid__gte=cap)
    for kind, lowest in _lowest_limits(policy):
        rows = rows.alias(**{f"paid_{kind}": Cast(KeyTextTransform(kind, "basic_by_kind"), AMOUNT)})
        reached |= Q(**{f"paid_{kind}__gte": lowest})
    return rows.filter(reached)


def _lowest_cap(policy: Policy) -> Decimal | None:
    """Return the lowest cap lapses can lead to; null = nobody has a cap that moves."""
    section, critical = policy.data.incentives, policy.data.critical_illness
    if section is None or critical is None or critical.cap is None:
        return None
    base = critical.cap.value
    if section.lapse_decrement is None or section.lapse_limit is None:
        return base
    return max(ZERO, base - limit_in_yuan(section, section.lapse_limit, base))


def _lowest_limits(policy: Policy) -> Iterator[tuple[str, Decimal]]:
    """Yield the kinds whose limit goes by continuous years, each with the lowest of its limits."""
    section = policy.data.basic
    for kind, grades in ({} if section is None else section.terms).items():
        tables = [terms.limit_by_years.value for terms in grades.values() if terms.limit_by_years]
        if tables:
            yield kind, min(row.amount for table in tables for row in table.rows)
