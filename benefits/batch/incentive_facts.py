"""What happened to people in a coverage year, as relations for the year end; keys between %(first)s and %(last)s."""
# ruff: noqa: S608 - every part is written here or is a year; what comes from the policy is a parameter

import datetime
from typing import Any

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


def parameters(section: Incentives) -> dict[str, Any]:
    """Return what the relations bind besides the range of keys."""
    return {
        "active": EnrollmentStatus.ACTIVE.value,
        "paid": ContributionState.PAID.value,
        "excluded": list(section.excluded.value),
    }


def with_facts(section: Incentives, *, year: int, before: str) -> str:
    """Return the relation a yearly step wants: the states of `before` with the facts of `year`."""
    paid = "".join(f" + coalesce(money.{PAID_BY[layer]}, 0)" for layer in section.zero_claim_counts.value)
    return f"""
        SELECT before.resident_id, {", ".join(f"before.{name}" for name in STATE)},
               insured.resident_id IS NOT NULL AS insured,
               excluded.resident_id IS NOT NULL AS excluded,
               covered.resident_id IS NOT NULL AS employee_covered,
               0{paid} = 0 AS zero_claim,
               coalesce(money.increase_used, false) AS increase_used,
               coalesce(money.critical_illness_paid, 0) > 0 AS critical_illness_paid
        FROM ({before}) AS before
        LEFT JOIN ({insured(f"= {year}")}) AS insured USING (resident_id)
        LEFT JOIN ({_excluded(year)}) AS excluded USING (resident_id)
        LEFT JOIN ({_covered(year)}) AS covered USING (resident_id)
        LEFT JOIN {table(Accumulator)} AS money
               ON money.resident_id = before.resident_id AND money.coverage_year = {year}
              AND money.resident_id BETWEEN %(first)s AND %(last)s"""


def insured(years: str) -> str:
    """Return who was insured in the years that fit, such as "= 2025"."""
    return f"""
        SELECT DISTINCT paid.resident_id
        FROM {table(ContributionPeriod)} AS paid
        JOIN {table(Enrollment)} AS enrolled ON enrolled.id = paid.enrollment_id AND enrolled.status = %(active)s
             AND enrolled.resident_id BETWEEN %(first)s AND %(last)s AND enrolled.coverage_year {years}
        WHERE paid.coverage_year {years} AND paid.state = %(paid)s
          AND paid.resident_id BETWEEN %(first)s AND %(last)s"""


def _excluded(year: int) -> str:
    """Return who holds an excluded identity on the last day of the year."""
    day = f"DATE '{datetime.date(year, 12, 31)}'"
    return f"""
        SELECT DISTINCT resident_id FROM {table(Recognition)}
        WHERE category_id = ANY(%(excluded)s) AND valid_from <= {day} AND (valid_to IS NULL OR valid_to > {day})
          AND resident_id BETWEEN %(first)s AND %(last)s"""


def _covered(year: int) -> str:
    """Return who was under another basic insurance on any day of the year."""
    return f"""
        SELECT DISTINCT resident_id FROM {table(InsuredSpell)}
        WHERE starts_on <= DATE '{datetime.date(year, 12, 31)}'
          AND (ends_on IS NULL OR ends_on > DATE '{datetime.date(year, 1, 1)}')
          AND resident_id BETWEEN %(first)s AND %(last)s"""


def table(model: Any) -> str:
    """Return the model's table."""
    return str(model._meta.db_table)
