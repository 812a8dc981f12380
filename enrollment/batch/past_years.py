"""Past years out of a batch's rows into registrations and contributions, set-based, history included.

The rows are parsed once into a temporary table that already holds the keys both tables will use, so that neither
statement has to find the other's rows again.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from enrollment.models import ContributionPeriod, ContributionState, Enrollment, EnrollmentStatus
from exchange.models import InboundBatch, InboundRow, RowOutcome
from registry.batch.history import record_history

STAGE = """
CREATE TEMPORARY TABLE past_year ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('{enrollment}', 'id')) AS enrollment_id,
       nextval(pg_get_serial_sequence('{contribution}', 'id')) AS contribution_id, said.*
FROM (SELECT (payload->>'resident')::bigint AS resident_id, (payload->>'year')::smallint AS coverage_year,
             (payload->>'area')::bigint AS area_id, (payload->>'paid_on')::date AS paid_on,
             (payload->>'amount')::numeric AS amount, (payload->>'starts_on')::date AS starts_on,
             (payload->>'ends_on')::date AS ends_on, payload->'trace' AS trace
      FROM {row}
      WHERE batch_id = %(batch)s AND outcome = %(new)s AND payload->>'scheme' IS NULL AND id <> ALL (%(left_out)s)
      ORDER BY 1, 2) AS said
"""
ENROLL = """
INSERT INTO {enrollment} (id, resident_id, coverage_year, pooling_area_id, population, channel, place, registered_on,
                          status, registered_by_id)
SELECT enrollment_id, resident_id, coverage_year, area_id, 'resident', 'platform', '', paid_on, %(active)s, %(user)s
FROM past_year
ORDER BY enrollment_id
ON CONFLICT DO NOTHING
RETURNING id
"""
FORGET = """
DELETE FROM past_year WHERE NOT EXISTS (SELECT FROM {enrollment} AS made WHERE made.id = past_year.enrollment_id)
"""
CONTRIBUTE = """
INSERT INTO {contribution} (id, enrollment_id, resident_id, coverage_year, components, due, assisted, supported,
    payable, paid, "window", special_group, charge, subsidy, claim_year, benefit_start, benefit_end,
    no_benefit_confirmed, bought_back_months, state, quoted_on, paid_on, frozen_at, grant_id, policy_key,
    policy_digest, trace)
SELECT contribution_id, enrollment_id, resident_id, coverage_year, '{{}}'::jsonb, amount, 0, 0, amount, amount,
    '', '', '', '', NULL, starts_on, ends_on, false, 0, %(paid)s, paid_on, paid_on, %(now)s, NULL, '', '', trace
FROM past_year
ORDER BY contribution_id
RETURNING id
"""


def write_past_years(
    *, batch: InboundBatch, left_out: Sequence[int], reason: str, user: AbstractBaseUser | None
) -> int:
    """Write the years of a batch's new rows that are of our own funds; return how many. Years that stand stay so.

    :param left_out: keys of rows that do not hold any more
    """
    with transaction.atomic():
        _run(STAGE, batch=batch.pk, new=RowOutcome.NEW.value, left_out=list(left_out))
        active = EnrollmentStatus.ACTIVE.value
        made = _run(ENROLL, active=active, user=user.pk if user else None)
        _run(FORGET)
        contributions = _run(CONTRIBUTE, paid=ContributionState.PAID.value, now=timezone.now())
        _run("DROP TABLE past_year")
        record_history(Enrollment, made, change="+", reason=reason, user=user)
        record_history(ContributionPeriod, contributions, change="+", reason=reason, user=user)
    return len(made)


def _run(statement: str, **params: Any) -> list[int]:
    """Run a statement and return the keys it returns, if it returns any."""
    tables = {
        "enrollment": Enrollment._meta.db_table,
        "contribution": ContributionPeriod._meta.db_table,
        "row": InboundRow._meta.db_table,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**tables), params)
        return [key for (key,) in cursor.fetchall()] if cursor.description else []
