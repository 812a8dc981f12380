"""Who stands on a list in force of another area: what it says, one of this area does not end or change in silence."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain

from django.db.models import QuerySet

from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from hardship.rules.identity_names import Meaning, understood
from hardship.rules.list_scope import Scope
from hardship.selectors.list_scope import scopes_of_lists
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
    batch: InboundBatch,
    *,
    resident_ids: Collection[int],
    known: Mapping[str, Meaning],
    scopes: dict[int, Scope],
) -> dict[int, dict[str, Elsewhere]]:
    """Return resident → category → the latest list in force of another area that says so; at most five queries.

    Rows keep the number they were decided by, which the person may have given up since.

    :param known: names made alike → meaning
    :param scopes: what later lists speak about, by key; filled as they are asked, for the next call
    """
    lists = {each.pk: each for each in _lists_elsewhere(batch).select_related("area")}
    if not lists or not resident_ids:
        return {}
    holders = numbers_of(resident_ids)
    rows = InboundRow.objects.filter(batch__in=lists, key__among=list(holders), outcome__in=STANDS)
    kept = rows.order_by("batch__as_of", "batch__applied_at", "pk").values_list(
        "batch_id", "key", "payload__identities"
    )
    meant = cache(lambda name: understood(name, known))
    latest: dict[tuple[int, str, int], Elsewhere] = {}  # of each area
    for batch_id, key, identities in kept:
        assert key is not None
        theirs = lists[batch_id]
        for said in chain.from_iterable(said_by(each, meant(each["name"])) for each in identities or ()):
            for resident_id in holders[bytes(key)]:
                place = (resident_id, said.category, theirs.area_id)
                latest.pop(place, None)
                latest[place] = Elsewhere(theirs, said.attributes)
    replaced = _replaced(latest, known=known, scopes=scopes)
    found: dict[int, dict[str, Elsewhere]] = {}
    for (resident_id, category, area_id), each in latest.items():
        if (resident_id, category, area_id) not in replaced:
            found.setdefault(resident_id, {})[category] = each
    return found


def _replaced(
    said: Mapping[tuple[int, str, int], Elsewhere],
    *,
    known: Mapping[str, Meaning],
    scopes: dict[int, Scope],
) -> set[tuple[int, str, int]]:
    """Return of what was said what a later full list for its area, or one above it, speaks of and does not say."""
    newer = _later_full_lists({each.batch.pk: each.batch for each in said.values()}.values())
    asked = {each.pk: each for lists in newer.values() for each in lists if each.pk not in scopes}
    if asked:
        scopes |= scopes_of_lists(asked.values(), known=known)
    return {
        place
        for place, each in said.items()
        if any(scopes[later.pk].covers(place[1], each.attributes) for later in newer[each.batch.pk])
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
    return InboundRow.objects.filter(batch__in=lists, outcome__in=STANDS, key__in=ends.values("key")).exists()


def _lists_elsewhere(batch: InboundBatch) -> QuerySet[InboundBatch]:
    """Return the lists in force of the kind for areas neither above nor below."""
    in_force = InboundBatch.objects.filter(kind=batch.kind, status=BatchStatus.APPLIED)
    return in_force.exclude(area__path__startswith=batch.area.path).exclude(
        area__path__in=paths_down_to(batch.area)
    )
