"""Fresh statistics after a large import, so that the next statement is planned for the rows there are."""

from django.db import connection, models
from psycopg import sql

from registry.batch.copying import column_names, concrete_fields, identifiers

WORTH_IT = 2_000
NOT_FOUND_BY = (models.DecimalField, models.JSONField)


def refresh_statistics(*tables: type[models.Model], rows: int) -> None:
    """Analyze tables that have just taken in `rows` rows; few rows change no plan and are left to the server.

    Without their money and JSON: nothing is found by these, and to compare them takes longer than all the rest.
    """
    if rows < WORTH_IT:
        return
    with connection.cursor() as cursor:
        for model in tables:
            fields = [each for each in concrete_fields(model) if not isinstance(each, NOT_FOUND_BY)]
            statement = sql.SQL("ANALYZE {} ({})").format(
                sql.Identifier(model._meta.db_table), identifiers(column_names(fields))
            )
            cursor.execute(statement)
