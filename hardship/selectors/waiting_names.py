"""Names in lists that nobody has said the meaning of: the mapping queue (待对照名称)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import product

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from exchange.models import TRYING, UNDER_WAY, BatchStatus, InboundBatch, InboundRow, RowOutcome
from hardship.models import CategoryAlias, Recognition
from hardship.rules.identity_names import understood
from hardship.rules.listed_identities import Doing
from hardship.rules.name_suggestions import Suggestion, suggestions
from hardship.selectors.listed import categories_of
from hardship.selectors.names import ANSWERED, UNKNOWN, known_names, names_said

LISTS = "identities."
LIVING = (BatchStatus.PLANNED, BatchStatus.APPLIED)
AT_ONCE = 5_000
TRIED = Q(job__kind=TRYING, job__status__in=UNDER_WAY)  # a worker has rows of the list, or will


@dataclass(slots=True)
class WaitingName:
    """An unknown name, how many rows of which batches wait for it, and what it may mean."""

    name: str
    rows: int = 0
    batches: list[InboundBatch] = field(default_factory=list)
    suggested: Sequence[Suggestion] = ()


def waiting_names(batches: QuerySet[InboundBatch]) -> list[WaitingName]:
    """Return the unknown names in held rows of the batches, most rows first, in a constant number of queries.

    :param batches: those the asker may see; only planned ones and those in force count
    """
    by_key = {batch.pk: batch for batch in lists_holding(batches).select_related("area").order_by("pk")}
    known = known_names()
    found: dict[str, WaitingName] = {}
    for name, batch_id, rows in names_said(by_key, waiting=UNKNOWN):
        if understood(name, known) is None:
            waiting = found.setdefault(name, WaitingName(name))
            waiting.rows += rows
            waiting.batches.append(by_key[batch_id])
    senders = {batch.kind.removeprefix(LISTS) for batch in by_key.values()}
    own = {sender: categories_of(sender) for sender in senders}
    for waiting in found.values():
        theirs = frozenset[str]().union(*(own[batch.kind.removeprefix(LISTS)] for batch in waiting.batches))
        waiting.suggested = suggestions(waiting.name, known, own=theirs)
    return sorted(found.values(), key=lambda each: (-each.rows, each.name))


def count_waiting_names(batches: QuerySet[InboundBatch]) -> int:
    """Return how many names `waiting_names` would return."""
    known = known_names()
    said = names_said(list(lists_holding(batches).values_list("pk", flat=True)), waiting=UNKNOWN)
    return len({name for name, *_ in said if understood(name, known) is None})


def lists_holding(batches: QuerySet[InboundBatch]) -> QuerySet[InboundBatch]:
    """Return those of the batches that are planned or in force and have rows that wait."""
    return batches.filter(status__in=LIVING, kind__startswith=LISTS, **{f"counts__{RowOutcome.HELD}__gt": 0})


def answered_rows(batches: QuerySet[InboundBatch]) -> QuerySet[InboundRow]:
    """Return rows of the batches whose names are known by now, which their area's own people have take effect.

    Those left to them when the name was mapped, and those of lists that a worker was putting in force just then; not
    those that a worker tries again.
    """
    return _answered_in(lists_holding(batches).filter(status=BatchStatus.APPLIED).exclude(TRIED))


def _answered_in(lists: QuerySet[InboundBatch]) -> QuerySet[InboundRow]:
    in_force = list(lists.values_list("pk", flat=True))
    known = known_names()
    unknown = {name for name, *_ in names_said(in_force, waiting=UNKNOWN) if understood(name, known) is None}
    return InboundRow.objects.filter(
        Q(code=ANSWERED) | Q(code=UNKNOWN) & ~_uses(unknown), batch__in=in_force, outcome=RowOutcome.HELD
    )


def rows_waiting_for(alias: CategoryAlias, batches: QuerySet[InboundBatch]) -> QuerySet[InboundRow]:
    """Return the rows of the batches that wait for a name which is understood now because of the alias."""
    return rows_saying(names_waited_for(alias, batches), batches=batches, codes=[UNKNOWN])


def names_waited_for(
    alias: CategoryAlias, batches: QuerySet[InboundBatch], *, code: str = UNKNOWN
) -> set[str]:
    """Return the names in rows of the batches that wait which are understood because of the alias.

    :param code: for what the rows wait
    """
    holding = list(lists_holding(batches).values_list("pk", flat=True))
    return _names_because_of(alias, {name for name, *_ in names_said(holding, waiting=code)})


def rows_saying(
    names: Collection[str] | None, *, batches: QuerySet[InboundBatch], codes: Collection[str]
) -> QuerySet[InboundRow]:
    """Return the rows of the batches that use one of the names and wait for such an answer.

    :param names: null = whatever names they use
    """
    holding = list(lists_holding(batches).values_list("pk", flat=True))
    waiting = InboundRow.objects.filter(batch__in=holding, outcome=RowOutcome.HELD, code__in=codes)
    return waiting if names is None else waiting.filter(_uses(names))


def rows_left_to_others(alias: CategoryAlias, *, own: QuerySet[InboundBatch]) -> dict[str, int]:
    """Return area → how many rows that use the name wait for that area's own people, in order of code.

    :param own: lists of which a worker has such rows take effect, once it is at them
    """
    lists = lists_holding(InboundBatch.objects.all()).filter(status=BatchStatus.APPLIED)
    rows = _answered_in(lists.exclude(TRIED & Q(pk__in=own.filter(TRIED).values("pk"))))
    using = rows.filter(_using(alias, batch_ids=set(rows.values_list("batch_id", flat=True).distinct())))
    areas = using.order_by("batch__area__code").values_list("batch__area__name")
    return dict(areas.annotate(rows=Count("pk")))


def standing_on_name(alias: CategoryAlias) -> set[tuple[int, int]]:
    """Return (list, resident) of what lists in force began or changed because the name means what it means."""
    categories = [alias.category_id, *alias.also]
    in_force = InboundBatch.objects.filter(status=BatchStatus.APPLIED, kind__startswith=LISTS)
    began = Recognition.objects.filter(category__in=categories, batch__in=in_force)
    changed = Recognition.history.filter(
        category__in=categories, history_type="~", history_batch__in=in_force
    )
    batch_ids = {
        *began.order_by("batch_id").values_list("batch_id", flat=True).distinct(),
        *changed.order_by("history_batch").values_list("history_batch", flat=True).distinct(),
    }
    using = _using(alias, batch_ids=batch_ids)
    rows = InboundRow.objects.filter(using, batch=OuterRef("batch"), number=OuterRef("row_number"))
    return {
        *began.filter(Exists(rows)).values_list("batch_id", "resident_id"),
        *_changed_by(InboundRow.objects.filter(using, batch__in=batch_ids), categories),
    }


def _changed_by(rows: QuerySet[InboundRow], categories: Collection[str]) -> set[tuple[int, int]]:
    """Return (list, resident) of the recognitions of some categories, standing still, that the rows changed."""
    touching = Q(pk__in=[])
    for do, category in product((Doing.AMEND, Doing.REOPEN, Doing.RESTART), categories):
        touching |= Q(payload__changes__contains=[{"do": do, "category": category}])
    found = rows.filter(touching, outcome__in=[RowOutcome.NEW, RowOutcome.CHANGED])
    lists = [
        (batch_id, change["recognition"])
        for batch_id, changes in found.values_list("batch_id", "payload__changes").iterator(
            chunk_size=AT_ONCE
        )
        for change in changes
        if change["category"] in categories and change["recognition"] is not None
    ]
    standing = Recognition.objects.filter(pk__among={key for _, key in lists})
    residents = dict(standing.values_list("pk", "resident_id"))
    return {(batch_id, residents[key]) for batch_id, key in lists if key in residents}


def plans_using(alias: CategoryAlias) -> list[int]:
    """Return the keys of the lists that wait for confirmation and use a name understood because of the alias."""
    planned = InboundBatch.objects.filter(status=BatchStatus.PLANNED, kind__startswith=LISTS)
    said = names_said(list(planned.values_list("pk", flat=True)))
    names = _names_because_of(alias, {name for name, *_ in said})
    return sorted({batch_id for name, batch_id, _ in said if name in names})


def _using(alias: CategoryAlias, *, batch_ids: Collection[int]) -> Q:
    """Return the condition on rows of batches that one of the names in them is understood because of the alias."""
    return _uses(_names_because_of(alias, {name for name, *_ in names_said(batch_ids)}))


def _uses(names: Collection[str]) -> Q:
    """Return the condition on rows that they use one of the names."""
    using = Q(pk__in=[])
    for name in sorted(names):
        using |= Q(payload__identities__contains=[{"name": name}])
    return using


def _names_because_of(alias: CategoryAlias, names: Collection[str]) -> set[str]:
    """Return those of the names that mean what they mean because of the alias: itself, and what is derived of it."""
    known = known_names()
    others = {name: meaning for name, meaning in known.items() if name != alias.name}
    return {name for name in names if understood(name, known) != understood(name, others)}
