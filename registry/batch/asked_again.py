"""Queries asked again and again with other values: Django writes their SQL once, which takes it longer than asking."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from registry.models.lookups import one_parameter

RowT = TypeVar("RowT")
# Values no query has of its own, as they stand where the real ones go: years must fit their column.
KEYS = [-987_654_321_000_001]
YEARS = [32_765]
TEXTS = ["\ue000 text"]
YEAR = 32_766
DAY = datetime.date(1, 2, 3)


class AskedAgain(Generic[RowT]):
    """A query with named places for its values, written when it is asked for the first time in a process.

    :param build: the queryset, given a stand-in for each value by name
    :param places: name → its stand-in: `KEYS`, `YEARS` and `TEXTS` for a list that is asked for by `__among`, `YEAR`
        and `DAY` for one value
    """

    def __init__(self, build: Callable[..., QuerySet[Any, RowT]], **places: object) -> None:
        self._build, self._places = build, places
        self._written: _Written | None = None

    def __call__(self, **values: Any) -> list[RowT]:
        """Return what the query finds with these values; an empty list asks for nothing and finds it."""
        if any(isinstance(stands, list) and not values[name] for name, stands in self._places.items()):
            return []
        if self._written is None:
            self._written = _Written(self._build(**self._places), self._places)
        return list(self._written.found(values))


class _Written:
    """A queryset, its SQL, and which of its parameters are places."""

    def __init__(self, queryset: QuerySet[Any, Any], places: Mapping[str, object]) -> None:
        self.queryset = queryset
        self.compiler = queryset.query.get_compiler(using=queryset.db)
        self.sql, params = self.compiler.as_sql()
        self.converters = self.compiler.get_converters(
            [expression for expression, *_ in self.compiler.select]
        )
        stands = [(name, _parameter(value)) for name, value in places.items()]
        named = [next((name for name, stand in stands if stand == each), None) for each in params]
        assert set(named) >= places.keys(), "a place is missing in the query"
        self.params = list(zip(named, params, strict=True))

    def found(self, values: Mapping[str, Any]) -> Any:
        """Return what iterates over the rows as iterating over the queryset would."""
        params = [each if name is None else _parameter(values[name]) for name, each in self.params]
        iterate = self.queryset._iterable_class  # noqa: SLF001 - rows become objects as Django makes them
        return iterate(_Asked(self, params))  # type: ignore[arg-type]


class _Asked:
    """The queryset with its values: what Django's own iteration over rows asks for."""

    def __init__(self, written: _Written, params: Sequence[Any]) -> None:
        self._written, self._params = written, params
        self.query = self

    def __getattr__(self, name: str) -> Any:
        """Be the queryset, and its query, in everything else."""
        queryset = self._written.queryset
        return getattr(queryset, name) if hasattr(queryset, name) else getattr(queryset.query, name)

    def get_compiler(self, *_: Any, **__: Any) -> SQLCompiler:
        """Return what asks the database, with its SQL written already."""
        compiler: SQLCompiler = copy(self._written.compiler)
        compiler.connection = connections[self._written.queryset.db]  # of this thread
        said, converters = (self._written.sql, self._params), self._written.converters
        vars(compiler).update(as_sql=lambda *_, **__: said, get_converters=lambda _: converters)
        return compiler


def _parameter(value: Any) -> Any:
    return one_parameter(value) if isinstance(value, list | tuple | set | frozenset) else value
