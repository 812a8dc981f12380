"""Reads of reconciliations: what a paper has by class, and how old a difference is."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.db.models.functions import Abs, Coalesce

from oversight.models import Difference, DifferenceKind, DifferenceState, Reconciliation
from policy.money import ZERO

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


def age_days(difference: Difference, *, today: datetime.date) -> int | None:
    """Return how many days a difference has waited; null = it waits no more."""
    if difference.state != DifferenceState.OPEN:
        return None
    return (today - difference.found_on).days
