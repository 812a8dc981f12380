"""The year end of 2,000,000 residents against openfisca-core doing the same, and against a loop over the ORM.

OpenFisca gets the rows by COPY, joined and in order, and writes its result by COPY; both results must be equal row by
row. The loop reads facts by the thousand, steps by the scalar rule and writes by bulk_update; a few people are done so
and the time is multiplied. BENCH_SIZE says how many residents.
"""
# ruff: noqa: S608 - every part is written here

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import connection, transaction

from benchmarks.closing import close_year
from benchmarks.measurement import Measurement, size
from benchmarks.population import LAST_YEAR, carry_policies_to, empty_city, make_city
from benefits.batch.incentive_facts import parameters, with_facts
from benefits.batch.incentive_sql import STATE
from benefits.batch.incentives import YearEnd
from benefits.models import IncentiveRun, IncentiveState
from benefits.rules.incentives import limit_in_yuan
from benefits.selectors.laws import rule_state
from benefits.selectors.year_facts import histories_of
from benefits.services.year_end import year_end_by
from benefits.services.year_end_checks import expected_cap, expected_state
from policy.schema.incentives import IncrementUnit

PEOPLE = 2_000_000
YEAR = LAST_YEAR + 1
LOOPED, BATCH = 2_000, 1_000
TIMES_OPENFISCA, TIMES_LOOP = 3, 100
PYTHON = ".venv/bench/bin/python"
UNEQUAL = """
SELECT count(*) FROM incentive_run_{run} AS ours FULL JOIN openfisca_state AS theirs USING (resident_id, year)
WHERE ({ours}, (ours.next_cap * 100)::bigint) IS DISTINCT FROM ({theirs}, theirs.next_cap)
"""


def measure() -> Iterator[Measurement]:
    """Yield our time against a third of OpenFisca's and a hundredth of the loop's."""
    people = size(PEOPLE)
    city = make_city(people, first=YEAR - 4, last=YEAR)
    carry_policies_to(YEAR)
    close_year(city, year=LAST_YEAR, people=people)
    closed = close_year(city, year=YEAR, people=people)
    end = year_end_by(IncentiveRun.objects.select_related("area").get(pk=closed.run_id))
    peer = _openfisca(end)
    assert _unequal(closed.run_id) == 0
    yield Measurement(
        f"year_end_of_{people}_against_openfisca",
        closed.seconds,
        "s",
        round(1 / TIMES_OPENFISCA, 3),
        peer["seconds"],
    )
    looped = min(LOOPED, people)
    scaled = _loop(end, looped) * people / looped
    yield Measurement(
        f"year_end_of_{people}_against_a_loop_scaled_from_{looped}",
        closed.seconds,
        "s",
        1 / TIMES_LOOP,
        scaled,
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE openfisca_state")
    empty_city()


def _openfisca(end: YearEnd) -> dict[str, Any]:
    """Let OpenFisca do the year end; return what it says of itself."""
    settings = connection.settings_dict
    dsn = psycopg.conninfo.make_conninfo(
        dbname=settings["NAME"], user=settings["USER"], host=settings["HOST"], port=settings["PORT"] or None
    )
    command = [PYTHON, "-m", "benchmarks.openfisca_country", dsn]
    done = subprocess.run(
        command, input=json.dumps(_rule(end)), stdout=subprocess.PIPE, check=True, text=True
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _rule(end: YearEnd) -> dict[str, Any]:
    """Return the policy's figures, money in fen, and the query for the rows."""
    section, base = end.section, end.base_cap
    assert base is not None
    assert section.lapse_decrement is not None
    assert section.lapse_limit is not None
    whole = base if section.increment_unit.value is IncrementUnit.SHARE_OF_BASE_CAP else 1
    before = f"""
        SELECT resident_id, {", ".join(STATE)} FROM benefits_incentivestate
        WHERE year = {end.year - 1} AND resident_id BETWEEN %(first)s AND %(last)s"""
    rows = f"{with_facts(section, year=end.year, before=before)} ORDER BY resident_id"
    bound = parameters(section) | {"first": 1, "last": 2**62}
    return {
        "year": end.year,
        "begun": end.year >= section.start_year.value,
        "counts": int(end.year >= section.count_years_from.value),
        "next_counts": int(end.year + 1 >= section.count_years_from.value),
        "qualifying_years": section.qualifying_years.value,
        "holds": section.employee_cover.value == "hold",
        "keeps_steps": section.continuity_after_lapse.value == "keep",
        "keeps_credit": section.zero_claim_after_lapse.value == "keep",
        "waits": section.zero_claim_needs_next_year.value,
        "reset": section.reset.value,
        "base": int(base * 100),
        "continuous": int(whole * section.continuous_increment.value * 100),
        "zero_claim": int(whole * section.zero_claim_increment.value * 100),
        "most": int(limit_in_yuan(section, section.increase_limit, base) * 100),
        "lapse": int(whole * section.lapse_decrement.value * 100),
        "least": int(limit_in_yuan(section, section.lapse_limit, base) * 100),
        "rows": psycopg.ClientCursor(connection.connection).mogrify(rows, bound),
    }


def _unequal(run_id: int) -> int:
    """Return of how many people the results differ."""
    ours, theirs = (", ".join(f"{side}.{name}" for name in STATE) for side in ("ours", "theirs"))
    with connection.cursor() as cursor:
        cursor.execute(UNEQUAL.format(run=run_id, ours=ours, theirs=theirs))
        return int(cursor.fetchone()[0])


def _loop(end: YearEnd, people: int) -> float:
    """Return the seconds a loop over the ORM takes for the first so many people; nothing of it stays."""
    states = IncentiveState.objects.filter(year=end.year).order_by("resident_id")
    fields = [*STATE, "excluded", "next_cap"]
    started = time.perf_counter()
    with transaction.atomic():
        for first in range(0, people, BATCH):
            rows = list(states[first : first + BATCH])
            ids = [row.resident_id for row in rows]
            before = {
                row.resident_id: rule_state(row)
                for row in IncentiveState.objects.filter(year=end.year - 1, resident_id__in=ids)
            }
            histories = histories_of(resident_ids=ids, section=end.section)
            for row in rows:
                state = expected_state(end, histories, row.resident_id, previous=before.get(row.resident_id))
                row.excluded = histories.of(row.resident_id, end.year).excluded
                row.next_cap = expected_cap(end, state, excluded=row.excluded)
                for name in STATE:
                    setattr(row, name, getattr(state, name))
            IncentiveState.objects.bulk_update(rows, fields)
        transaction.set_rollback(True)
    return time.perf_counter() - started
