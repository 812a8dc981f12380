"""Rows of an assistance settlement, set by set: grants not settled yet, and settled ones taken back since."""

import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from enrollment.models import AssistanceSettlement, ContributionPeriod, Enrollment, Payment, SettlementRow
from enrollment.selectors.money_places import MOVED, elsewhere_of
from hardship.models import AssistanceGrant
from registry.models import Area, Resident

# The day the premium was paid. Of a year that was reopened only its history knows; of a grant without a contribution
# the day it was frozen is the best there is.
PAID_ON = """
coalesce(
    (SELECT max(paid.paid_on) FROM {contribution} AS paid WHERE paid.grant_id = given.id),
    CASE WHEN given.reversed_at IS NOT NULL THEN
        (SELECT max(paid.paid_on) FROM {contribution_history} AS paid WHERE paid.grant_id = given.id) END,
    (given.frozen_at AT TIME ZONE %(zone)s)::date
)
"""
OWED_ON = """
CASE WHEN given.case_id IS NOT NULL OR given.is_after_payment
    THEN greatest(given.decided_on, {paid_on}) ELSE {paid_on} END
"""
# A grant that went with its premium was taken back on the day of the tax authority's reversal, not when that was read.
GONE_ON = """
CASE WHEN given.reversed_at IS NOT NULL THEN coalesce(
    (SELECT back.paid_on FROM {payment} AS back
        WHERE back.resident_id = given.resident_id AND back.coverage_year = given.coverage_year
            AND back.kind <> 'payment' AND back.state = 'booked' AND back.recorded_at >= given.frozen_at
            AND EXISTS (SELECT FROM {grant_history} AS was WHERE was.id = given.id
                AND was.reversed_at IS NOT NULL AND was.history_change_reason = %(reversal)s)
        ORDER BY abs(extract(epoch FROM back.recorded_at - given.reversed_at)), back.id DESC LIMIT 1),
    (given.reversed_at AT TIME ZONE %(zone)s)::date
) END
"""
# Of a grant that was taken back only the history of its year knows the registration.
REGISTERED = """
coalesce(
    (SELECT max(paid.enrollment_id) FROM {contribution} AS paid WHERE paid.grant_id = given.id),
    CASE WHEN given.reversed_at IS NOT NULL THEN
        (SELECT max(paid.enrollment_id) FROM {contribution_history} AS paid WHERE paid.grant_id = given.id) END
)
"""
UNSETTLED = """
given.frozen_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM {row} AS held WHERE held.grant_id = given.id AND held.is_open)
"""
# Grants that count elsewhere than where their people live now, as `elsewhere_of` takes them.
ELSEWHERE = """
SELECT given.id, given.resident_id, pool.id, {paid_on}
FROM {grant} AS given
JOIN {resident} AS person ON person.id = given.resident_id
JOIN {enrollment} AS registered ON registered.id = {registered}
JOIN {area} AS pool ON pool.id = registered.pooling_area_id
WHERE {unsettled}
    AND (starts_with(pool.path, %(path)s) OR starts_with(%(path)s, pool.path))
    AND (person.pooling_area_id <> pool.id OR person.living_since > {paid_on})
"""
GONE = """
WITH gone AS (
    UPDATE {row} AS held SET is_open = false
    FROM {grant} AS given, {area} AS place, {settlement} AS asked
    WHERE given.id = held.grant_id AND place.id = held.area_id AND starts_with(place.path, %(path)s) AND held.is_open
        AND asked.id = held.settlement_id AND asked.month <= %(first)s
        AND (given.reversed_at IS NOT NULL OR given.frozen_at IS NULL)
        AND coalesce({gone_on}, %(last)s) <= %(last)s
    RETURNING held.grant_id, held.area_id, held.component, held.payers, held.amount, held.id,
        coalesce({gone_on}, %(last)s) AS owed_on
)
INSERT INTO {row} (
    settlement_id, grant_id, area_id, component, payers, amount, owed_on, reverses_id, is_open
)
SELECT %(settlement)s, grant_id, area_id, component, payers, -amount, owed_on, id, false FROM gone ORDER BY id
"""
DUE = """
CREATE TEMPORARY TABLE settlement_due ON COMMIT DROP AS
SELECT * FROM (
    SELECT given.id, place.id AS area_id, place.path, given.payers, {owed_on} AS owed_on, {gone_on} AS gone_on
    FROM {grant} AS given
    JOIN {resident} AS person ON person.id = given.resident_id
    LEFT JOIN {moved} ON moved.key = given.id
    JOIN {area} AS place ON place.id = coalesce(moved.area_id, person.living_area_id)
        AND starts_with(place.path, %(path)s)
    WHERE {unsettled}
) AS found
WHERE owed_on <= %(last)s AND (gone_on IS NULL OR gone_on > %(last)s)
"""
# A part nobody is named for goes by no payer, and is not lost.
NEW = """
INSERT INTO {row} (
    settlement_id, grant_id, area_id, component, payers, amount, owed_on, reverses_id, is_open
)
SELECT %(settlement)s, due.id, due.area_id, part.component, part.payers, part.amount, due.owed_on, NULL, true
FROM settlement_due AS due
CROSS JOIN LATERAL (
    SELECT said ->> 'component' AS component,
        coalesce((SELECT string_agg(payer, '+' ORDER BY nth)
            FROM jsonb_array_elements_text(said -> 'payers') WITH ORDINALITY AS named (payer, nth)), '') AS payers,
        sum((said ->> 'amount')::numeric) AS amount
    FROM jsonb_array_elements(due.payers) AS said
    GROUP BY 1, 2
) AS part
WHERE part.amount > 0
ORDER BY due.path, due.id, part.component, part.payers
"""
WITHOUT_PARTS = """
SELECT count(*) FROM settlement_due AS due
WHERE NOT EXISTS (
    SELECT FROM {row} AS held WHERE held.settlement_id = %(settlement)s AND held.grant_id = due.id AND held.is_open
)
"""
REOPEN = """
UPDATE {row} AS held SET is_open = true FROM {row} AS taken
WHERE taken.settlement_id = %(settlement)s AND taken.reverses_id = held.id
"""
EMPTY = "DELETE FROM {row} WHERE settlement_id = %(settlement)s"
TABLES = {
    "row": SettlementRow._meta.db_table,
    "settlement": AssistanceSettlement._meta.db_table,
    "grant": AssistanceGrant._meta.db_table,
    "grant_history": AssistanceGrant.history.model._meta.db_table,
    "contribution": ContributionPeriod._meta.db_table,
    "contribution_history": ContributionPeriod.history.model._meta.db_table,
    "payment": Payment._meta.db_table,
    "resident": Resident._meta.db_table,
    "area": Area._meta.db_table,
    "enrollment": Enrollment._meta.db_table,
    "moved": MOVED,
}
PARTS = TABLES | {
    "paid_on": PAID_ON.format(**TABLES),
    "registered": REGISTERED.format(**TABLES),
    "unsettled": UNSETTLED.format(**TABLES),
    "owed_on": OWED_ON.format(paid_on=PAID_ON.format(**TABLES)),
    "gone_on": GONE_ON.format(**TABLES),
}


def rewrite_rows_of(settlement: AssistanceSettlement, *, last: datetime.date, reversal: str) -> int:
    """Write the rows of a draft anew, as many statements however many people; return how many name no payer at all.

    :param last: day of the month
    :param reversal: why a grant was changed that went with its premium
    """
    said: dict[str, Any] = {
        "settlement": settlement.pk,
        "path": settlement.area.path,
        "first": settlement.month,
        "last": last,
        "zone": settings.TIME_ZONE,
        "reversal": reversal,
    }
    freed = (REOPEN, EMPTY, GONE, "DROP TABLE IF EXISTS settlement_due", ELSEWHERE)
    written = (DUE, "ANALYZE settlement_due", NEW, WITHOUT_PARTS)
    with connection.cursor() as cursor:
        for statement in freed:
            cursor.execute(statement.format(**PARTS), said)
        said |= elsewhere_of(cursor.fetchall())
        for statement in written:
            cursor.execute(statement.format(**PARTS), said)
        ((without,),) = cursor.fetchall()
    return int(without)
