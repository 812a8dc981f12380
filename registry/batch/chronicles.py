"""Records as the bureau knew them at any moment, read back from their history: many people, one query.

    held = chronicle(Recognition, ["category_id", "valid_from"], owners=ids)
    held.at(resident_id, moment)  # the rows as they stood then; what was struck out by then is not among them

For one moment and a million people, `standing` has the database look back, and says each thing once.

A row is known from its `history_date` on, that moment included. This is exact because whoever writes a fact about a
person, and whoever decides about one, holds the person first (`lock_residents`) and looks at the clock after that.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import connection, models
from psycopg import sql
from simple_history.utils import get_history_model_for_model

from registry.batch.copying import column_names, identifiers

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A record as it stood from `since` on, until its next version.

    :param change: "+" written, "~" changed, "-" struck out
    :param row: the values of the fields asked for
    """

    record: int
    since: datetime.datetime
    change: str
    row: Row


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Everything ever recorded in some fields of a model, by the person it is about."""

    versions: Mapping[int, Sequence[Version]] = field(default_factory=dict)

    def of(self, owner: int) -> Sequence[Version]:
        """Return what was ever recorded of somebody, in the order of recording."""
        return self.versions.get(owner, ())

    def at(self, owner: int, moment: datetime.datetime) -> list[Row]:
        """Return the rows of somebody as they stood at `moment`, by key."""
        return list(self.records_at(owner, moment).values())

    def records_at(self, owner: int, moment: datetime.datetime) -> dict[int, Row]:
        """Return key → row of somebody's records as they stood at `moment`, by key."""
        last: dict[int, Version] = {}
        for version in self.of(owner):
            if version.since > moment:
                break
            last[version.record] = version
        return {record: last[record].row for record in sorted(last) if last[record].change != "-"}


def chronicle(
    model: type[models.Model],
    fields: Sequence[str],
    *,
    owners: Collection[int],
    owner: str = "resident_id",
    until: datetime.datetime | None = None,
) -> Chronicle:
    """Return what was ever recorded in `fields` of a model with history about `owners`, in one query.

    :param fields: of the history model; a relation followed further shows the other record as it is now
    :param owner: the field that says whom a record is about
    :param until: nothing recorded later is read; null = all
    """
    versions: defaultdict[int, list[Version]] = defaultdict(list)
    for whose, record, since, change, *row in _read(model, fields, owners=owners, owner=owner, until=until):
        versions[whose].append(Version(record, since, change, tuple(row)))
    return Chronicle(versions)


def _read(
    model: type[models.Model],
    fields: Sequence[str],
    *,
    owners: Collection[int],
    owner: str,
    until: datetime.datetime | None,
) -> Iterable[Row]:
    history = get_history_model_for_model(model)
    assert model._meta.pk is not None
    wanted: dict[str, Any] = {f"{owner}__among": owners}
    if until is not None:
        wanted["history_date__lte"] = until
    rows = history.objects.filter(**wanted).order_by("history_date", "history_id")
    own = (owner, model._meta.pk.attname, "history_date", "history_type")
    found: Iterable[Row] = rows.values_list(*own, *fields)
    return found


def standing(
    model: type[models.Model],
    fields: Sequence[str],
    *,
    owners: Collection[int],
    owner: str = "resident_id",
    moment: datetime.datetime | None = None,
) -> Iterator[tuple[Row, list[int]]]:
    """Yield each different row that stands on record about `owners`, once, with those it is about, in one query.

    Somebody of whom the same is recorded twice is named twice.

    :param moment: as it stood then, which is what `Chronicle.at` says of each of them; null = as it stands now
    """
    if not owners:
        return
    columns = [_field(model, name) for name in fields]
    statement = _standing(model, tuple(fields), owner=owner, is_now=moment is None)
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(owners), *([] if moment is None else [moment])])
        for *row, about in cursor:
            yield tuple(_value(*pair) for pair in zip(columns, row, strict=True)), about


@cache
def _standing(model: type[models.Model], fields: tuple[str, ...], *, owner: str, is_now: bool) -> str:
    """Return the statement that asks for what stands on record, now or at a moment; written once."""
    whose, key, *columns = (_field(model, name) for name in (owner, "pk", *fields))
    names = {"owner": _name(whose), "key": _name(key), "columns": identifiers(column_names(columns))}
    if is_now:
        known = sql.SQL("SELECT {owner}, {columns} FROM {table} WHERE {owner} = ANY(%s)")
        source = known.format(table=sql.Identifier(model._meta.db_table), **names)
    else:
        source = _KNOWN_THEN.format(
            history=sql.Identifier(get_history_model_for_model(model)._meta.db_table), **names
        )
    statement = sql.SQL(
        "SELECT {columns}, array_agg({owner}) FROM ({source}) AS known GROUP BY {columns} ORDER BY {columns}"
    )
    return statement.format(source=source, **names).as_string(None)


# Of each record the last version known by then, unless that says it was struck out.
_KNOWN_THEN = sql.SQL(
    "SELECT {owner}, {columns} FROM ("
    "SELECT DISTINCT ON ({owner}, {key}) history_type, {owner}, {columns} FROM {history}"
    " WHERE {owner} = ANY(%s) AND history_date <= %s"
    " ORDER BY {owner}, {key}, history_date DESC, history_id DESC"
    ") AS last WHERE history_type <> '-'"
)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    assert model._meta.pk is not None
    by_name = {each.attname: each for each in model._meta.concrete_fields}
    return model._meta.pk if name == "pk" else by_name[name]


def _name(field: models.Field[Any, Any]) -> sql.Composed:
    return identifiers(column_names([field]))


def _value(field: models.Field[Any, Any], found: Any) -> Any:
    """Return a value as the model would have it: JSON comes as text."""
    for convert in field.get_db_converters(connection):
        found = convert(found, None, connection)
    return found
