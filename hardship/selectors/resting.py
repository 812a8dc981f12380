"""Rows of lists that came out as they did while other lists were in force, which may be taken back."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from itertools import chain

from django.db.models import QuerySet

from exchange.models import BatchStatus, InboundBatch, InboundRow
from hardship.models import Recognition

RESTED_ON = "rested_on"


def rows_resting_on(batch: InboundBatch) -> QuerySet[InboundRow]:
    """Return the rows of lists in force that might have come out otherwise without a list."""
    resting = InboundRow.objects.filter(payload__has_key=RESTED_ON, payload__rested_on__contains=batch.pk)
    return resting.filter(batch__status=BatchStatus.APPLIED).exclude(batch=batch)


def rests_on_lists_undone(batch: InboundBatch) -> bool:
    """Return whether a row might have come out otherwise without a list that is in force no more."""
    rows = InboundRow.objects.filter(batch=batch, payload__has_key=RESTED_ON)
    lists = set(chain.from_iterable(rows.values_list("payload__rested_on", flat=True)))
    if not lists:
        return False
    return InboundBatch.objects.filter(pk__in=lists, status=BatchStatus.APPLIED).count() < len(lists)


def lists_behind(resident_ids: Collection[int], *, besides: InboundBatch) -> Mapping[int, Collection[int]]:
    """Return resident → the other lists in force that wrote recognitions of theirs; one query if there are any."""
    if not resident_ids:
        return {}
    others = InboundBatch.objects.filter(status=BatchStatus.APPLIED).exclude(pk=besides.pk)
    written = Recognition.history.filter(
        resident_id__among=resident_ids, history_batch__in=others.values("pk")
    )
    pairs = written.order_by().values_list("resident_id", "history_batch")
    found: defaultdict[int, set[int]] = defaultdict(set)
    for resident_id, batch_id in pairs.distinct():
        found[resident_id].add(batch_id)
    return found
