"""Who changed what (变更查询): the history of every model in one line of time, paged by key.

One statement reads a page: each history table gives its newest rows by its own index, the union the newest of these.
The rows themselves and the ones before them are read in two queries a kind, however many rows a page has.
"""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from simple_history.utils import get_history_model_for_model

Narrowed = Callable[["models.QuerySet[Any]"], "models.QuerySet[Any]"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A model whose changes are told.

    :param resident: the column of its history rows that names the resident; "" = it is about nobody
    :param in_scope: leaves of history rows those the viewer may see
    """

    model: type[models.Model]
    resident: str
    in_scope: Narrowed

    @property
    def code(self) -> str:
        """The model's name as it stands in addresses."""
        return self.model._meta.label_lower

    @property
    def history(self) -> Any:
        """The model of its history rows."""
        return get_history_model_for_model(self.model)

    def has(self, column: str) -> bool:
        """Return whether its history rows have a column."""
        return any(field.name == column for field in self.history._meta.concrete_fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for; null or empty = anything.

    :param since: first moment; `until`: first moment no longer asked for
    :param reasons: beginnings of reasons as they are stored, any of them; `words`: what a reason contains
    """

    resident_id: int | None = None
    user_id: int | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    kind: str = ""
    record: str = ""
    batch_id: int | None = None
    policy_key: str = ""
    words: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a row stands in the line of time: moment, kind, key of the history row."""

    at: datetime.datetime
    kind: int
    key: int


@dataclass(frozen=True, slots=True)
class Change:
    """A history row with the one before it; null = it is the first."""

    kind: Kind
    row: Any
    before: Any


def places_of(kinds: Sequence[Kind], asked: Asked, *, most: int, after: Place | None = None) -> list[Place]:
    """Return the newest `most` places that fit, newest first, in one query; `after`: those older than this one."""
    parts = [
        _newest(kind, number, asked, most=most, after=after)
        for number, kind in enumerate(kinds)
        if _may_fit(kind, asked)
    ]
    if not parts:
        return []
    line, *others = parts
    if others:
        line = line.union(*others, all=True).order_by("-at", "kind_number", "-history_id")[:most]
    return [Place(*row) for row in line]


def changes_at(kinds: Sequence[Kind], places: Iterable[Place]) -> list[Change]:
    """Return the rows at the places, in their order, each with the row before it."""
    wanted: dict[int, list[int]] = {}
    ordered = list(places)
    for place in ordered:
        wanted.setdefault(place.kind, []).append(place.key)
    found: dict[tuple[int, int], Change] = {}
    for number, keys in sorted(wanted.items()):
        for change in _with_before(kinds[number], keys):
            found[number, change.row.history_id] = change
    return [found[place.kind, place.key] for place in ordered]


def _newest(
    kind: Kind, number: int, asked: Asked, *, most: int, after: Place | None
) -> "models.QuerySet[Any]":
    rows = kind.in_scope(kind.history._default_manager.filter(_fits(kind, asked)))
    if after is not None:
        rows = rows.filter(_older(number, after))
    named = rows.annotate(at=F("history_date"), kind_number=Value(number, models.IntegerField()))
    values = named.order_by("-history_date", "-history_id").values_list("at", "kind_number", "history_id")
    newest: models.QuerySet[Any] = values[:most]
    return newest


def _may_fit(kind: Kind, asked: Asked) -> bool:
    """Return whether the kind has what is asked for at all."""
    return not (
        (asked.kind and asked.kind != kind.code)
        or (asked.resident_id is not None and not kind.resident)
        or (asked.batch_id is not None and not kind.has("history_batch"))
    )


def _fits(kind: Kind, asked: Asked) -> Q:
    pk = kind.model._meta.pk
    assert pk is not None
    exact = {
        kind.resident: asked.resident_id,
        "history_user_id": asked.user_id,
        "history_date__gte": asked.since,
        "history_date__lt": asked.until,
        "history_batch": asked.batch_id,
        pk.name: asked.record or None,
    }
    found = Q(**{name: value for name, value in exact.items() if name and value is not None})
    if asked.policy_key:
        by_column = Q(policy_key=asked.policy_key) if kind.has("policy_key") else Q()
        found &= by_column | Q(history_change_reason__contains=asked.policy_key)
    if asked.words:
        contains = "contains" if asked.words.upper() == asked.words.lower() else "icontains"  # far quicker
        said = Q(**{f"history_change_reason__{contains}": asked.words})
        for start in asked.reasons:
            said |= Q(history_change_reason__startswith=start)
        found &= said
    return found


def _older(number: int, after: Place) -> Q:
    """Return what comes after a place in the order newest moment, first kind, newest key."""
    if number > after.kind:
        return Q(history_date__lte=after.at)
    earlier = Q(history_date__lt=after.at)
    if number < after.kind:
        return earlier
    return Q(history_date__lte=after.at) & (earlier | Q(history_id__lt=after.key))


def _with_before(kind: Kind, keys: Sequence[int]) -> list[Change]:
    history = kind.history._default_manager
    pk = kind.model._meta.pk
    assert pk is not None
    prior = history.filter(**{pk.name: OuterRef(pk.name), "history_id__lt": OuterRef("history_id")})
    rows = list(
        history.filter(history_id__in=keys)
        .select_related("history_user")
        .annotate(prior=Subquery(prior.order_by("-history_id").values("history_id")[:1]))
    )
    before = history.in_bulk([row.prior for row in rows if row.prior], field_name="history_id")
    return [Change(kind, row, before.get(row.prior)) for row in rows]
