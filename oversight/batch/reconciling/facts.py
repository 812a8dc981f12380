"""The facts of a month, staged: its money with where it was collected, its paid years with what is booked on them."""

from django.db.models import QuerySet

from enrollment.models import ContributionPeriod, Payment
from enrollment.selectors.money_places import money_of
from oversight.batch.reconciling.statements import Month, run

# Years that count elsewhere than where their people live now.
PLACES = """
CREATE TEMPORARY TABLE money_place ON COMMIT DROP AS
SELECT moved.key AS contribution_id, moved.area_id FROM {moved}
"""
# Where money counts as collected: the area of the list it came in, or the person's home if that lies below it. Home
# is where the year of the money counts, of money on no year where the person lives.
MONEY = """
CREATE TEMPORARY TABLE month_payment ON COMMIT DROP AS
SELECT paid.id, paid.serial, paid.kind, paid.state, paid.resident_id, paid.contribution_id, paid.reverses_id,
       paid.coverage_year, paid.amount, paid.paid_on, paid.channel, paid.hold_reason, paid.batch_id, paid.row_number,
       paid.part_of_id,
       home.id AS home_id, home.path AS home_path, list_area.path AS list_path, place.id AS place_id,
       place.path AS place_path, starts_with(place.path, %(path)s) AS is_here
FROM {payment} AS paid
LEFT JOIN {resident} AS person ON person.id = paid.resident_id
LEFT JOIN money_place AS moved ON moved.contribution_id = paid.contribution_id
LEFT JOIN {area} AS home ON home.id = coalesce(moved.area_id, person.living_area_id)
LEFT JOIN {inboundbatch} AS batch ON batch.id = paid.batch_id
LEFT JOIN {area} AS list_area ON list_area.id = batch.area_id
LEFT JOIN {area} AS place ON place.id = CASE
    WHEN list_area.id IS NULL OR starts_with(home.path, list_area.path) THEN home.id ELSE list_area.id END
WHERE paid.paid_on >= %(first)s AND paid.paid_on < %(end)s
  AND (starts_with(home.path, %(path)s) OR starts_with(list_area.path, %(path)s))
"""
# A year belongs to the month in which it was last touched: paid, or money booked on it.
TOUCHED = """
CREATE TEMPORARY TABLE touched_year ON COMMIT DROP AS
SELECT id FROM {contributionperiod} WHERE paid_on >= %(first)s AND paid_on < %(end)s
UNION
SELECT contribution_id FROM month_payment WHERE state = %(booked)s
"""
# `owed` is what should be booked by now: what a decision gave or asked back and nobody has moved yet is still on it.
YEARS = """
CREATE TEMPORARY TABLE month_year ON COMMIT DROP AS
SELECT year.id, year.resident_id, year.coverage_year, year.state, year.due, year.assisted, year.payable, year.paid,
       year.paid_on, year.grant_id, enrollment.status AS status, home.id AS home_id, home.path AS home_path,
       coalesce(money.net, 0) AS net, coalesce(money.rows, 0) AS rows, money.first_on, money.channel,
       CASE WHEN year.state = %(paid)s THEN year.payable + coalesce(moving.net, 0) ELSE year.paid END AS owed,
       greatest(year.paid_on, money.last_on) AS day
FROM {contributionperiod} AS year
JOIN {enrollment} AS enrollment ON enrollment.id = year.enrollment_id
JOIN {resident} AS person ON person.id = year.resident_id
LEFT JOIN money_place AS moved ON moved.contribution_id = year.id
JOIN {area} AS home ON home.id = coalesce(moved.area_id, person.living_area_id)
LEFT JOIN (
    SELECT contribution_id, sum(amount) AS net, count(*) AS rows, max(paid_on) AS last_on,
           min(paid_on) FILTER (WHERE kind = %(payment)s) AS first_on,
           (array_agg(channel ORDER BY paid_on DESC, id DESC))[1] AS channel
    FROM {payment}
    WHERE state = %(booked)s AND contribution_id IN (SELECT id FROM touched_year)
    GROUP BY contribution_id) AS money ON money.contribution_id = year.id
LEFT JOIN (
    SELECT contribution_id, sum(CASE WHEN kind = %(refund)s THEN amount ELSE -amount END) AS net
    FROM {balance}
    WHERE party = '' AND payment_id IS NULL AND state <> %(cancelled)s
    GROUP BY contribution_id) AS moving ON moving.contribution_id = year.id
WHERE year.id IN (SELECT id FROM touched_year) AND starts_with(home.path, %(path)s)
  AND (year.policy_key <> '' OR money.rows IS NOT NULL)
  AND greatest(year.paid_on, money.last_on) < %(end)s
"""
# What the tax authority's own files and calls said, row by row, of the batches this month's money came in.
SAID = """
CREATE TEMPORARY TABLE said_row ON COMMIT DROP AS
SELECT line.id, line.batch_id, line.key, line.payload->>'serial' AS serial,
       (line.payload->>'paid_on')::date AS paid_on, (line.payload->>'amount')::numeric AS amount,
       line.payload->>'channel' AS channel
FROM {inboundrow} AS line
WHERE line.batch_id IN (SELECT DISTINCT batch_id FROM month_payment)
  AND line.outcome = ANY(%(taken)s) AND line.payload ? 'serial'
"""
# Rows of those files and calls that were not taken at all, each once however often it was sent: what could not be read
# until its number is on record, what clashes with other money under its number until somebody says what it is. A row
# nobody could read a day of is of the day of its file.
LOST = """
CREATE TEMPORARY TABLE lost_row ON COMMIT DROP AS
SELECT DISTINCT ON (said.key) said.* FROM (
    SELECT line.id, batch.applied_at, coalesce(person.living_area_id, batch.area_id) AS area_id,
           person.id AS resident_id, left(coalesce(line.payload->>'channel', ''), 30) AS channel,
           (line.payload->>'amount')::numeric AS amount, line.payload->>'serial' AS serial, line.code,
           left(concat_ws('，', '税务流水 ' || (line.payload->>'serial'), line.message), 160) AS detail,
           least(coalesce((line.payload->>'paid_on')::date, batch.as_of), batch.as_of) AS day,
           coalesce((line.payload->>'serial') || ':' || left(md5(line.payload::text), 12), line.id::text) AS key
    FROM {inboundbatch} AS batch
    JOIN {inboundrow} AS line ON line.batch_id = batch.id AND line.outcome = ANY(%(lost)s)
    LEFT JOIN {resident} AS person ON person.id_index = line.key
    WHERE batch.kind = %(payments)s AND batch.status = %(applied)s AND batch.applied_at >= %(since)s) AS said
JOIN {area} AS area ON area.id = said.area_id AND starts_with(area.path, %(path)s)
WHERE said.code = %(clash)s AND NOT EXISTS (
        SELECT FROM {payment} AS paid WHERE paid.serial = said.serial || %(corrected)s AND paid.amount = said.amount)
   OR said.serial IS NULL
   OR NOT EXISTS (SELECT FROM {payment} AS paid WHERE paid.serial = said.serial)
ORDER BY said.key, said.id DESC
"""
FOUND = """
CREATE TEMPORARY TABLE found_difference ON COMMIT DROP AS
SELECT kind, key, day, area_id, channel, resident_id, payment_id, contribution_id, expected, found, detail
FROM {difference} WITH NO DATA
"""
STAGES = (
    "money_place",
    "month_payment",
    "touched_year",
    "month_year",
    "said_row",
    "lost_row",
    "found_difference",
)


def stage_facts(month: Month) -> None:
    """Stage what the classes of difference are asked of, until the transaction ends."""
    run(PLACES, money_of(_years_of(month)))
    for statement in (
        "ANALYZE money_place",
        MONEY,
        "ANALYZE month_payment",
        TOUCHED,
        "ANALYZE touched_year",
        YEARS,
        "ANALYZE month_year",
    ):
        run(statement, month.params)
    for statement in (SAID, "ANALYZE said_row", LOST, FOUND):
        run(statement, month.params)


def _years_of(month: Month) -> QuerySet[ContributionPeriod]:
    """Return the years a comparison of the month may speak of: touched in it, or written since it began."""
    first, end, since = (month.params[name] for name in ("first", "end", "since"))
    years = ContributionPeriod.objects.order_by()
    money = Payment.objects.order_by().exclude(contribution=None)
    named = money.filter(paid_on__gte=first, paid_on__lt=end) | money.filter(recorded_at__gte=since)
    paid = years.filter(paid_on__gte=first, paid_on__lt=end) | years.filter(frozen_at__gte=since)
    return years.filter(pk__in=paid.values("pk").union(named.values("contribution")))


def drop_facts() -> None:
    """Drop the stages before the transaction ends, so that another month can be compared in it."""
    for stage in STAGES:
        run(f"DROP TABLE {stage}", {})
