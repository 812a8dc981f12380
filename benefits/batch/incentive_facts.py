"""What happened to people in a coverage year, as relations for the year end; keys between %(first)s and %(last)s."""
# ruff: noqa: S608 - every part is written here or is a year; what comes from the policy is a parameter

import datetime
from typing import Any

from django.db import connection

from benefits.batch.incentive_sql import STATE
from benefits.models import Accumulator
from enrollment.models import ContributionPeriod, ContributionState, Enrollment, EnrollmentStatus
from hardship.models import Recognition
from policy.schema.incentives import Incentives
from registry.models import InsuredSpell

PAID_BY = {
    "basic": "basic_paid",
    "critical_illness": "critical_illness_paid",
    "supplement": "supplement_paid",
    "medical_assistance": "assistance_paid",
}
RANGE = "resident_id BETWEEN %(first)s AND %(last)s"
# As the indexes that serve the year end say it, word for word: `paid_by_year_and_resident`, `withdrawn_by_year…`.
PAID = f"state = '{ContributionState.PAID.value}'"
WITHDRAWN = f"status <> '{EnrollmentStatus.ACTIVE.value}'"


def parameters(section: Incentives) -> dict[str, Any]:
    """Return what the relations bind besides the range of keys."""
    return {"excluded": list(section.excluded.value)}


def read_in_key_order() -> None:
    """Let the planner merge relations in the order of their keys until the transaction ends.

    All come in this order from their indexes and so are the rows to be written; hashing them would sort them again.
    Chunks are too short to be worth compiling.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_hashjoin', 'off', true), set_config('jit', 'off', true)")


def with_facts(section: Incentives, *, year: int, before: str, whom: str = RANGE) -> str:
    """Return the relation a yearly step wants: the states of `before` with the facts of `year`.

    Each relation of facts has a person once and comes in the order of their keys, from one index.

    :param whom: condition on `resident_id` that holds for everybody in `before` and keeps the facts read few
    """
    unpaid = "".join(f" AND money.{PAID_BY[layer]} = 0" for layer in section.zero_claim_counts.value)
    return f"""
        SELECT before.resident_id, {", ".join(f"before.{name}" for name in STATE)},
               insured.resident_id IS NOT NULL AS insured,
               excluded.resident_id IS NOT NULL AS excluded,
               covered.resident_id IS NOT NULL AS employee_covered,
               money.resident_id IS NULL OR (true{unpaid}) AS zero_claim,
               coalesce(money.increase_used, false) AS increase_used,
               coalesce(money.critical_illness_paid > 0, false) AS critical_illness_paid
        FROM ({before}) AS before
        LEFT JOIN ({insured(year, whom=whom)}) AS insured USING (resident_id)
        LEFT JOIN ({_excluded(year, whom=whom)}) AS excluded USING (resident_id)
        LEFT JOIN ({_covered(year, whom=whom)}) AS covered USING (resident_id)
        LEFT JOIN ({_money(year, section, whom=whom)}) AS money USING (resident_id)"""


def insured(year: int, *, whom: str = RANGE) -> str:
    """Return who was insured in the year: a registration that stands has one contribution, and nobody has two."""
    return _paid_for(f"= {year:d}", whom=whom)


def insured_before(year: int, *, whom: str = RANGE) -> str:
    """Return who was insured in any year before; a search of the index for each year from the first on record."""
    first = f"(SELECT min(coverage_year) FROM {table(ContributionPeriod)} WHERE {PAID})"
    years = f"ANY(ARRAY(SELECT generate_series({first}, {year - 1:d})))"
    return f"SELECT DISTINCT resident_id FROM ({_paid_for(f'= {years}', whom=whom)}) AS paid"


def _paid_for(years: str, *, whom: str) -> str:
    """Return whose contribution of the years is paid; the few registrations taken back are left out by their keys."""
    return f"""
        SELECT resident_id FROM {table(ContributionPeriod)} AS paid
        WHERE coverage_year {years} AND {PAID} AND {whom}
          AND enrollment_id NOT IN (SELECT id FROM {table(Enrollment)}
                                    WHERE coverage_year {years} AND {WITHDRAWN} AND {whom})"""


def _excluded(year: int, *, whom: str) -> str:
    """Return who holds an excluded identity on the last day of the year."""
    day = f"DATE '{datetime.date(year, 12, 31)}'"
    return f"""
        SELECT DISTINCT resident_id FROM {table(Recognition)}
        WHERE category_id = ANY(%(excluded)s) AND valid_from <= {day} AND (valid_to IS NULL OR valid_to > {day})
          AND {whom}"""


def _covered(year: int, *, whom: str) -> str:
    """Return who was under another basic insurance on any day of the year."""
    return f"""
        SELECT DISTINCT resident_id FROM {table(InsuredSpell)}
        WHERE starts_on <= DATE '{datetime.date(year, 12, 31)}'
          AND (ends_on IS NULL OR ends_on > DATE '{datetime.date(year, 1, 1)}') AND {whom}"""


def _money(year: int, section: Incentives, *, whom: str) -> str:
    """Return the totals of the year's claims, what the rule asks of them."""
    asked = {"critical_illness_paid", *(PAID_BY[layer] for layer in section.zero_claim_counts.value)}
    return f"""
        SELECT resident_id, increase_used, {", ".join(sorted(asked))} FROM {table(Accumulator)}
        WHERE coverage_year = {year:d} AND {whom}"""


def table(model: Any) -> str:
    """Return the model's table."""
    return str(model._meta.db_table)
