"""Rows of lists that came out as they did while other lists were in force, which may be taken back."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any

from django.db.models import QuerySet

from exchange.models import BatchStatus, InboundBatch, InboundRow
from hardship.models import Recognition
from registry.models import Resident

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
    written = Recognition.history.filter(
        resident_id__among=resident_ids, history_batch__in=_in_force(besides=besides).values("pk")
    )
    return _by_resident(written.order_by().values_list("resident_id", "history_batch"))


def deaths_behind(resident_ids: Collection[int], *, besides: InboundBatch) -> Mapping[int, Collection[int]]:
    """Return dead resident → the lists in force that recorded them as dead; one query if there are any dead."""
    if not resident_ids:
        return {}
    written = Resident.history.filter(
        id__among=resident_ids,
        died_on__isnull=False,
        history_batch__in=_in_force(besides=besides).values("pk"),
    )
    return _by_resident(written.order_by().values_list("id", "history_batch"))


def _in_force(*, besides: InboundBatch) -> QuerySet[InboundBatch]:
    return InboundBatch.objects.filter(status=BatchStatus.APPLIED).exclude(pk=besides.pk)


def _by_resident(pairs: QuerySet[Any]) -> Mapping[int, Collection[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for resident_id, batch_id in pairs.distinct():
        found[resident_id].add(batch_id)
    return found
