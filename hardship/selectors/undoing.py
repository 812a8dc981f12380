"""What an applied list did, chunk by chunk, and what was recorded on top of it since."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from django.db.models import BigIntegerField, Min, Q, QuerySet
from django.db.models.functions import Cast

from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from hardship.models import Recognition
from hardship.rules.identity_names import Meaning
from hardship.rules.list_scope import Scope
from hardship.rules.listed_identities import Doing
from hardship.selectors.list_scope import scopes_of_lists
from hardship.selectors.names import known_names
from hardship.selectors.statements import rows_about
from hardship.selectors.waiting_names import LISTS
from registry.batch.merging import MERGED, merged_since
from registry.models import Area, Resident

T = TypeVar("T")
State: TypeAlias = tuple[datetime.date, datetime.date | None, dict[str, Any]]

DONE = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.ENDED)
DONE_IN_PART = (RowOutcome.HELD, RowOutcome.CONFLICT)  # where the row keeps what it has changed
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Effect:
    """What some rows of a list did to the records.

    :param started: keys of the recognitions they brought
    :param changed: keys of the recognitions they changed or ended
    :param void: keys of the recognitions they struck out
    :param categories: resident → the categories of what they brought, changed or ended
    :param taken: resident → category and attributes of what they changed or ended
    :param merged: people the rows name whose records were struck out since → the record that has all of theirs;
        what else is said here of people is said of that
    """

    resident_ids: Collection[int]
    started: Collection[int]
    changed: Collection[int] = ()
    void: Collection[int] = ()
    categories: Mapping[int, Collection[str]] = field(default_factory=dict)
    taken: Mapping[int, Collection[tuple[str, Mapping[str, Any]]]] = field(default_factory=dict)
    merged: Mapping[int, int] = field(default_factory=dict)

    @property
    def ever(self) -> set[int]:
        """Return the keys of the people and of the records they had before a merging: history and rows name those."""
        return {*self.resident_ids, *self.merged}

    @property
    def touched(self) -> set[int]:
        """Return the keys of all recognitions they brought or changed."""
        return {*self.started, *self.changed, *self.void}


def effects_of(batch: InboundBatch) -> Iterator[Effect]:
    """Yield what the list did, in the order of its rows; rows held at first and applied later are among them."""
    rows = rows_done(batch).order_by("pk")
    merged = merged_since(batch.applied_at) if batch.applied_at else {}
    last = 0
    while part := list(rows.filter(pk__gt=last).values_list("pk", "payload")[:AT_ONCE]):
        last = part[-1][0]
        named = {payload["resident"] for _, payload in part}
        now = {pk: merged.get(pk, pk) for pk in named}
        residents = set(now.values())
        changes = [(now[payload["resident"]], change) for _, payload in part for change in payload["changes"]]
        started = Recognition.objects.filter(batch=batch, resident__among=residents)
        seen = [(resident, each) for resident, each in changes if each["recognition"] is not None]
        yield Effect(
            resident_ids=residents,
            started=list(started.order_by("pk").values_list("pk", flat=True)),
            changed={each["recognition"] for _, each in seen if each["do"] != Doing.VOID},
            void=[each["recognition"] for _, each in seen if each["do"] == Doing.VOID],
            categories=_by_resident((resident, each["category"]) for resident, each in changes),
            taken=_by_resident((resident, (each["category"], each["seen"][2])) for resident, each in seen),
            merged={pk: merged[pk] for pk in named if pk in merged},
        )


def rows_done(batch: InboundBatch) -> QuerySet[InboundRow]:
    """Return the rows by which a list in force changed anything, those too that wait for the rest of it."""
    in_part = Q(outcome__in=DONE_IN_PART, payload__has_key="changes")
    return InboundRow.objects.filter(Q(outcome__in=DONE) | in_part, batch=batch)


def merged_people(batch: InboundBatch) -> set[int]:
    """Return the records that have by now what the list did to people whose own records were struck out since."""
    assert batch.applied_at is not None
    merged = merged_since(batch.applied_at)
    if not merged:
        return set()
    named = (
        rows_done(batch)
        .annotate(person=Cast("payload__resident", BigIntegerField()))
        .filter(person__among=merged)
    )
    return {merged[pk] for pk in named.values_list("person", flat=True)}


def rerecorded(effect: Effect, *, batch: InboundBatch) -> set[int]:
    """Return the residents of whose categories something else was recorded since, in two queries.

    What another list did and had taken back since leaves nothing to stand on.
    """
    own = {
        (effect.merged.get(resident_id, resident_id), category): first
        for resident_id, category, first in Recognition.history.filter(
            id__among=effect.touched, history_batch=batch.pk
        )
        .order_by()
        .values_list("resident_id", "category_id")
        .annotate(first=Min("history_id"))
    }
    of_no_account = InboundBatch.objects.filter(Q(pk=batch.pk) | Q(status=BatchStatus.UNDONE))
    others = Recognition.history.filter(
        Q(history_batch__isnull=True) | ~Q(history_batch__in=of_no_account.values("pk")),
        resident_id__among=effect.ever,
        history_id__gt=min(own.values(), default=0),
    ).exclude(history_change_reason__startswith=MERGED)  # handed over, not recorded
    found = {
        (effect.merged.get(resident_id, resident_id), category, key)
        for resident_id, category, key in others.values_list("resident_id", "category_id", "history_id")
    }
    return {
        resident_id for resident_id, category, key in found if key > own.get((resident_id, category), key)
    }


def as_before(effect: Effect, *, batch: InboundBatch) -> dict[int, State]:
    """Return recognition → start, end and attributes as they stood before the list first changed it, in one query.

    A list may change one recognition by two rows, applied in any order: only the history says which came first.
    """
    versions = Recognition.history.filter(id__among=effect.changed).order_by("history_id")
    found: dict[int, State] = {}
    reached: set[int] = set()
    for key, cause, *stood in versions.values_list(
        "id", "history_batch", "valid_from", "valid_to", "attributes"
    ):
        if cause == batch.pk:
            reached.add(key)
        elif key not in reached:
            found[key] = (stood[0], stood[1], stood[2])
    return found


def struck_out(effect: Effect, *, batch: InboundBatch) -> list[int]:
    """Return the history rows by which the list struck out what an earlier one of its day had brought."""
    if not effect.void:
        return []
    gone = Recognition.history.filter(id__among=effect.void, history_type="-", history_batch=batch.pk)
    return list(gone.order_by("history_id").values_list("history_id", flat=True))


@dataclass(frozen=True, slots=True)
class LaterLists:
    """The lists put in force after `batch`, by key, and what the full ones of its kind speak about."""

    batch: InboundBatch
    lists: Mapping[int, InboundBatch]
    known: Mapping[str, Meaning]
    scopes: Mapping[int, Scope]

    def against(self, effect: Effect) -> dict[int, set[int]]:
        """Return list → the residents for whom it found the records as the earlier list had left them.

        A list of the same kind did so for all it names, and for those it leaves out of what it speaks about; another
        one for those it gives an identity of a category that the earlier list touched.
        """
        found: defaultdict[int, set[int]] = defaultdict(set)
        for row in rows_about(effect.ever, batch_ids=list(self.lists), known=self.known):
            given = {each.category for each in row.said}
            resident_id = effect.merged.get(row.resident_id, row.resident_id)
            touched = effect.categories.get(resident_id, ())
            if self.lists[row.batch_id].kind == self.batch.kind or given.intersection(touched):
                found[row.batch_id].add(resident_id)
        for key, scope in self.scopes.items():
            ended = [pk for pk, taken in effect.taken.items() if any(scope.covers(*each) for each in taken)]
            found[key] |= residents_within(self.lists[key].area, ended)
        return dict(found)


def later_lists(batch: InboundBatch) -> LaterLists:
    """Return the lists of any kind put in force since, in one query where there are none, else three."""
    later = InboundBatch.objects.filter(
        kind__startswith=LISTS, status=BatchStatus.APPLIED, applied_at__gt=batch.applied_at
    ).exclude(pk=batch.pk)
    lists = {each.pk: each for each in later.select_related("area").order_by("pk")}
    if not lists:
        return LaterLists(batch, {}, {}, {})
    known = known_names()
    full = (
        each
        for each in lists.values()
        if each.kind == batch.kind and each.mode == BatchMode.FULL and each.as_of >= batch.as_of
    )
    return LaterLists(batch, lists, known, scopes_of_lists(full, known=known))


def residents_within(area: Area, resident_ids: Collection[int]) -> set[int]:
    """Return those of the residents who live or are registered in the area."""
    here = Q(living_area__path__startswith=area.path) | Q(hukou_area__path__startswith=area.path)
    return set(Resident.objects.filter(here, pk__among=resident_ids).values_list("pk", flat=True))


def _by_resident(pairs: Iterable[tuple[int, T]]) -> dict[int, list[T]]:
    found: defaultdict[int, list[T]] = defaultdict(list)
    for resident_id, each in pairs:
        found[resident_id].append(each)
    return dict(found)
