"""Reasons of many changes in one statement: the same for all rows, or each row its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Model
from psycopg import sql
from psycopg.types.json import Jsonb

Reason = str | Mapping[Any, str]  # one for all, or primary key → reason
RowReason = str | Callable[[Any], str]  # one for all, or what gives the reason of a row
Bound = str | Jsonb


def of_rows(rows: Iterable[Model], reason: RowReason) -> Reason:
    """Return the reasons of rows that have their keys now."""
    return reason if isinstance(reason, str) else {row.pk: reason(row) for row in rows}


def as_parameter(reason: Reason) -> Bound:
    """Return what a statement binds for a reason."""
    return reason if isinstance(reason, str) else Jsonb({str(key): said for key, said in reason.items()})


def expressions(columns: Iterable[str], reason: Reason, key: sql.Composable) -> Iterator[sql.Composable]:
    """Yield what the statement stores in each column: what is bound, of many reasons the one of the row's key."""
    one_of_many = sql.SQL("(%s ->> {}::text)").format(key)
    for column in columns:
        has_own = column == "history_change_reason" and not isinstance(reason, str)
        yield one_of_many if has_own else sql.Placeholder()
