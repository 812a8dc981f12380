"""Past years out of a batch's rows into registrations and contributions, set-based, history included."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.utils import timezone

from enrollment.models import ContributionPeriod, ContributionState, Enrollment, EnrollmentStatus
from exchange.models import InboundBatch, InboundRow, RowOutcome
from registry.batch.history import record_history

ENROLL = """
INSERT INTO {enrollment} (resident_id, coverage_year, pooling_area_id, population, channel, place, registered_on,
                          status, registered_by_id)
SELECT (payload->>'resident')::bigint, (payload->>'year')::smallint, (payload->>'area')::bigint, 'resident',
       'platform', '', (payload->>'paid_on')::date, %(active)s, %(user)s
FROM {row}
WHERE batch_id = %(batch)s AND outcome = %(new)s AND payload->>'insurance' = '390'
ORDER BY 1, 2
ON CONFLICT DO NOTHING
RETURNING id
"""
CONTRIBUTE = """
INSERT INTO {contribution} (enrollment_id, resident_id, coverage_year, components, due, assisted, supported, payable,
    paid, "window", special_group, charge, subsidy, claim_year, benefit_start, benefit_end, no_benefit_confirmed,
    bought_back_months, state, quoted_on, paid_on, frozen_at, grant_id, policy_key, policy_digest, trace)
SELECT made.id, made.resident_id, made.coverage_year, '{{}}'::jsonb, said.amount, 0, 0, said.amount, said.amount,
    '', '', '', '', NULL, (said.payload->>'starts_on')::date, (said.payload->>'ends_on')::date, false, 0,
    %(paid)s, made.registered_on, made.registered_on, %(now)s, NULL, '', '', said.payload->'trace'
FROM {enrollment} AS made
JOIN (SELECT payload, (payload->>'amount')::numeric AS amount FROM {row}
      WHERE batch_id = %(batch)s AND outcome = %(new)s AND payload->>'insurance' = '390') AS said
  ON (said.payload->>'resident')::bigint = made.resident_id
 AND (said.payload->>'year')::smallint = made.coverage_year
WHERE made.id = ANY(%(made)s)
ORDER BY made.id
RETURNING id
"""


def write_past_years(*, batch: InboundBatch, reason: str, user: AbstractBaseUser | None) -> int:
    """Write the resident-scheme years of a batch's new rows; return how many. Years that stand stay as they are."""
    common: dict[str, Any] = {
        "batch": batch.pk,
        "new": RowOutcome.NEW.value,
        "user": user.pk if user else None,
        "active": EnrollmentStatus.ACTIVE.value,
        "paid": ContributionState.PAID.value,
        "now": timezone.now(),
    }
    made = _keys(ENROLL, common)
    contributions = _keys(CONTRIBUTE, common | {"made": made})
    record_history(Enrollment, made, change="+", reason=reason, user=user)
    record_history(ContributionPeriod, contributions, change="+", reason=reason, user=user)
    return len(made)


def _keys(statement: str, params: dict[str, Any]) -> Sequence[int]:
    tables = {
        "enrollment": Enrollment._meta.db_table,
        "contribution": ContributionPeriod._meta.db_table,
        "row": InboundRow._meta.db_table,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**tables), params)
        return [key for (key,) in cursor.fetchall()]
