"""Bulk writes that keep history: the rows in one statement, their history in another.

Services that touch many rows of a model with history use these, and nothing else:

* `write_with_history(objects, …)`: new rows; `write_one_with_history(row, …)`: one alone, in a single statement;
* `insert_with_history(model, values, …)`: new rows that a query makes, for batches over what is in the database;
* `write_missing_with_history(objects, key=…, …)`: new rows, skipping those whose unique `key` is there already;
* `update_with_history(queryset, changes, …)`: the same new values for all rows of a queryset;
* `rewrite_with_history(objects, fields=…, …)`: each row its own new values, only where they differ;
* `delete_with_history(queryset, …)`: rows that never should have been;
* `restore_with_history(model, history_ids, …)`: deleted rows, as they were.

`record_history(model, ids, …)` is the second half alone, for rows that a statement of the caller's wrote. The history
rows are those django-simple-history itself would write (a test compares them); reasons read `"<verb> <policy or
list>"` (a `Reason` may be one for each row), and inside `caused_by(batch)` every row names the list it comes from.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, models, transaction
from django.utils import timezone
from psycopg import sql

from registry.batch.copying import (
    ModelT,
    column_names,
    concrete_fields,
    copy_missing,
    copy_rows,
    identifiers,
    keys_of,
)
from registry.batch.history_statements import history_of, insert_of_many, insert_of_one, tracked_fields
from registry.batch.reasons import Bound, Reason, RowReason, as_parameter, expressions, of_rows
from registry.batch.rewriting import rewrite_rows
from registry.models.history import CausedChange, applied_batch
from registry.models.lookups import one_parameter

Change = Literal["+", "~", "-"]


def write_with_history(
    objects: Iterable[ModelT], *, reason: RowReason, user: AbstractBaseUser | None = None
) -> list[ModelT]:
    """COPY unsaved instances of one model in, with their first history rows; return them with their keys.

    :raises django.db.IntegrityError: if a constraint is broken; then nothing is written
    """
    with transaction.atomic():
        rows = copy_rows(objects)
        _record_objects(rows, change="+", reason=of_rows(rows, reason), user=user)
    return rows


def insert_with_history(
    model: type[models.Model],
    values: Mapping[str, str],
    *,
    source: str,
    params: Mapping[str, Any],
    reason: str,
    user: AbstractBaseUser | None = None,
) -> int:
    """Insert the rows a query makes, with their first history rows, all in one statement; return how many.

    :param values: column → SQL expression over `source`; every column that may not be null and has no default of the
        database, which are all but the key
    :param source: what follows FROM, with its order
    :param params: what both bind by name
    """
    own = _own_values(history_of(model), change="+", reason=reason, user=user, at=None)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(insert_of_many(model, values, source=source, own=own), {**params, **own})
        return int(cursor.rowcount)


def write_one_with_history(
    row: ModelT, *, key: str, reason: str, user: AbstractBaseUser | None = None
) -> ModelT | None:
    """Write one unsaved instance with its first history row, in one statement; return it, null = `key` is taken.

    :param key: a field with a unique constraint
    :raises django.db.IntegrityError: if another constraint is broken; then nothing is written
    """
    model = type(row)
    own = _own_values(history_of(model), change="+", reason=reason, user=user, at=None)
    given = {
        str(field.column): field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)
        for field in concrete_fields(model)
        if not field.primary_key
    }
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(insert_of_one(model, key, own=tuple(own)), {**given, **own})
        made = cursor.fetchone()
    if made is None:
        return None
    (row.pk,) = made
    row._state.adding, row._state.db = False, connection.alias
    return row


def write_missing_with_history(
    objects: Iterable[ModelT], *, key: str, reason: str, user: AbstractBaseUser | None = None
) -> list[ModelT]:
    """Write those instances whose unique `key` is new, with history; return just these."""
    with transaction.atomic():
        rows = copy_missing(objects, key=key)
        _record_objects(rows, change="+", reason=reason, user=user)
    return rows


def update_with_history(
    queryset: models.QuerySet[ModelT],
    changes: Mapping[str, Any],
    *,
    reason: str,
    user: AbstractBaseUser | None = None,
) -> list[Any]:
    """Set `changes` on every row of `queryset`, with history; return their keys in order.

    The rows are locked first, so that what the condition saw is what is changed.
    """
    model = queryset.model
    with transaction.atomic():
        ids = list(queryset.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
        model._default_manager.filter(pk__among=ids).update(**changes)
        record_history(model, ids, change="~", reason=reason, user=user)
    return ids


def rewrite_with_history(
    objects: Iterable[ModelT], *, fields: Sequence[str], reason: Reason, user: AbstractBaseUser | None = None
) -> list[Any]:
    """Store `fields` of each saved instance, with history, where any of them differs; return the changed keys."""
    rows = list(objects)
    with transaction.atomic():
        changed = rewrite_rows(rows, fields=fields)
        if changed:
            record_history(type(rows[0]), changed, change="~", reason=reason, user=user)
    return changed


def delete_with_history(
    queryset: models.QuerySet[ModelT], *, reason: Reason, user: AbstractBaseUser | None = None
) -> list[Any]:
    """Delete the rows of `queryset`, their last state kept as history; return their keys in order.

    :raises django.db.IntegrityError: if another table still refers to one of them; then nothing is deleted
    """
    model = queryset.model
    with transaction.atomic():
        ids = list(queryset.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
        record_history(model, ids, change="-", reason=reason, user=user)
        assert model._meta.pk is not None
        statement = sql.SQL("DELETE FROM {table} WHERE {key} = ANY(%s)").format(
            table=sql.Identifier(model._meta.db_table),
            key=identifiers(column_names([model._meta.pk])),
        )
        with connection.wrap_database_errors, connection.cursor() as cursor:
            cursor.execute(statement, [ids])
    return ids


def restore_with_history(
    model: type[models.Model],
    history_ids: Collection[int],
    *,
    reason: str,
    user: AbstractBaseUser | None = None,
) -> list[Any]:
    """Put deleted rows back field by field, from the history rows of their deletion; return their keys in order.

    :raises django.db.IntegrityError: if another row took their place meanwhile; then nothing is written
    """
    if not history_ids:
        return []
    history = history_of(model)
    assert model._meta.pk is not None
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM {history}"
        " WHERE history_id = ANY(%s) AND history_type = '-' ORDER BY {key} RETURNING {key}"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        columns=identifiers(column_names(tracked_fields(history))),
        history=sql.Identifier(history._meta.db_table),
        key=identifiers(column_names([model._meta.pk])),
    )
    with transaction.atomic():
        with connection.wrap_database_errors, connection.cursor() as cursor:
            cursor.execute(statement, [list(history_ids)])
            ids = sorted(key for (key,) in cursor.fetchall())
        record_history(model, ids, change="+", reason=reason, user=user)
    return ids


def record_history(
    model: type[models.Model],
    ids: Collection[Any],
    *,
    change: Change,
    reason: Reason,
    user: AbstractBaseUser | None = None,
    at: datetime.datetime | None = None,
) -> int:
    """Copy the rows as they are now into the history table, in one statement, in key order.

    :param ids: primary keys; one that has no row is left out
    :param change: "+" written, "~" changed, "-" about to be deleted
    :param at: when we knew; null = now
    :returns: how many history rows were written
    """
    if not ids:
        return 0
    history = history_of(model)
    assert model._meta.pk is not None
    key = identifiers(column_names([model._meta.pk]))
    own = _own_values(history, change=change, reason=as_parameter(reason), user=user, at=at)
    statement = sql.SQL(
        "INSERT INTO {history} ({columns}, {own}) SELECT {columns}, {values} FROM {table}"
        " WHERE {key} = ANY(%s) ORDER BY {key}"
    ).format(
        history=sql.Identifier(history._meta.db_table),
        columns=identifiers(column_names(tracked_fields(history))),
        own=identifiers(own),
        values=sql.SQL(", ").join(expressions(own, reason, key)),
        table=sql.Identifier(model._meta.db_table),
        key=key,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*own.values(), one_parameter(ids)])
        return int(cursor.rowcount)


def _own_values(
    history: type[models.Model],
    *,
    change: Change,
    reason: Bound,
    user: AbstractBaseUser | None,
    at: datetime.datetime | None,
) -> dict[str, Any]:
    """Return what a history row says beside the row it repeats: column → value."""
    own: dict[str, Any] = {
        "history_date": at or timezone.now(),
        "history_type": change,
        "history_user_id": user.pk if user else None,
        "history_change_reason": reason,
    }
    if issubclass(history, CausedChange):  # the law below this app comes from no list
        own["history_batch"] = applied_batch()
    return own


def _record_objects(
    rows: Sequence[models.Model], *, change: Change, reason: Reason, user: AbstractBaseUser | None
) -> None:
    if rows:
        record_history(type(rows[0]), keys_of(rows), change=change, reason=reason, user=user)
