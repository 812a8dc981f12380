"""Who stands on a list in force of another area: what it says, one of this area does not end or change in silence."""

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from hardship.rules.identity_names import Meaning
from hardship.selectors.listed import paths_down_to
from hardship.selectors.numbers import numbers_of
from hardship.selectors.statements import said_by
from policy.conditions import Scalar

STANDS = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.UNCHANGED)
ENDS = (RowOutcome.ENDED, RowOutcome.CHANGED)  # rows that may end or change something


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A list of another area and how it describes an identity it gives somebody."""

    batch: InboundBatch
    attributes: Mapping[str, Scalar]


def listed_elsewhere(
    batch: InboundBatch, *, resident_ids: Collection[int], meaning: Callable[[str], Meaning | None]
) -> dict[int, dict[str, Elsewhere]]:
    """Return resident → category → the latest list in force of another area that says so; at most three queries.

    Rows keep the number they were decided by, which the person may have given up since.

    :param meaning: what a name says
    """
    lists = {each.pk: each for each in _lists_elsewhere(batch).select_related("area")}
    if not lists or not resident_ids:
        return {}
    holders = numbers_of(resident_ids)
    rows = InboundRow.objects.filter(batch__in=lists, key__among=list(holders), outcome__in=STANDS)
    kept = rows.order_by("batch__as_of", "batch_id", "pk").values_list(
        "batch_id", "key", "payload__identities"
    )
    found: dict[int, dict[str, Elsewhere]] = {}
    for batch_id, key, identities in kept:
        assert key is not None
        given = [said for each in identities or () for said in said_by(each, meaning(each["name"]))]
        for resident_id in holders[bytes(key)]:
            found.setdefault(resident_id, {}).update(
                {said.category: Elsewhere(lists[batch_id], said.attributes) for said in given}
            )
    return found


def listed_elsewhere_since(batch: InboundBatch, *, since: datetime.datetime) -> bool:
    """Return whether another area's list in force since then names somebody of whom this one changes something."""
    lists = _lists_elsewhere(batch).filter(applied_at__gt=since)
    ends = InboundRow.objects.filter(batch=batch, outcome__in=ENDS, key__isnull=False)
    return InboundRow.objects.filter(batch__in=lists, outcome__in=STANDS, key__in=ends.values("key")).exists()


def _lists_elsewhere(batch: InboundBatch) -> QuerySet[InboundBatch]:
    """Return the lists in force of the kind for areas neither above nor below that no later full list has replaced."""
    in_force = InboundBatch.objects.filter(kind=batch.kind, status=BatchStatus.APPLIED)
    newer = in_force.filter(
        Q(as_of__gt=OuterRef("as_of")) | Q(as_of=OuterRef("as_of"), applied_at__gt=OuterRef("applied_at")),
        mode=BatchMode.FULL,
    )
    lies_at = ExpressionWrapper(OuterRef("area__path"), output_field=CharField())
    replacing = newer.alias(lies_at=lies_at).filter(lies_at__startswith=F("area__path"))
    return (
        in_force.exclude(area__path__startswith=batch.area.path)
        .exclude(area__path__in=paths_down_to(batch.area))
        .exclude(Exists(replacing))
    )
