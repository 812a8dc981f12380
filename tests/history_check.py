"""Every row of a model with history equals its last history row, and every row that went left a deletion."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models
from psycopg import sql
from simple_history.utils import get_history_model_for_model

from registry.batch.copying import column_names, identifiers
from registry.batch.history_statements import tracked_fields
from registry.models.history import CausedChange

SHOWN = 5
NAMES_NO_BATCH = "(last.history_batch IS NULL AND last.history_change_reason ~ '^list [0-9]|批次[0-9]')"


def tracked_models() -> list[type[models.Model]]:
    """Return the models with history, ours and others'."""
    return [model for model in apps.get_models() if hasattr(model, "history") and not _is_history(model)]


def rows_without_history() -> list[str]:
    """Return what is amiss, as "benefits.Claim 7: …"; nothing if every write left its history."""
    written = set(_fetched(_any_rows()))
    return [
        f"{model._meta.label} {key}: {what}"
        for model in tracked_models()
        if (model._meta.label,) in written
        for key, what in _fetched(_amiss(model))
    ]


def _any_rows() -> sql.Composable:
    parts = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {}) OR EXISTS (SELECT FROM {})").format(
            sql.Literal(model._meta.label), *_tables(model)
        )
        for model in tracked_models()
    ]
    return sql.SQL(" UNION ALL ").join(parts)


def _amiss(model: type[models.Model]) -> sql.Composable:
    """Compare the rows with the history row written last; the order of writing is that of its key."""
    columns = column_names(tracked_fields(get_history_model_for_model(model)))
    table, history = _tables(model)
    has_batch = issubclass(get_history_model_for_model(model), CausedChange)
    assert model._meta.pk is not None
    return sql.SQL(
        "SELECT coalesce(kept.{key}, last.{key})::text,"
        " CASE WHEN last.history_id IS NULL THEN 'no history' WHEN kept.{key} IS NULL THEN 'deleted without history'"
        " WHEN {nameless} THEN 'names no batch'"
        " ELSE 'changed without history' END"
        " FROM {table} AS kept FULL JOIN"
        " (SELECT DISTINCT ON ({key}) * FROM {history} ORDER BY {key}, history_id DESC) AS last USING ({key})"
        " WHERE CASE WHEN last.history_type = '-' THEN kept.{key} IS NOT NULL"
        " ELSE ({kept}) IS DISTINCT FROM ({last}) OR {nameless} END"
        " ORDER BY 1 LIMIT {most}"
    ).format(
        key=identifiers(column_names([model._meta.pk])),
        table=table,
        history=history,
        kept=_of("kept", columns),
        last=_of("last", columns),
        nameless=sql.SQL(NAMES_NO_BATCH if has_batch else "false"),
        most=sql.Literal(SHOWN),
    )


def _of(table: str, columns: list[str]) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(table, name) for name in columns)


def _tables(model: type[models.Model]) -> Iterator[sql.Identifier]:
    for each in (model, get_history_model_for_model(model)):
        yield sql.Identifier(each._meta.db_table)


def _is_history(model: type[models.Model]) -> bool:
    return hasattr(model, "history_type")


def _fetched(statement: sql.Composable) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
