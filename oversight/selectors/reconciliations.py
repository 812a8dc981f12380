"""Reads of reconciliations: what a paper has by class, and how old a difference is."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Abs, Coalesce

from oversight.models import (
    Difference,
    DifferenceKind,
    DifferenceState,
    Reconciliation,
    ReconciliationLine,
    ReconciliationState,
)
from policy.money import ZERO
from registry.models import Area

FIGURES = (
    "people", "aided", "aid", "booked", "booked_amount", "held", "held_amount", "tax", "tax_amount",
)  # fmt: skip
OVERDUE_DAYS = 30
LATE_DAYS = 7


@dataclass(frozen=True, slots=True)
class KindCount:
    """A class of a paper: how many differences in each state, and how many yuan those not gone are about."""

    kind: str
    open: int
    explained: int
    resolved: int
    amount: Decimal

    @property
    def label(self) -> str:
        """What staff call the class."""
        return str(DifferenceKind(self.kind).label)


def counts_by_kind(paper: Reconciliation) -> list[KindCount]:
    """Return the classes that have differences, in the order of their declaration, in one query."""
    standing = ~Q(state=DifferenceState.RESOLVED)
    size = Abs(Coalesce("found", ZERO) - Coalesce("expected", ZERO))
    counted = (
        Difference.objects.filter(reconciliation=paper)
        .order_by()
        .values_list("kind")
        .annotate(
            open=Count("pk", filter=Q(state=DifferenceState.OPEN)),
            explained=Count("pk", filter=Q(state=DifferenceState.EXPLAINED)),
            resolved=Count("pk", filter=Q(state=DifferenceState.RESOLVED)),
            amount=Coalesce(Sum(size, filter=standing), ZERO),
        )
    )
    order = list(DifferenceKind.values)
    return sorted((KindCount(*row) for row in counted), key=lambda each: order.index(each.kind))


@dataclass(frozen=True, slots=True)
class Sums:
    """The figures of some lines of a paper, in the order of `FIGURES`; `heads` say of which."""

    heads: tuple[Any, ...]
    figures: tuple[Any, ...]


def sums_by(paper: Reconciliation, *names: str) -> list[Sums]:
    """Return the figures of a paper by fields of its lines, in their order, in one query.

    :param names: fields of `ReconciliationLine`, related ones too
    """
    lines = ReconciliationLine.objects.filter(reconciliation=paper).order_by(*names)
    rows = lines.values_list(*names).annotate(**{f"{name}_sum": Sum(name) for name in FIGURES})
    return [Sums(row[: len(names)], row[len(names) :]) for row in rows]


def age_days(difference: Difference, *, today: datetime.date) -> int | None:
    """Return how many days a difference has waited; null = it waits no more."""
    if difference.state != DifferenceState.OPEN:
        return None
    return (today - difference.found_on).days


@dataclass(frozen=True, slots=True)
class ClosedMonths:
    """Which areas have closed which months: first day and path, each for all that lies below."""

    papers: frozenset[tuple[datetime.date, str]]

    @classmethod
    def of(cls, days: Iterable[datetime.date]) -> "ClosedMonths":
        """Read what is closed of the months of some days, in one query."""
        closed = Reconciliation.objects.filter(
            month__in={day.replace(day=1) for day in days}, state=ReconciliationState.CLOSED
        )
        return cls(frozenset(closed.values_list("month", "area__path")))

    def holds(self, area: Area, day: datetime.date) -> bool:
        """Whether the month of a day is closed for an area, by itself or by one above it."""
        month = day.replace(day=1)
        return any(month == closed and area.path.startswith(path) for closed, path in self.papers)


def total_differences_in(area: Area, *, month: datetime.date) -> QuerySet[Difference]:
    """Return the waiting and explained differences of the tax authority's totals in an area's month.

    The area's own comparison and those of areas below tell the same difference: each is returned once, the latest.

    :param month: its first day
    """
    told = Difference.objects.filter(
        kind=DifferenceKind.TAX_TOTAL, reconciliation__month=month, area__path__startswith=area.path
    )
    latest = told.order_by("key", "-reconciliation__run_at", "-pk").distinct("key")
    standing = (DifferenceState.OPEN, DifferenceState.EXPLAINED)
    return Difference.objects.filter(pk__in=latest.values("pk"), state__in=standing).select_related("area")
