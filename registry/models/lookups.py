"""`field__among=values`: like `in`, with all values as one parameter, so that a million make no long statement.

Numbers are sent as what the column holds: compared with a column of wider ones, the database goes through the whole
array for each row instead of looking each row up in it.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignKey, Lookup
from django.db.models.sql.compiler import SQLCompiler

WHOLE_NUMBERS = frozenset({"smallint", "integer", "bigint"})


def one_parameter(values: Iterable[Any]) -> str | list[Any]:
    """Return many values as one array; keys and bytes as its text, which is sent ten times faster than a list."""
    found = list(values)
    kinds = set(map(type, found))
    if kinds == {int}:
        return f"{{{','.join(map(str, found))}}}"
    if kinds == {bytes}:
        hexadecimal = [f'"\\\\x{each.hex()}"' for each in found]
        return f"{{{','.join(hexadecimal)}}}"
    return found


@ForeignKey.register_lookup  # looks no further than itself
@Field.register_lookup
class Among(Lookup):
    """Whether the field is one of the values, given ready for the database: keys, text, bytes."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        """Return the comparison with the array; nothing is among nothing, and the database is not asked."""
        if not self.rhs:
            raise EmptyResultSet
        left, params = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.rel_db_type(connection)
        cast = f"::{kind}[]" if kind in WHOLE_NUMBERS else ""
        return f"{left} = ANY(%s{cast})", [*params, one_parameter(self.rhs)]
