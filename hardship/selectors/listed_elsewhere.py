"""Who stands on a list in force of another area: what it says, one of this area does not end or change in silence."""

import datetime
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import NamedTuple

from django.db.models import QuerySet

from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from hardship.rules.identity_names import Meaning, understood
from hardship.rules.list_scope import Scope
from hardship.selectors.list_scope import scopes_of_lists
from hardship.selectors.listed import paths_down_to
from hardship.selectors.numbers import numbers_of
from hardship.selectors.statements import DECIDED, WAITING, rows_waiting, said_by
from policy.conditions import Scalar

ENDS = (RowOutcome.ENDED, RowOutcome.CHANGED)  # rows that may end or change something


class Place(NamedTuple):
    """Of whom lists of which area say what."""

    resident_id: int
    category: str
    area_id: int
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A list of another area and how it describes an identity it gives somebody.

    :param waits: it may give it: nobody has decided about the row, which describes nothing until then
    """

    batch: InboundBatch
    attributes: Mapping[str, Scalar]
    waits: bool = False


def listed_elsewhere(
    batch: InboundBatch,
    *,
    resident_ids: Collection[int],
    own: AbstractSet[str],
    known: Mapping[str, Meaning],
    scopes: dict[int, Scope],
) -> dict[int, dict[str, Elsewhere]]:
    """Return resident → category → the latest list in force of another area that says so; at most seven queries.

    Where none does, the latest with a row that waits and may say so.

    Rows keep the number they were decided by, which the person may have given up since.

    :param own: categories that the sender of such lists answers for
    :param known: names made alike → meaning
    :param scopes: what later lists speak about, by key; filled as they are asked, for the next call
    """
    lists = {each.pk: each for each in _lists_elsewhere(batch).select_related("area")}
    if not lists or not resident_ids:
        return {}
    holders = numbers_of(resident_ids)
    rows = InboundRow.objects.filter(batch__in=lists, key__among=list(holders), outcome__in=DECIDED)
    kept = rows.order_by("batch__as_of", "batch__applied_at", "pk").values_list(
        "batch_id", "key", "payload__identities"
    )
    meant = cache(lambda name: understood(name, known))
    latest: dict[Place, Elsewhere] = {}
    for batch_id, key, identities in kept:
        assert key is not None
        theirs = lists[batch_id]
        for said in chain.from_iterable(said_by(each, meant(each["name"])) for each in identities or ()):
            for resident_id in holders[bytes(key)]:
                place = Place(resident_id, said.category, theirs.area_id)
                latest.pop(place, None)
                latest[place] = Elsewhere(theirs, said.attributes)
    waiting = _waiting(resident_ids, lists, own=own, known=known)
    replaced = _replaced({**waiting, **latest}, known=known, scopes=scopes)
    found: dict[int, dict[str, Elsewhere]] = {}
    for place, each in (*waiting.items(), *latest.items()):
        if place not in replaced:
            found.setdefault(place.resident_id, {})[place.category] = each
    return found


def _waiting(
    resident_ids: Collection[int],
    lists: Mapping[int, InboundBatch],
    *,
    own: AbstractSet[str],
    known: Mapping[str, Meaning],
) -> dict[Place, Elsewhere]:
    """Return the latest lists with a row that waits and may say so."""
    rows = sorted(
        rows_waiting(resident_ids, batch_ids=lists, known=known),
        key=lambda row: (lists[row.batch_id].as_of, lists[row.batch_id].applied_at, row.batch_id),
    )
    return {
        Place(row.resident_id, category, lists[row.batch_id].area_id, waits=True): Elsewhere(
            lists[row.batch_id], {}, waits=True
        )
        for row in rows
        for category in row.may_give(own)
    }


def _replaced(
    said: Mapping[Place, Elsewhere],
    *,
    known: Mapping[str, Meaning],
    scopes: dict[int, Scope],
) -> set[Place]:
    """Return of what was said what a later full list for its area, or one above it, speaks of and does not say."""
    newer = _later_full_lists({each.batch.pk: each.batch for each in said.values()}.values())
    asked = {each.pk: each for lists in newer.values() for each in lists if each.pk not in scopes}
    if asked:
        scopes |= scopes_of_lists(asked.values(), known=known)
    return {
        place
        for place, each in said.items()
        if any(scopes[later.pk].covers(place.category, each.attributes) for later in newer[each.batch.pk])
    }


def _later_full_lists(lists: Collection[InboundBatch]) -> dict[int, list[InboundBatch]]:
    """Return key of a list → the full ones in force of a later day, or put in force later, that are for its area."""
    if not lists:
        return {}
    in_force = InboundBatch.objects.filter(
        kind__in={each.kind for each in lists},
        status=BatchStatus.APPLIED,
        mode=BatchMode.FULL,
        as_of__gte=min(each.as_of for each in lists),
    )
    full = list(in_force.select_related("area").order_by("pk"))
    return {
        each.pk: [
            later
            for later in full
            if (later.as_of, later.applied_at) > (each.as_of, each.applied_at)
            and each.area.path.startswith(later.area.path)
        ]
        for each in lists
    }


def listed_elsewhere_since(batch: InboundBatch, *, since: datetime.datetime) -> bool:
    """Return whether another area's list in force since then names somebody of whom this one changes something."""
    lists = _lists_elsewhere(batch).filter(applied_at__gt=since)
    ends = InboundRow.objects.filter(batch=batch, outcome__in=ENDS, key__isnull=False)
    return InboundRow.objects.filter(
        batch__in=lists, outcome__in=(*DECIDED, *WAITING), number__gt=0, key__in=ends.values("key")
    ).exists()


def _lists_elsewhere(batch: InboundBatch) -> QuerySet[InboundBatch]:
    """Return the lists in force of the kind for areas neither above nor below."""
    in_force = InboundBatch.objects.filter(kind=batch.kind, status=BatchStatus.APPLIED)
    return in_force.exclude(area__path__startswith=batch.area.path).exclude(
        area__path__in=paths_down_to(batch.area)
    )
