"""Year end of the incentives over a range of people as one statement: the state before LEFT JOIN the year's facts.

`benefits.rules.incentive_years` is the law; `benefits.batch.incentive_sql` is the same law as SQL. People without a
state after the year before (the first run, newcomers, movers) are folded up from the first year that tells anything.
"""
# ruff: noqa: S608 - every part is written here or is a number; what comes from the policy or people is a parameter

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from benefits.batch.incentive_facts import (
    RANGE,
    insured_before,
    parameters,
    read_in_key_order,
    table,
    with_facts,
)
from benefits.batch.incentive_sql import EARNED, STATE, next_cap, step
from benefits.batch.run_tables import HALVES, HASH, run_table
from benefits.models import IncentiveState
from benefits.selectors.year_facts import first_telling_year
from policy.policy import Policy
from policy.schema.incentives import Incentives
from registry.models import Resident

TABLE = table(IncentiveState)
CARRIED = f"resident_id, {', '.join(STATE)}"
LIVING = """person.pooling_area_id = %(area)s AND person.id BETWEEN %(first)s AND %(last)s
    AND (person.died_on IS NULL OR person.died_on >= %(new_year)s)"""
HOLD = f"""
    SELECT count(*) FROM (SELECT id FROM {table(Resident)} AS person WHERE {LIVING}
                          ORDER BY id FOR NO KEY UPDATE) AS held"""
COUNTED = ("insured", "excluded", *EARNED)
FEW = 1_000


@dataclass(frozen=True, slots=True)
class YearEnd:
    """What one run stands on.

    :param base_cap: yuan per year before incentives; null = the documents give none
    """

    section: Incentives
    year: int
    area_id: int
    base_cap: Decimal | None

    @classmethod
    def under(cls, policy: Policy, *, year: int, area_id: int) -> "YearEnd":
        """Return the year end of an area by a policy.

        :raises RuleNotPublished: if its documents know no incentives
        """
        critical = policy.data.critical_illness
        cap = None if critical is None or critical.cap is None else critical.cap.value
        return cls(policy.incentives, year, area_id, cap)

    @property
    def first_year(self) -> int:
        """The first year that tells anything about those without a state."""
        return first_telling_year(self.section, self.year)


class Written(NamedTuple):
    """What a chunk wrote: what it counted, and where a random sample of its rows lies in the run's table."""

    counts: dict[str, int]
    sample: list[str]


def write_states(end: YearEnd, *, run_id: int, first: int, last: int, sample: int = 0) -> Written:
    """Write the states of the area's people with keys from `first` to `last` into the run's table, in key order.

    Those who died before the year have none; nobody lapses by dying. Who has a state of the year in another area,
    which counted them before they moved, is left out and counted as `elsewhere`. The people are held before the clock
    is looked at: what the states rest on is exactly what is recorded up to their moment (docs/decisions/0011).

    :returns: how many people, how many of each kind of change, and the digest of the rows (`run_tables`)
    """
    values = _parameters(end, first=first, last=last)
    read_in_key_order()
    held = _one_row(HOLD, values)["count"]
    statement = f"""
        {_result(end, people=_without_state(end), first=first, last=last)},
        written AS (INSERT INTO {run_table(run_id)} ({CARRIED}, year, area_id, run_id, excluded, next_cap, decided_at)
                    SELECT {CARRIED}, {end.year}, {end.area_id:d}, {run_id:d}, excluded, next_cap, %(decided_at)s
                    FROM result ORDER BY resident_id
                    RETURNING {HASH} AS hash, ctid AS place)
        SELECT counted.*, digest.*,
               ARRAY(SELECT place::text FROM written ORDER BY random() LIMIT {sample:d}) AS sample
        FROM ({_counts()}) AS counted, (SELECT {HALVES} FROM written) AS digest"""
    found = _one_row(statement, values | {"decided_at": timezone.now()})
    places = found.pop("sample")
    counts = {name: number or 0 for name, number in found.items()}
    return Written(counts | {"elsewhere": held - counts["persons"]}, places)


def outdated(end: YearEnd, *, run_id: int, first: int, last: int, from_history: bool = False) -> list[int]:
    """Return who of a range would have another state if the run were made now, by what is on record now.

    :param from_history: fold everybody up from the first year that tells anything, whatever state they had before
    """
    people = f"""
        SELECT resident_id FROM {run_table(run_id)} WHERE resident_id BETWEEN %(first)s AND %(last)s"""
    columns = ("excluded", "next_cap::numeric(12, 2)", *STATE)
    now, then = (", ".join(f"{table}.{name}" for name in columns) for table in ("result", "stored"))
    statement = f"""
        {_result(end, people=people, first=first, last=last, from_history=from_history)}
        SELECT resident_id FROM result JOIN {run_table(run_id)} AS stored USING (resident_id)
        WHERE ({now}) IS DISTINCT FROM ({then}) ORDER BY resident_id"""
    with connection.cursor() as cursor:
        cursor.execute(statement, _parameters(end, first=first, last=last))
        return [resident_id for (resident_id,) in cursor.fetchall()]


def _without_state(end: YearEnd) -> str:
    return f"""
        SELECT person.id AS resident_id FROM {table(Resident)} AS person
        WHERE {LIVING} AND NOT EXISTS (SELECT FROM {TABLE} AS there
                          WHERE there.year = {end.year} AND there.resident_id = person.id)"""


def _result(end: YearEnd, *, people: str, first: int, last: int, from_history: bool = False) -> str:
    """Return the WITH clause that ends in `result`, one row for each of the people."""
    before = f"SELECT {CARRIED} FROM known"
    newcomers = ""
    if new := _newcomers(end, people=people, first=first, last=last, from_history=from_history):
        newcomers = _folded(end, new)
        before += f" UNION ALL SELECT {CARRIED} FROM folded_{end.year - 1}"
    facts = with_facts(end.section, year=end.year, before=before)
    return f"""
        WITH people AS ({people}),
        known AS (
            SELECT {CARRIED} FROM {TABLE} JOIN people USING (resident_id)
            WHERE {"false" if from_history else "true"} AND year = {end.year - 1}
              AND resident_id BETWEEN %(first)s AND %(last)s),
        {newcomers}
        result AS (SELECT stepped.*, {next_cap(end.section, year=end.year, base_cap=end.base_cap)} AS next_cap
                   FROM ({step(end.section, year=end.year, people=facts)}) AS stepped)"""


def _folded(end: YearEnd, newcomers: list[int]) -> str:
    """Return the states before the year of people who have none, folded up year by year.

    Of few people their own facts are read, of many those of the whole range, in one go.
    """
    keys = ",".join(map(str, newcomers))
    whom = RANGE if len(newcomers) > FEW else f"resident_id IN ({keys})"
    start = end.first_year
    folded = f"""
        folded_{start - 1} AS (
            SELECT newcomer.resident_id, earlier.resident_id IS NOT NULL AS ever_insured, 0 AS continuous_years,
                   0 AS continuous_steps, 0 AS zero_claim_steps, false AS zero_claim_pending, 0 AS lapsed_years
            FROM unnest(ARRAY[{keys}]::bigint[]) AS newcomer (resident_id)
            LEFT JOIN ({insured_before(start, whom=whom)}) AS earlier USING (resident_id)),"""
    for year in range(start, end.year):
        before = f"SELECT {CARRIED} FROM folded_{year - 1}"
        people = with_facts(end.section, year=year, before=before, whom=whom)
        folded += f" folded_{year} AS ({step(end.section, year=year, people=people)}),"
    return folded


def _counts() -> str:
    counted = ", ".join(f"count(*) FILTER (WHERE {name}) AS {name}" for name in COUNTED)
    return f"""
        SELECT count(*) AS persons, {counted},
               count(*) FILTER (WHERE insured AND zero_claim) AS zero_claim,
               count(*) FILTER (WHERE employee_covered AND NOT insured) AS employee_covered
        FROM result"""


def _newcomers(end: YearEnd, *, people: str, first: int, last: int, from_history: bool) -> list[int]:
    """Return who of the people has no state after the year before that counts, in the order of their keys."""
    counts = "false" if from_history else "true"
    statement = f"""
        SELECT resident_id FROM ({people}) AS person
        WHERE NOT EXISTS (SELECT FROM {TABLE} AS before
                          WHERE {counts} AND before.year = {end.year - 1}
                            AND before.resident_id = person.resident_id
                            AND before.resident_id BETWEEN %(first)s AND %(last)s)
        ORDER BY resident_id"""
    with connection.cursor() as cursor:
        cursor.execute(statement, _parameters(end, first=first, last=last))
        return [resident_id for (resident_id,) in cursor.fetchall()]


def _parameters(end: YearEnd, *, first: int, last: int) -> dict[str, Any]:
    return parameters(end.section) | {
        "area": end.area_id,
        "first": first,
        "last": last,
        "new_year": datetime.date(end.year, 1, 1),
    }


def _one_row(statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description or ()]
        return dict(zip(names, cursor.fetchone(), strict=True))
