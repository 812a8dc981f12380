"""Fresh statistics after a large import, so that the next statement is planned for the rows there are."""

from django.db import connection, models
from psycopg import sql

WORTH_IT = 2_000


def refresh_statistics(*tables: type[models.Model], rows: int) -> None:
    """Analyze tables that have just taken in `rows` rows; few rows change no plan and are left to the server."""
    if rows < WORTH_IT:
        return
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(model._meta.db_table)))
