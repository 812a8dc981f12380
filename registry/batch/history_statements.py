"""The statements that write rows together with their first history rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.db import connection, models
from psycopg import sql
from simple_history.utils import get_history_model_for_model

from registry.batch.copying import column_names, concrete_fields, identifiers

OWN_FIELDS = (
    "history_id",
    "history_date",
    "history_type",
    "history_user",
    "history_change_reason",
    "history_batch",
)


@cache
def history_of(model: type[models.Model]) -> type[models.Model]:
    """Return the history model; to look for it among all of the model's attributes takes longer than a query."""
    found: type[models.Model] = get_history_model_for_model(model)
    return found


def tracked_fields(history: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Return the fields of a history model that repeat those of its model."""
    return [field for field in history._meta.concrete_fields if field.name not in OWN_FIELDS]


def insert_of_many(
    model: type[models.Model], values: Mapping[str, str], *, source: str, own: Iterable[str]
) -> sql.Composed:
    """Return the statement that writes the rows a query makes, and their history rows out of those."""
    history = history_of(model)
    return sql.SQL(
        "WITH made AS (INSERT INTO {table} ({columns}) SELECT {values} FROM {source} RETURNING *)"
        " INSERT INTO {history} ({tracked}, {own}) SELECT {tracked}, {own_values} FROM made"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        columns=identifiers(values),
        values=sql.SQL(", ").join(map(sql.SQL, values.values())),
        source=sql.SQL(source),
        history=sql.Identifier(history._meta.db_table),
        tracked=identifiers(column_names(tracked_fields(history))),
        own=identifiers(own),
        own_values=sql.SQL(", ").join(map(sql.Placeholder, own)),
    )


@cache
def insert_of_one(model: type[models.Model], key: str, *, own: tuple[str, ...]) -> str:
    """Return the statement that writes a row unless its `key` is taken, and its history row; written once."""
    assert model._meta.pk is not None
    fields = [field for field in concrete_fields(model) if not field.primary_key]
    values = {column: f"%({column})s" for column in column_names(fields)}
    source = f"(SELECT) AS once ON CONFLICT ({connection.ops.quote_name(key)}) DO NOTHING"
    returning = sql.SQL(" RETURNING {}").format(identifiers(column_names([model._meta.pk])))
    statement = insert_of_many(model, values, source=source, own=own) + returning
    return statement.as_string(None)
