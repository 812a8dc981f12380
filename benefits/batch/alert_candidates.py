"""Who may be over an alert threshold: a superset from the yearly totals, so that few people's claims are read."""

from collections.abc import Iterable

from django.db.models import F, Sum

from benefits.models import Accumulator, Claim, ClaimState
from benefits.rules.alerts import threshold_of
from benefits.selectors.burdens import span_of
from policy.dates import Period
from policy.schema.benefits import AlertRule
from registry.models import Area


def candidates(*, area: Area, year: int, month: Period, rules: Iterable[AlertRule]) -> list[int]:
    """Return the people some rule might warn about as at the end of `month`, in the order of their keys.

    What a person bore never shrinks from claim to claim, so nobody is missed whose totals by now are not over. Twelve
    months count wherever they were spent; they are looked at where the later of the two years is.
    """
    found: set[int] = set()
    for rule in rules:
        found.update(_over(rule, area=area, year=year, month=month))
    return sorted(found)


def _over(rule: AlertRule, *, area: Area, year: int, month: Period) -> Iterable[int]:
    measure, threshold = rule.measure.value, threshold_of(rule).value
    totals = Accumulator.objects.filter(pooling_area=area)
    match rule.span.value:
        case "year_to_date":
            over = totals.filter(coverage_year=year, **{f"{measure}__gt": threshold})
            return over.values_list("resident_id", flat=True)
        case "rolling_12_months":
            two_years = Accumulator.objects.filter(coverage_year__in=(year - 1, year))
            moved_on = Accumulator.objects.filter(coverage_year=year).exclude(pooling_area=area)
            here = two_years.filter(pooling_area=area).exclude(resident__in=moved_on.values("resident"))
            everywhere = two_years.filter(resident__in=here.values("resident")).values("resident_id")
            borne = everywhere.annotate(borne=Sum(F(measure))).filter(borne__gt=threshold)
            return borne.values_list("resident_id", flat=True)
        case "stay":
            span = span_of(rule, year=year, month=month)
            stays = Claim.objects.filter(pooling_area=area, state=ClaimState.SETTLED)
            inside = stays.filter(settled_on__gte=span.first, discharged_on__range=(span.first, span.last))
            return inside.filter(**{f"{measure}__gt": threshold}).values_list("resident_id", flat=True)
