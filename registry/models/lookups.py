"""`field__among=values`: like `in`, with all values as one parameter, so that a million make no long statement."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignKey, Lookup
from django.db.models.sql.compiler import SQLCompiler


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
        return f"{left} = ANY(%s)", [*params, list(self.rhs)]
