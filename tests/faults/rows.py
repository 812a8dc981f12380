"""What a run wrote, as lines to compare two databases by: without keys and moments, which differ by nature."""

# ruff: noqa: S608 - every part is written here

import json
from collections import Counter

from tests.faults.rig import Rig

OWN = (
    "{id,run_id,history_id,history_batch,history_date,decided_at,started_at,confirmed_at,finished_at,proposed_at,"
    "applied_at,decided_by_id,digest,job_id,following_id,planning_id,billing_id,enrollment_id,grant_id,working_id,example_id,case_id}"
)
PEOPLE = "resident_id IN (SELECT id FROM registry_resident WHERE pooling_area_id = {area})"
OF_NEXT_YEAR = PEOPLE + " AND coverage_year = 2026"
# What belongs together is read together: a registration, its contribution, the grant and the working it names.
QUOTED = """
SELECT to_jsonb(quoted) - '{own}'::text[] || jsonb_build_object(
    'registered', to_jsonb(registered) - '{own}'::text[], 'grant', to_jsonb(given) - '{own}'::text[], 'steps', steps)
FROM (SELECT * FROM enrollment_contributionperiod WHERE {people}) AS quoted
JOIN enrollment_enrollment AS registered ON registered.id = quoted.enrollment_id
LEFT JOIN hardship_assistancegrant AS given ON given.id = quoted.grant_id
LEFT JOIN enrollment_working AS working ON working.id = quoted.working_id
"""
TABLES = {
    "billing": {
        "enrollment_enrollment": OF_NEXT_YEAR,
        "enrollment_historicalenrollment": OF_NEXT_YEAR,
        "enrollment_contributionperiod": OF_NEXT_YEAR,
        "enrollment_historicalcontributionperiod": OF_NEXT_YEAR,
        "hardship_assistancegrant": OF_NEXT_YEAR,
        "hardship_historicalassistancegrant": OF_NEXT_YEAR,
        "enrollment_billingleftout": PEOPLE,
        "enrollment_billinggroup": "run_id IN (SELECT id FROM enrollment_billingrun WHERE area_id = {area})",
        "enrollment_billingrun": "area_id = {area}",
    },
    "year_end": {"benefits_incentivestate": PEOPLE, "benefits_incentiverun": "area_id = {area}"},
}


def lines_of(rig: Rig, job: str, *, area: int, database: str) -> Counter[str]:
    """Return how often each line stands there."""
    statements = {
        table: f"SELECT to_jsonb(row) - '{OWN}'::text[] FROM {table} AS row WHERE {where.format(area=area)}"
        for table, where in TABLES[job].items()
    }
    if job == "billing":
        statements["quoted"] = QUOTED.format(own=OWN, people=OF_NEXT_YEAR.format(area=area))
    return Counter(
        f"{table}: {json.dumps(row, ensure_ascii=False, sort_keys=True)}"
        for table, statement in statements.items()
        for (row,) in rig.sql(statement, database=database)
    )
