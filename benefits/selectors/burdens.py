"""What people bore themselves over the span an alert rule looks at."""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from benefits.models import Claim, ClaimState
from policy.dates import Period, days_after, last_day_of_month, months_after
from policy.money import ZERO
from policy.schema.benefits import AlertRule

FIGURES = (
    "total", "basic_paid", "critical_illness_paid", "supplement_paid", "assistance_paid", "own_burden",
    "out_of_pocket",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Burden:
    """What one person's claims of a span add up to, yuan."""

    span: Period
    figures: dict[str, Decimal] = field(default_factory=dict)

    def of(self, measure: str) -> Decimal:
        """Return the sum by `measure`."""
        return self.figures.get(measure, ZERO)


def month_of(text: str) -> Period:
    """Return the days of "2025-03".

    :raises ValueError: if it is no month
    """
    first = datetime.date.fromisoformat(f"{text}-01")
    return Period(first, last_day_of_month(first))


def month_up_to(day: datetime.date) -> Period:
    """Return the days of a day's month up to the day."""
    return Period(day.replace(day=1), day)


def span_of(rule: AlertRule, *, year: int, month: Period) -> Period:
    """Return the days of discharge a rule sums over, up to the last day of `month`, which may be a part of one.

    A rule that warns of stays once a year looks at all of the year so far: one that became known late is found.
    """
    match rule.span.value:
        case "year_to_date":
            return Period(datetime.date(year - 1, 1, 1), month.last)
        case "rolling_12_months":
            return Period(_year_before(month.last), month.last)
        case "stay":
            once = rule.repeat.value == "once_per_year"
            return Period(datetime.date(year, 1, 1) if once else month.first, month.last)


def _year_before(day: datetime.date) -> datetime.date:
    """Return the first of the twelve months that end with `day`."""
    before = months_after(day, -12)
    return days_after(last_day_of_month(before) if day == last_day_of_month(day) else before, 1)


def claims_up_to(*, resident_ids: Collection[int], month: Period) -> dict[int, list[Claim]]:
    """Return the standing claims that any span ending with the month can hold, by person; one query."""
    claims = Claim.objects.filter(
        resident__in=resident_ids,
        state=ClaimState.SETTLED,
        discharged_on__range=(months_after(month.first, -24), month.last),
    ).only("resident_id", "coverage_year", "discharged_on", *FIGURES)
    found: dict[int, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.resident_id, []).append(claim)
    return found


def burden_of(claims: Iterable[Claim], rule: AlertRule, *, year: int, month: Period) -> Burden:
    """Return what somebody bore by a rule's span: the coverage year so far, twelve months, or the worst stay."""
    span = span_of(rule, year=year, month=month)
    inside = [claim for claim in claims if claim.discharged_on in span]
    if rule.span.value == "year_to_date":
        inside = [claim for claim in inside if claim.coverage_year == year]
    if rule.span.value == "stay":
        inside = sorted(inside, key=lambda claim: getattr(claim, rule.measure.value))[-1:]
    figures = {name: sum((getattr(claim, name) for claim in inside), ZERO) for name in FIGURES}
    first = datetime.date(year, 1, 1) if rule.span.value == "year_to_date" else span.first
    return Burden(Period(first, span.last), figures)
