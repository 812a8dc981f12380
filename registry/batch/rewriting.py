"""New values for many rows at once, each row its own: COPY into a stage, then one UPDATE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models, transaction
from psycopg import sql

from registry.batch.copying import column_names, drop_stage, stage_rows


def rewrite_rows(objects: Iterable[models.Model], *, fields: Sequence[str]) -> list[Any]:
    """Store `fields` of each saved instance where any of them differs; return the changed keys in order.

    A model with history goes through `rewrite_with_history` instead.
    """
    rows = list(objects)
    if not rows:
        return []
    meta = type(rows[0])._meta
    chosen = own_fields(type(rows[0]), fields)
    key, *columns = column_names(chosen)
    with transaction.atomic():
        stage = stage_rows(rows, fields=chosen)
        statement = sql.SQL(
            "UPDATE {table} AS kept SET {sets} FROM {stage} AS staged"
            " WHERE kept.{key} = staged.{key} AND ({old}) IS DISTINCT FROM ({new}) RETURNING kept.{key}"
        ).format(
            table=sql.Identifier(meta.db_table),
            stage=sql.Identifier(stage),
            key=sql.Identifier(key),
            sets=_listed("{0} = staged.{0}", columns),
            old=_listed("kept.{0}", columns),
            new=_listed("staged.{0}", columns),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement)
            changed = sorted(pk for (pk,) in cursor.fetchall())
        drop_stage(stage)
    return changed


def own_fields(model: type[models.Model], names: Sequence[str]) -> list[models.Field[Any, Any]]:
    """Return the primary key and the named fields of `model`."""
    by_name = {field.name: field for field in model._meta.concrete_fields}
    assert model._meta.pk is not None
    return [model._meta.pk, *(by_name[name] for name in names)]


def _listed(form: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL(form).format(sql.Identifier(name)) for name in columns)
