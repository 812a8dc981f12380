"""What others are writing at this moment and nobody else sees yet."""

import datetime

from django.db import connection


def writing_since() -> datetime.datetime | None:
    """Return when the oldest transaction of another connection that writes or locks began; null = none.

    What such a transaction records bears a later time and shows only once it commits: whoever reads now has seen what
    was recorded up to that moment, and no more. Transactions that only read are not asked about.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(xact_start) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND backend_xid IS NOT NULL"
        )
        began: datetime.datetime | None
        (began,) = cursor.fetchone()
    return began
