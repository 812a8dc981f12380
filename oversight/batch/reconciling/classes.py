"""The classes of difference, each a statement over the staged facts that adds what it finds, once, under its key.

Keys name the row a difference is about: y = paid year, p = payment, r and x = row of a file, g = grant, t = tax total.
"""

from collections.abc import Iterator

from enrollment.models import HoldReason
from oversight.batch.reconciling.statements import Month, run
from oversight.models import DifferenceKind

KIND_OF_HELD = {
    HoldReason.UNKNOWN_PERSON: DifferenceKind.NOT_REGISTERED,
    HoldReason.NOT_ENROLLED: DifferenceKind.NOT_REGISTERED,
    HoldReason.DEAD: DifferenceKind.NOT_REGISTERED,
    HoldReason.DOUBLE: DifferenceKind.DOUBLED,
    HoldReason.WRONG_AMOUNT: DifferenceKind.AMOUNT_OFF,
    HoldReason.EXCEEDS_ORIGINAL: DifferenceKind.AMOUNT_OFF,
    HoldReason.NO_SUCH_BALANCE: DifferenceKind.AMOUNT_OFF,
    HoldReason.OUTSIDE_AREA: DifferenceKind.WRONG_AREA,
    HoldReason.NAME_DIFFERS: DifferenceKind.NAME_DIFFERS,
    HoldReason.YEAR_NOT_PUBLISHED: DifferenceKind.WRONG_YEAR,
    HoldReason.ORIGINAL_UNKNOWN: DifferenceKind.NO_ORIGINAL,
    HoldReason.ORIGINAL_HELD: DifferenceKind.NO_ORIGINAL,
}
ADD = "INSERT INTO found_difference "
YEAR = " year.day, year.home_id, coalesce(year.channel, ''), year.resident_id, NULL::bigint, year.id,"
PAID = " paid.paid_on, coalesce(paid.home_id, paid.place_id), paid.channel, paid.resident_id, paid.id,"
PAID += " paid.contribution_id,"
LOST = " lost.day, lost.area_id, lost.channel, lost.resident_id, NULL::bigint, NULL::bigint, lost.amount,"
LOST += " CASE WHEN lost.amount IS NOT NULL THEN 0 END,"

MISSING = """
SELECT 'missing_payment', 'y' || year.id, {year} year.owed, year.net,
       CASE WHEN year.state = %(paid)s THEN '已缴清，没有入账的缴费' ELSE '登记已缴，没有入账的缴费' END
FROM month_year AS year
WHERE year.status = %(active)s AND year.rows = 0 AND year.owed > 0
UNION ALL
SELECT 'missing_payment', 'y' || year.id, {year} year.due, coalesce(aid.total, 0), '无须缴费，但没有足额资助'
FROM month_year AS year
LEFT JOIN {assistancegrant} AS aid ON aid.id = year.grant_id AND aid.reversed_at IS NULL
WHERE year.status = %(active)s AND year.state = %(paid)s AND year.rows = 0 AND year.owed = 0
  AND year.assisted > coalesce(aid.total, 0)
"""
WITHDRAWN = """
SELECT 'not_registered', 'y' || year.id, {year} 0, year.net, '登记已撤销，缴费仍在账上'
FROM month_year AS year
WHERE year.status <> %(active)s AND year.net <> 0
"""
DOUBLED = """
SELECT 'doubled', 'y' || year.id, {year} year.owed, year.net, '同一金额入账两次'
FROM month_year AS year
WHERE year.status = %(active)s AND year.rows > 1 AND year.net > year.owed AND EXISTS (
    SELECT FROM {payment} AS twin
    WHERE twin.contribution_id = year.id AND twin.state = %(booked)s AND twin.amount = year.net - year.owed
    HAVING count(*) > 1)
"""
AMOUNT = """
SELECT 'amount_off', 'y' || year.id, {year} year.owed,
       CASE WHEN year.net <> year.owed THEN year.net ELSE year.paid END,
       CASE WHEN year.net <> year.owed THEN '入账净额与应缴不符' ELSE '核定记的实缴与入账净额不符' END
FROM month_year AS year
WHERE year.status = %(active)s AND year.rows > 0 AND (year.net <> year.owed OR year.paid <> year.net)
  AND NOT EXISTS (SELECT FROM found_difference AS told WHERE told.kind = 'doubled' AND told.contribution_id = year.id)
"""
HELD = """
SELECT coalesce(named.kind, 'held'), 'p' || paid.id, {paid} NULL::numeric, paid.amount,
       coalesce(named.label, paid.hold_reason)
FROM month_payment AS paid
LEFT JOIN unnest(%(reasons)s::text[], %(kinds)s::text[], %(labels)s::text[]) AS named (reason, kind, label)
    ON named.reason = paid.hold_reason
WHERE paid.state = %(held)s
"""
WRONG_AREA = """
SELECT 'wrong_area', 'a' || paid.id, {paid} NULL::numeric, paid.amount,
       left('征收地 ' || place.name || '，居住地 ' || home.name, 200)
FROM month_payment AS paid
JOIN {area} AS home ON home.id = paid.home_id
JOIN {area} AS place ON place.id = paid.place_id
WHERE paid.state = %(booked)s AND NOT starts_with(paid.home_path, paid.list_path)
  AND NOT starts_with(paid.list_path, paid.home_path)
"""
WRONG_YEAR = """
SELECT 'wrong_year', 'j' || paid.id, {paid} NULL::numeric, paid.amount,
       '缴的是 ' || paid.coverage_year || ' 年度，记在 ' || year.coverage_year || ' 年度'
FROM month_payment AS paid
JOIN {contributionperiod} AS year ON year.id = paid.contribution_id
WHERE paid.state = %(booked)s AND year.coverage_year <> paid.coverage_year
"""
NO_ORIGINAL = """
SELECT 'no_original', 'o' || paid.id, {paid} NULL::numeric, paid.amount, '没有所冲、所退的原缴费'
FROM month_payment AS paid
LEFT JOIN {payment} AS original ON original.id = paid.reverses_id AND original.contribution_id = paid.contribution_id
WHERE paid.state = %(booked)s AND paid.kind <> %(payment)s AND original.id IS NULL
"""
WRONG_MONTH = """
SELECT 'wrong_month', 'm' || paid.id, {paid} NULL::numeric, paid.amount,
       '税务到账 ' || said.paid_on || '，记为 ' || paid.paid_on
FROM month_payment AS paid
JOIN said_row AS said ON said.batch_id = paid.batch_id AND said.serial = paid.serial
WHERE date_trunc('month', said.paid_on) <> date_trunc('month', paid.paid_on)
UNION ALL
SELECT 'wrong_month', 'y' || year.id || 'm', {year} NULL::numeric, year.net,
       '缴清于 ' || year.paid_on || '，缴费记为 ' || year.first_on
FROM month_year AS year
WHERE year.state = %(paid)s AND year.first_on >= date_trunc('month', year.paid_on) + interval '1 month'
  AND NOT EXISTS (
    SELECT FROM {balance} AS moved WHERE moved.contribution_id = year.id AND moved.payment_id IS NOT NULL)
  AND NOT EXISTS (
    SELECT FROM month_payment AS paid
    JOIN said_row AS said ON said.batch_id = paid.batch_id AND said.serial = paid.serial
    WHERE paid.contribution_id = year.id)
"""
LOST_ROW = """
SELECT 'missing_payment', 'r' || said.id, said.paid_on, coalesce(person.living_area_id, batch.area_id),
       left(coalesce(said.channel, ''), 30), person.id, NULL::bigint, NULL::bigint, said.amount, 0,
       left('税务流水 ' || said.serial || ' 没有入库', 200)
FROM said_row AS said
JOIN {inboundbatch} AS batch ON batch.id = said.batch_id
LEFT JOIN {resident} AS person ON person.id_index = said.key
WHERE said.paid_on >= %(first)s AND said.paid_on < %(end)s
  AND NOT EXISTS (SELECT FROM {payment} AS paid WHERE paid.serial = said.serial)
  AND NOT EXISTS (
    SELECT FROM found_difference AS told WHERE told.kind = 'missing_payment' AND told.resident_id = person.id)
"""
REFUSED = """
SELECT 'row_refused', 'x' || lost.key, {lost} lost.detail
FROM lost_row AS lost
WHERE lost.day >= %(first)s AND lost.day < %(end)s
"""
AID_OFF = """
SELECT 'aid_off', 'y' || year.id || 'g', {year} year.assisted, coalesce(aid.total, 0), '核定的资助与资助记录不符'
FROM month_year AS year
LEFT JOIN {assistancegrant} AS aid ON aid.id = year.grant_id AND aid.reversed_at IS NULL
WHERE year.status = %(active)s AND year.state = %(paid)s AND year.assisted <> coalesce(aid.total, 0)
  AND NOT EXISTS (
    SELECT FROM found_difference AS told WHERE told.kind = 'missing_payment' AND told.contribution_id = year.id)
"""
AID_ALONE = """
SELECT 'aid_alone', 'g' || aid.id, aid.decided_on, home.id, '', person.id, NULL::bigint, NULL::bigint, 0, aid.total,
       '有资助，没有用它的参保核定'
FROM {assistancegrant} AS aid
JOIN {resident} AS person ON person.id = aid.resident_id
JOIN {area} AS home ON home.id = person.living_area_id
WHERE aid.reversed_at IS NULL AND aid.decided_on >= %(first)s AND aid.decided_on < %(end)s
  AND starts_with(home.path, %(path)s)
  AND NOT EXISTS (
    SELECT FROM {contributionperiod} AS year JOIN {enrollment} AS enrollment ON enrollment.id = year.enrollment_id
    WHERE year.resident_id = aid.resident_id AND year.coverage_year = aid.coverage_year AND year.grant_id = aid.id
      AND enrollment.status = %(active)s)
"""
# Told up to the last day the tax authority has spoken of; a channel it does not name on a day had nothing, unless it
# names none: then it speaks of the whole day. Of a payment put right by a case the authority counts one row.
TAX = """
WITH told AS (
    SELECT total.id, total.area_id, area.path, total.day, total.channel, total.count, total.amount
    FROM {taxtotal} AS total JOIN {area} AS area ON area.id = total.area_id
    WHERE total.day >= %(first)s AND total.day < %(end)s AND starts_with(area.path, %(path)s)),
reach AS (SELECT area_id, path, max(day) AS last FROM told GROUP BY area_id, path),
whole AS (SELECT area_id, day FROM told GROUP BY area_id, day HAVING bool_and(channel = '')),
booked AS (
    SELECT place_path, paid_on, channel, sum(amount) AS amount,
           sum(CASE WHEN right(serial, length(%(taken_back)s)) = %(taken_back)s THEN -1 ELSE 1 END) AS count
    FROM month_payment WHERE is_here AND part_of_id IS NULL GROUP BY place_path, paid_on, channel),
ours AS (
    SELECT reach.area_id, booked.paid_on AS day,
           CASE WHEN whole.day IS NULL THEN booked.channel ELSE '' END AS channel, sum(booked.count) AS count,
           sum(booked.amount) AS amount
    FROM reach JOIN booked ON starts_with(booked.place_path, reach.path) AND booked.paid_on <= reach.last
    LEFT JOIN whole ON whole.area_id = reach.area_id AND whole.day = booked.paid_on
    GROUP BY 1, 2, 3)
SELECT 'tax_total', 't' || area_id || ':' || day || ':' || channel, day, area_id, channel,
       NULL::bigint, NULL::bigint, NULL::bigint,
       coalesce(told.amount, 0), coalesce(ours.amount, 0),
       '税务 ' || coalesce(told.count, 0) || ' 笔，系统 ' || coalesce(ours.count, 0) || ' 笔'
FROM told FULL JOIN ours USING (area_id, day, channel)
WHERE coalesce(told.count, 0) <> coalesce(ours.count, 0) OR coalesce(told.amount, 0) <> coalesce(ours.amount, 0)
"""
# The earliest open month after the last closed one takes what was recorded since then for any closed month, and what
# was held then and is booked by now: it counts on no other paper.
AFTER_CLOSE = """
WITH closed AS (
    SELECT month, (month + interval '1 month')::date AS ends_on, seen_until FROM {reconciliation}
    WHERE area_id = %(area)s AND state = %(closed)s AND month < %(first)s),
last AS (
    SELECT max(seen_until) AS seen, max(month) AS month FROM closed
    HAVING NOT EXISTS (
        SELECT FROM {reconciliation} AS between_them
        WHERE between_them.area_id = %(area)s AND between_them.state <> %(closed)s
          AND between_them.month > max(closed.month) AND between_them.month < %(first)s))
SELECT 'after_close', 'l' || paid.id, paid.paid_on, coalesce(home.id, list_area.id), paid.channel, paid.resident_id,
       paid.id, paid.contribution_id, NULL::numeric, paid.amount, closed.month::text || ' 已结账，之后才入库'
FROM last
JOIN {payment} AS paid ON paid.recorded_at > last.seen
JOIN closed ON paid.paid_on >= closed.month AND paid.paid_on < closed.ends_on
LEFT JOIN {resident} AS person ON person.id = paid.resident_id
LEFT JOIN money_place AS moved ON moved.contribution_id = paid.contribution_id
LEFT JOIN {area} AS home ON home.id = coalesce(moved.area_id, person.living_area_id)
LEFT JOIN {inboundbatch} AS batch ON batch.id = paid.batch_id
LEFT JOIN {area} AS list_area ON list_area.id = batch.area_id
WHERE starts_with(home.path, %(path)s) OR starts_with(list_area.path, %(path)s)
UNION ALL
SELECT 'after_close', 'lb' || paid.id, paid.paid_on, coalesce(home.id, list_area.id), paid.channel, paid.resident_id,
       paid.id, paid.contribution_id, NULL::numeric, paid.amount, closed.month::text || ' 结账时待处理，之后才入账'
FROM last
JOIN {payment} AS paid ON paid.recorded_at <= last.seen AND paid.state = %(booked)s AND paid.id IN (
    SELECT late.id FROM {historicalpayment} AS late WHERE late.history_date > last.seen)
JOIN closed ON paid.paid_on >= closed.month AND paid.paid_on < closed.ends_on
LEFT JOIN {resident} AS person ON person.id = paid.resident_id
LEFT JOIN money_place AS moved ON moved.contribution_id = paid.contribution_id
LEFT JOIN {area} AS home ON home.id = coalesce(moved.area_id, person.living_area_id)
LEFT JOIN {inboundbatch} AS batch ON batch.id = paid.batch_id
LEFT JOIN {area} AS list_area ON list_area.id = batch.area_id
WHERE (starts_with(home.path, %(path)s) OR starts_with(list_area.path, %(path)s))
  AND %(held)s = (
    SELECT was.state FROM {historicalpayment} AS was
    WHERE was.id = paid.id AND was.history_date <= last.seen
    ORDER BY was.history_date DESC, was.history_id DESC LIMIT 1)
UNION ALL
SELECT 'after_close', 'lx' || lost.key, {lost} left(closed.month::text || ' 已结账，之后才报来：' || lost.detail, 200)
FROM last
JOIN lost_row AS lost ON lost.applied_at > last.seen
JOIN closed ON lost.day >= closed.month AND lost.day < closed.ends_on
UNION ALL
SELECT 'after_close', 'lt' || total.id, total.day, total.area_id, total.channel,
       NULL::bigint, NULL::bigint, NULL::bigint, NULL::numeric, total.amount,
       closed.month::text || ' 已结账，税务汇总之后才登记或改动'
FROM last
JOIN {taxtotal} AS total ON total.recorded_at > last.seen
JOIN closed ON total.day >= closed.month AND total.day < closed.ends_on
JOIN {area} AS area ON area.id = total.area_id
WHERE starts_with(area.path, %(path)s)
UNION ALL
SELECT 'after_close', 'ly' || year.id, year.paid_on, home.id, '', person.id,
       NULL::bigint, year.id, NULL::numeric, year.assisted,
       closed.month::text || ' 已结账，之后才按全额资助缴清'
FROM last
JOIN closed ON true
JOIN {contributionperiod} AS year ON year.paid_on >= closed.month AND year.paid_on < closed.ends_on
    AND year.frozen_at > last.seen AND year.payable = 0 AND year.paid = 0
JOIN {resident} AS person ON person.id = year.resident_id
LEFT JOIN money_place AS moved ON moved.contribution_id = year.id
JOIN {area} AS home ON home.id = coalesce(moved.area_id, person.living_area_id)
WHERE starts_with(home.path, %(path)s)
"""
CLASSES = (
    MISSING, WITHDRAWN, DOUBLED, AMOUNT, HELD, WRONG_AREA, WRONG_YEAR, NO_ORIGINAL, WRONG_MONTH, LOST_ROW, REFUSED,
    AID_OFF, AID_ALONE, TAX, AFTER_CLOSE,
)  # fmt: skip


def find_differences(month: Month) -> None:
    """Fill the stage of found differences, class by class; a class may leave out what an earlier one has told."""
    for statement in _statements():
        run(statement, month.params | HELD_WORDS)


def _statements() -> Iterator[str]:
    for each in CLASSES:
        yield ADD + each.replace("{year}", YEAR).replace("{paid}", PAID).replace("{lost}", LOST)


HELD_WORDS = {
    "reasons": [reason.value for reason in HoldReason],
    "kinds": [KIND_OF_HELD.get(reason, DifferenceKind.HELD).value for reason in HoldReason],
    "labels": [str(reason.label) for reason in HoldReason],
}
