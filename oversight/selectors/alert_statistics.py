"""What became of the alerts of a place, month by month (预警月度统计)."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    CharField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)

from benefits.models import Alert, AlertState, Outcome
from benefits.selectors.alerts import is_late
from registry.models import Area


class Median(Aggregate):
    """The value in the middle."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class AlertFigures:
    """Alerts by how far they came.

    :ivar pushed: all but those withdrawn unanswered
    :ivar overdue: of which a step is late today, or whose answer came after its last day
    :ivar median_days: from the push to the answer, to one place; null = none was answered
    """

    pushed: int = 0
    acknowledged: int = 0
    visited: int = 0
    recognized: int = 0
    assisted: int = 0
    not_eligible: int = 0
    overdue: int = 0
    withdrawn: int = 0
    median_days: float | None = None

    @property
    def waiting(self) -> int:
        """How many nobody has answered."""
        return self.pushed - self.recognized - self.assisted - self.not_eligible


@dataclass(frozen=True, slots=True)
class AlertStatistics:
    """Figures of the places next below an area, of its months, and of all of it."""

    places: Sequence[tuple[str, AlertFigures]]
    months: Sequence[tuple[str, AlertFigures]]
    total: AlertFigures


def alert_statistics(*, area: Area, first: str, last: str, today: datetime.date) -> AlertStatistics:
    """Return what became of the alerts of an area from one month to another; four queries however many.

    A place is a county, or what else lies next below the area; alerts of the area itself stand under its own name.

    :param first, last: months such as "2025-03", both included
    """
    alerts = Alert.objects.filter(area__path__startswith=area.path, month__gte=first, month__lte=last)
    by_place = _grouped(alerts.annotate(place=_next_below(area)), "place", today)
    below = dict(Area.objects.filter(parent=area).order_by("path").values_list("code", "name"))
    places = [(name, by_place.pop(code)) for code, name in below.items() if code in by_place]
    own = [(area.name, figures) for figures in by_place.values()]
    total = alerts.aggregate(**_sums(today))
    return AlertStatistics(
        places=[*places, *own],
        months=sorted(_grouped(alerts, "month", today).items()),
        total=_figures(total),
    )


def months_with_alerts(area: Area) -> list[str]:
    """Return the months of which an area has alerts, the latest first."""
    months = Alert.objects.filter(area__path__startswith=area.path).order_by("-month")
    return list(months.values_list("month", flat=True).distinct())


def _next_below(area: Area) -> Case:
    """Return the code of the place next below `area` in which an alert lies; the area's own where there is none."""
    depth = len(area.path.strip("/").split("/"))
    code = Func(
        F("area__path"),
        Value("/"),
        Value(depth + 1, IntegerField()),
        function="split_part",
        output_field=CharField(),
    )
    return Case(When(area=area, then=Value(area.code)), default=code, output_field=CharField())


def _grouped(alerts: QuerySet[Alert], key: str, today: datetime.date) -> dict[str, AlertFigures]:
    rows = alerts.order_by(key).values(key).annotate(**_sums(today))
    return {row.pop(key): _figures(row) for row in rows}


def _sums(today: datetime.date) -> dict[str, Any]:
    is_gone = Q(state=AlertState.WITHDRAWN)
    late_answer = Q(answered_on__gt=F("answer_due_on"))
    took = ExpressionWrapper(F("answered_on") - F("pushed_on"), DurationField())
    return {
        "pushed": Count("pk", filter=~is_gone),
        "acknowledged": Count("pk", filter=Q(acknowledged_on__isnull=False) & ~is_gone),
        "visited": Count("pk", filter=Q(visited_on__isnull=False) & ~is_gone),
        **{str(code): Count("pk", filter=Q(outcome=code) & ~is_gone) for code in Outcome.values},
        "overdue": Count("pk", filter=is_late(today) | (late_answer & ~is_gone)),
        "withdrawn": Count("pk", filter=is_gone),
        "took": Median(took, filter=Q(answered_on__isnull=False) & ~is_gone),
    }


def _figures(row: dict[str, Any]) -> AlertFigures:
    took = row.pop("took")
    return AlertFigures(
        **row, median_days=None if took is None else round(took / datetime.timedelta(days=1), 1)
    )
