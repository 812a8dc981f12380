"""Everybody in `billing_person` registered and given the figures of their group, set-based, history included."""
# ruff: noqa: S608 - every part is the name of a table or column

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection

from enrollment.models import (
    BillingGroup,
    BillingLeftOut,
    ContributionPeriod,
    ContributionState,
    Enrollment,
    EnrollmentStatus,
    LeftOut,
    Quoted,
)
from registry.batch.copying import column_names
from registry.batch.history import insert_with_history

CHANNEL = "yearly_billing"
SHARED = {field.name for field in Quoted._meta.local_fields}
FIGURES = column_names(field for field in BillingGroup._meta.concrete_fields if field.name in SHARED)
OF_ENROLLMENT = {
    "id": "enrollment_id",
    "resident_id": "resident_id",
    "coverage_year": "%(year)s",
    "pooling_area_id": "pooling_area_id",
    "population": "population",
    "channel": "%(channel)s",
    "place": "''",
    "registered_on": "%(day)s",
    "status": "%(active)s",
    "registered_by_id": "%(user)s",
}
NUMBERED = f"""
CREATE TEMPORARY TABLE billing_bill ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('{Enrollment._meta.db_table}', 'id')) AS enrollment_id, person.*
FROM (SELECT resident_id, pooling_area_id, population, key FROM billing_person
      WHERE reason IS NULL ORDER BY resident_id) AS person
"""
BILLED = "billing_bill ORDER BY enrollment_id"
OF_CONTRIBUTION = {
    "enrollment_id": "bill.enrollment_id",
    "resident_id": "bill.resident_id",
    "coverage_year": "%(year)s",
    **{name: f'alike."{name}"' for name in FIGURES},
    "paid": "0",
    "no_benefit_confirmed": "false",
    "bought_back_months": "0",
    "state": "%(quoted)s",
    "quoted_on": "%(day)s",
    "decided_at": "%(decided_at)s::timestamptz",
    "grant_id": "granted.id",
    "trace": "'[]'::jsonb",
}
QUOTED = f"""
    billing_bill AS bill
    JOIN {BillingGroup._meta.db_table} AS alike ON alike.run_id = %(run)s AND alike.key = bill.key
    LEFT JOIN unnest(%(granted_to)s::bigint[], %(grants)s::bigint[]) AS granted (resident_id, id)
         ON granted.resident_id = bill.resident_id
    ORDER BY bill.enrollment_id
"""
OF_KEYS = (
    "SELECT resident_id, key FROM billing_person WHERE reason IS NULL AND key = ANY(%s::uuid[]) ORDER BY 1"
)
SAMPLE = "SELECT resident_id, population, key FROM billing_bill ORDER BY random() LIMIT %s"
FORGET = f"DELETE FROM {BillingLeftOut._meta.db_table} WHERE run_id = %s AND resident_id BETWEEN %s AND %s"
LEAVE_OUT = f"""
INSERT INTO {BillingLeftOut._meta.db_table} (run_id, resident_id, reason)
SELECT %s, resident_id, reason FROM billing_person WHERE reason <> %s ORDER BY resident_id
"""
REASONS = "SELECT reason, count(*) FROM billing_person WHERE reason IS NOT NULL GROUP BY reason"
COUNTED = f"""
UPDATE {BillingGroup._meta.db_table} AS alike SET {{stage}} = counted.people
FROM unnest(%s::uuid[], %s::int[]) AS counted (key, people) WHERE alike.run_id = %s AND alike.key = counted.key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What is the same for everybody of a chunk."""

    run_id: int
    coverage_year: int
    day: datetime.date
    decided_at: datetime.datetime
    reason: str
    user: AbstractBaseUser | None


def write_registrations(bill: Bill) -> int:
    """Register whoever is to be billed; return how many.

    Registrations get their keys first, so that the contributions need not look for rows just written.
    """
    _run("DROP TABLE IF EXISTS billing_bill")
    _run(NUMBERED)
    _run("ANALYZE billing_bill")
    return insert_with_history(
        Enrollment,
        OF_ENROLLMENT,
        source=BILLED,
        params={
            "year": bill.coverage_year,
            "channel": CHANNEL,
            "day": bill.day,
            "active": EnrollmentStatus.ACTIVE.value,
            "user": bill.user.pk if bill.user else None,
        },
        reason=bill.reason,
        user=bill.user,
    )


def write_contributions(bill: Bill, *, grants: Mapping[int, int]) -> int:
    """Give everybody just registered the figures of their group; return how many.

    :param grants: resident → grant
    """
    return insert_with_history(
        ContributionPeriod,
        OF_CONTRIBUTION,
        source=QUOTED,
        params={
            "run": bill.run_id,
            "year": bill.coverage_year,
            "day": bill.day,
            "quoted": ContributionState.QUOTED.value,
            "decided_at": bill.decided_at,
            "granted_to": list(grants),
            "grants": list(grants.values()),
        },
        reason=bill.reason,
        user=bill.user,
    )


def people_of(keys: list[UUID]) -> list[tuple[int, UUID]]:
    """Return who of those to be billed has one of the keys, with it, in order."""
    return _run(OF_KEYS, keys) if keys else []


def sample_of(size: int) -> list[tuple[int, str, UUID]]:
    """Return random people among those to be billed: resident, class of insured, key."""
    return _run(SAMPLE, size)


def note_left_out(*, run_id: int, first: int, last: int) -> dict[str, int]:
    """Keep who of the range is left out, in place of what was kept before; return reason → people."""
    _run(FORGET, run_id, first, last)
    _run(LEAVE_OUT, run_id, LeftOut.ENROLLED.value)
    return dict(_run(REASONS))


def count_groups(*, run_id: int, stage: str, people: Mapping[str, int]) -> None:
    """Put on each group how many people a stage found.

    :param stage: "planned" or "billed"
    :param people: key of the group → people
    """
    _run(COUNTED.format(stage=stage), list(people), list(people.values()), run_id)


def _run(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
