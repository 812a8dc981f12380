"""Who may be over an alert threshold: a superset from the yearly totals, so that few people's claims are read."""

from collections.abc import Iterable

from django.db.models import F, Sum

from benefits.models import Accumulator, Claim, ClaimState
from policy.dates import Period
from policy.schema.benefits import AlertRule
from registry.models import Area


def candidates(*, area: Area, year: int, month: Period, rules: Iterable[AlertRule]) -> list[int]:
    """Return the people some rule might warn about as at the month's end, in the order of their keys.

    What a person bore never shrinks from claim to claim, so nobody is missed whose totals by now are not over.
    """
    found: set[int] = set()
    for rule in rules:
        found.update(_over(rule, area=area, year=year, month=month))
    return sorted(found)


def _over(rule: AlertRule, *, area: Area, year: int, month: Period) -> Iterable[int]:
    measure, threshold = rule.measure.value, rule.threshold.value
    totals = Accumulator.objects.filter(pooling_area=area)
    match rule.span.value:
        case "year_to_date":
            over = totals.filter(coverage_year=year, **{f"{measure}__gt": threshold})
            return over.values_list("resident_id", flat=True)
        case "rolling_12_months":
            two_years = totals.filter(coverage_year__in=(year - 1, year)).values("resident_id")
            borne = two_years.annotate(borne=Sum(F(measure))).filter(borne__gt=threshold)
            return borne.values_list("resident_id", flat=True)
        case "stay":
            stays = Claim.objects.filter(pooling_area=area, state=ClaimState.SETTLED)
            in_month = stays.filter(discharged_on__range=(month.first, month.last))
            costly = in_month.filter(**{f"{measure}__gt": threshold})
            return costly.values_list("resident_id", flat=True)
