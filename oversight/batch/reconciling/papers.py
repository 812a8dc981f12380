"""What was found put on paper: each difference once over all runs, and the figures by place, day and channel."""

import datetime
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Max, Sum

from oversight.batch.reconciling.statements import Month, run
from oversight.models import Difference, ReconciliationLine, TaxTotal
from registry.batch.history import Change, record_history

RUN = "reconcile"
NEW = """
INSERT INTO {difference} (reconciliation_id, kind, key, day, area_id, channel, resident_id, payment_id,
    contribution_id, expected, found, detail, state, found_on, explanation)
SELECT %(reconciliation)s, kind, key, day, area_id, channel, resident_id, payment_id, contribution_id, expected, found,
    detail, %(open)s, %(today)s, ''
FROM found_difference
ORDER BY day, kind, key
ON CONFLICT (reconciliation_id, key) DO NOTHING
RETURNING id
"""
# What was explained was explained for these figures; others have to be explained again.
CHANGED = """
UPDATE {difference} AS kept
SET kind = found.kind, day = found.day, area_id = found.area_id, channel = found.channel,
    resident_id = found.resident_id, payment_id = found.payment_id, contribution_id = found.contribution_id,
    expected = found.expected, found = found.found, detail = found.detail, state = %(open)s, resolved_on = NULL
FROM found_difference AS found
WHERE kept.reconciliation_id = %(reconciliation)s AND kept.key = found.key
  AND (kept.state = %(resolved)s OR (kept.kind, kept.day, kept.expected, kept.found, kept.detail)
       IS DISTINCT FROM (found.kind, found.day, found.expected, found.found, found.detail))
RETURNING kept.id
"""
GONE = """
UPDATE {difference} AS kept
SET state = %(resolved)s, resolved_on = %(today)s
WHERE kept.reconciliation_id = %(reconciliation)s AND kept.state <> %(resolved)s
  AND NOT EXISTS (SELECT FROM found_difference AS found WHERE found.key = kept.key)
RETURNING kept.id
"""
FORGET = "DELETE FROM {reconciliationline} WHERE reconciliation_id = %(reconciliation)s"
# A place is the next area below the one reconciled, or that one itself. A total counts in the sums unless one of an
# area above it speaks of the same day and channel: that one holds it already. Of a payment put right by a case the tax
# authority counts one row: what was taken back, and what takes it back, count as money and as no row.
LINES = """
WITH undone AS (
    SELECT unnest(ARRAY[id, reverses_id]) AS id FROM month_payment
    WHERE state = %(booked)s AND right(serial, length(%(taken_back)s)) = %(taken_back)s
      AND reverses_id IS NOT NULL),
place AS (
    SELECT area.id, coalesce(below.id, %(area)s) AS place_id
    FROM {area} AS area
    LEFT JOIN {area} AS below ON starts_with(area.path, below.path) AND below.parent_id = %(area)s
    WHERE starts_with(area.path, %(path)s)),
counted (area_id, day, channel, people, aided, aid, booked, booked_amount, held, held_amount, tax, tax_amount) AS (
    SELECT home_id, paid_on, coalesce(channel, ''), count(*), count(*) FILTER (WHERE payable = 0), sum(assisted),
           0, 0::numeric, 0, 0::numeric, 0, 0::numeric
    FROM month_year WHERE state = %(paid)s AND status = %(active)s AND paid_on >= %(first)s
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT place_id, paid_on, channel, 0, 0, 0,
           count(*) FILTER (WHERE state = %(booked)s AND id NOT IN (SELECT undone.id FROM undone)),
           coalesce(sum(amount) FILTER (WHERE state = %(booked)s), 0), count(*) FILTER (WHERE state = %(held)s),
           coalesce(sum(amount) FILTER (WHERE state = %(held)s), 0), 0, 0
    FROM month_payment WHERE is_here GROUP BY 1, 2, 3
    UNION ALL
    SELECT total.area_id, total.day, total.channel, 0, 0, 0, 0, 0, 0, 0, total.count, total.amount
    FROM {taxtotal} AS total JOIN {area} AS area ON area.id = total.area_id
    WHERE total.day >= %(first)s AND total.day < %(end)s AND starts_with(area.path, %(path)s)
      AND NOT EXISTS (
        SELECT FROM {taxtotal} AS whole JOIN {area} AS above ON above.id = whole.area_id
        WHERE whole.day = total.day AND whole.channel = total.channel AND above.id <> area.id
          AND starts_with(area.path, above.path) AND starts_with(above.path, %(path)s)))
INSERT INTO {reconciliationline} (reconciliation_id, area_id, day, channel, people, aided, aid, booked, booked_amount,
    held, held_amount, tax, tax_amount)
SELECT %(reconciliation)s, place.place_id, day, channel, sum(people), sum(aided), sum(aid), sum(booked),
    sum(booked_amount), sum(held), sum(held_amount), sum(tax), sum(tax_amount)
FROM counted JOIN place ON place.id = counted.area_id
GROUP BY place.place_id, day, channel
ORDER BY day, place.place_id, channel
"""
COUNTS = ("people", "aided", "booked", "held", "tax")
SUMS = ("aid", "booked_amount", "held_amount", "tax_amount")


def keep_differences(month: Month, *, today: datetime.date, user: AbstractBaseUser | None) -> None:
    """Write new differences, bring known ones up to date, resolve those that are gone; all with history."""
    params = month.params | {"today": today}
    steps: tuple[tuple[str, Change], ...] = ((NEW, "+"), (CHANGED, "~"), (GONE, "~"))
    for statement, change in steps:
        record_history(Difference, run(statement, params), change=change, reason=RUN, user=user)


def keep_lines(month: Month) -> dict[str, str | int]:
    """Write the figures by place, day and channel anew; return their sums, yuan as text.

    "tax_until" is the last day the tax authority's totals speak of; "" = none have come.
    """
    run(FORGET, month.params)
    run(LINES, month.params)
    lines = ReconciliationLine.objects.filter(reconciliation=month.reconciliation)
    sums = lines.aggregate(**{name: Sum(name) for name in (*COUNTS, *SUMS)})
    told = TaxTotal.objects.filter(
        area__path__startswith=month.reconciliation.area.path,
        day__gte=month.params["first"],
        day__lt=month.params["end"],
    )
    last: datetime.date | None = told.aggregate(last=Max("day"))["last"]
    counts: dict[str, str | int] = {name: sums[name] or 0 for name in COUNTS}
    money: dict[str, str | int] = {name: f"{sums[name] or Decimal(0):.2f}" for name in SUMS}
    return counts | money | {"tax_until": last.isoformat() if last else ""}
