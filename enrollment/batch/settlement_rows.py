"""Rows of an assistance settlement, set by set: grants not settled yet, and settled ones taken back since."""

import datetime
from typing import Any

from django.db import connection

from enrollment.models import AssistanceSettlement, SettlementRow
from hardship.models import AssistanceGrant
from registry.models import Area, Resident

GONE = """
WITH gone AS (
    UPDATE {row} AS held SET is_open = false
    FROM {grant} AS given, {area} AS place
    WHERE given.id = held.grant_id AND place.id = held.area_id AND starts_with(place.path, %(path)s) AND held.is_open
        AND (given.reversed_at < %(until)s OR (given.reversed_at IS NULL AND given.frozen_at IS NULL))
    RETURNING held.grant_id, held.area_id, held.component, held.payers, held.amount, held.id
)
INSERT INTO {row} (settlement_id, grant_id, area_id, component, payers, amount, reverses_id, is_open)
SELECT %(settlement)s, grant_id, area_id, component, payers, -amount, id, false FROM gone ORDER BY id
"""
# A part nobody is named for goes by no payer, and is not lost.
NEW = """
INSERT INTO {row} (settlement_id, grant_id, area_id, component, payers, amount, reverses_id, is_open)
SELECT %(settlement)s, given.id, place.id, part.component, part.payers, part.amount, NULL, true
FROM {grant} AS given
JOIN {resident} AS person ON person.id = given.resident_id
JOIN {area} AS place ON place.id = person.living_area_id AND starts_with(place.path, %(path)s)
CROSS JOIN LATERAL (
    SELECT said ->> 'component' AS component,
        coalesce((SELECT string_agg(payer, '+' ORDER BY nth)
            FROM jsonb_array_elements_text(said -> 'payers') WITH ORDINALITY AS named (payer, nth)), '') AS payers,
        sum((said ->> 'amount')::numeric) AS amount
    FROM jsonb_array_elements(given.payers) AS said
    GROUP BY 1, 2
) AS part
WHERE given.frozen_at < %(until)s AND (given.reversed_at IS NULL OR given.reversed_at >= %(until)s)
    AND part.amount > 0
    AND NOT EXISTS (SELECT FROM {row} AS held WHERE held.grant_id = given.id AND held.is_open)
ORDER BY place.path, given.id, part.component, part.payers
"""
REOPEN = """
UPDATE {row} AS held SET is_open = true FROM {row} AS taken
WHERE taken.settlement_id = %(settlement)s AND taken.reverses_id = held.id
"""
EMPTY = "DELETE FROM {row} WHERE settlement_id = %(settlement)s"
TABLES = {
    "row": SettlementRow._meta.db_table,
    "grant": AssistanceGrant._meta.db_table,
    "resident": Resident._meta.db_table,
    "area": Area._meta.db_table,
}


def rewrite_rows_of(settlement: AssistanceSettlement, *, until: datetime.datetime) -> None:
    """Write the rows of a draft anew; four statements, however many people.

    :param until: the moment the month is over
    """
    said: dict[str, Any] = {"settlement": settlement.pk, "path": settlement.area.path, "until": until}
    with connection.cursor() as cursor:
        for statement in (REOPEN, EMPTY, GONE, NEW):
            cursor.execute(statement.format(**TABLES), said)
