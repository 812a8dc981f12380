"""What the names of identities mean, as the register and staff say, and which of them lists use."""

import datetime
from collections.abc import Collection
from typing import Any

from django.db import connection

from exchange.models import RowOutcome
from hardship.models import CategoryAlias
from hardship.rules.identity_names import Meaning

UNKNOWN = "unknown_identity_name"  # of a row that waits because nobody knows a name in it
ANSWERED = "name_answered"  # of one whose names are known by now: the people of its area have it take effect


def known_names() -> dict[str, Meaning]:
    """Return every known name with its meaning, in one query."""
    return {alias.name: _meaning(alias) for alias in CategoryAlias.objects.select_related("category")}


def known_names_at(moment: datetime.datetime) -> dict[str, Meaning]:
    """Return every name known at a moment with its meaning then, in three queries."""
    changed = set(CategoryAlias.history.filter(history_date__gt=moment).values_list("name", flat=True))
    entries = CategoryAlias.history.filter(history_date__lte=moment, name__in=changed).select_related(
        "category"
    )
    then = entries.order_by("name", "-history_date", "-history_id").distinct("name")
    unchanged = {name: meaning for name, meaning in known_names().items() if name not in changed}
    return unchanged | {each.name: _meaning(each) for each in then if each.history_type != "-"}


def _meaning(alias: Any) -> Meaning:
    """Return what an entry of the register, or of its history, says."""
    return Meaning(
        category=alias.category_id,
        attributes=alias.attributes,
        also=tuple(alias.also),
        carries=frozenset(alias.category.attributes),
    )


def names_changed_since(moment: datetime.datetime) -> bool:
    """Return whether what some name means was said, changed or taken back since."""
    has_changed: bool = CategoryAlias.history.filter(history_date__gt=moment).exists()
    return has_changed


def names_said(batch_ids: Collection[int], *, waiting: str | None = None) -> list[tuple[str, int, int]]:
    """Return (name, batch, rows) of what rows of the batches say, grouped in the database.

    :param waiting: only rows that wait, for the reason with this code; null = all rows
    """
    statement = (
        "SELECT said.name, lines.batch_id, count(*) FROM exchange_inboundrow AS lines"
        " CROSS JOIN LATERAL ("
        "SELECT DISTINCT each.name FROM jsonb_to_recordset(lines.payload -> 'identities') AS each (name text)"
        ") AS said"
        " WHERE lines.batch_id = ANY(%(batches)s)"
        " AND (%(code)s::text IS NULL OR lines.outcome = %(held)s AND lines.code = %(code)s)"
        " GROUP BY said.name, lines.batch_id ORDER BY said.name, lines.batch_id"
    )
    values: dict[str, Any] = {
        "batches": list(batch_ids),
        "held": RowOutcome.HELD.value,
        "code": waiting,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [(str(name), int(batch_id), int(rows)) for name, batch_id, rows in cursor.fetchall()]
