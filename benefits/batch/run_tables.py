"""The table each year-end run writes for itself: made, sealed, attached to the states in force, taken off again.

`benefits_incentivestate` is partitioned by year and, inside a year, by pooling area. A run fills `incentive_run_<id>`,
which nobody else reads; sealing gives it its key and a check that spares PostgreSQL the look at every row when it is
attached, which then takes milliseconds. Taking it off leaves it as it is: it is the run's own history. Its digest adds
up a hash of every row (sums, so that chunks in any order come to the same).
"""
# ruff: noqa: S608 - every part is written here or is a number

from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import sql

from benefits.models import IncentiveState

TABLE = IncentiveState._meta.db_table
COLUMNS = (
    "resident_id", "year", "area_id", "run_id", "ever_insured", "excluded", "continuous_years", "continuous_steps",
    "zero_claim_steps", "zero_claim_pending", "lapsed_years", "next_cap", "decided_at",
)  # fmt: skip
HASH = f"hash_record_extended(ROW({', '.join(COLUMNS)}), 0)"
# Halves of 32 bits, so that the sum of a nation's rows still is a bigint.
HALVES = "sum(hash >> 32 & 4294967295)::bigint AS digest_high, sum(hash & 4294967295)::bigint AS digest_low"
DIGESTS = ("digest_high", "digest_low")


def run_table(run_id: int) -> str:
    """Return the name of a run's table."""
    return f"incentive_run_{run_id:d}"


def make_run_table(run_id: int) -> None:
    """Make the table of a run, without key or check as long as it is filled."""
    _do("CREATE TABLE {run} (LIKE {states} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)", run=run_table(run_id))


def seal(run_id: int, *, year: int, area_id: int) -> None:
    """Give a filled table its key and its place, and let the planner know it."""
    _do(
        "ALTER TABLE {run} ADD PRIMARY KEY (resident_id, year),"
        " ADD CONSTRAINT {place} CHECK (year = {year} AND area_id = {area})",
        run=run_table(run_id),
        place=f"{run_table(run_id)}_place",
        year=year,
        area=area_id,
    )
    _do("ANALYZE {run}", run=run_table(run_id))


def attach(run_id: int, *, year: int, area_id: int) -> None:
    """Put a sealed table in force; readers are not kept waiting."""
    make_year(year)
    _do(
        "ALTER TABLE {year} ATTACH PARTITION {run} FOR VALUES IN ({area})",
        year=_year_table(year),
        run=run_table(run_id),
        area=area_id,
    )


def detach(run_id: int, *, year: int) -> None:
    """Take a table out of force; it stays as it is, with its key and its check.

    Whoever reads the year is waited for, and everybody else behind: five seconds at most.

    :raises OperationalError: if a reader takes longer
    """
    _do("SET LOCAL lock_timeout = '5s'")
    _do("ALTER TABLE {year} DETACH PARTITION {run}", year=_year_table(year), run=run_table(run_id))


def make_year(year: int) -> None:
    """Make the year's part of the states if it is not there; two areas' runs of a year do so one after the other."""
    name = _year_table(year)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext(%s)), to_regclass(%s) IS NOT NULL", [name, name]
        )
        is_there = cursor.fetchone()[1]
    if not is_there:  # made apart and attached: CREATE … PARTITION OF would keep all readers waiting
        _do(
            "CREATE TABLE {year} (LIKE {states} INCLUDING CONSTRAINTS) PARTITION BY LIST (area_id)", year=name
        )
        _do("ALTER TABLE {states} ATTACH PARTITION {name} FOR VALUES IN ({year})", name=name, year=year)


def hold_still(run_id: int) -> None:
    """Let nobody write into a run's table until the transaction ends."""
    _do("LOCK TABLE {run} IN SHARE MODE", run=run_table(run_id))


def digest_of(run_id: int) -> str:
    """Return the digest of a table as it is now."""
    (found,) = _rows(
        f"SELECT count(*) AS persons, {HALVES} FROM (SELECT {HASH} AS hash FROM {run_table(run_id)}) AS hashed"
    )
    return told_digest(found)


def told_digest(counts: Mapping[str, Any]) -> str:
    """Return the digest of rows from how many they are and what their hashes add up to."""
    return f"{counts.get('persons') or 0}-" + "-".join(f"{counts.get(name) or 0:x}" for name in DIGESTS)


def rows_of(run_id: int, condition: str, values: Mapping[str, Any]) -> list[IncentiveState]:
    """Return rows of a run's table, whether it is in force or not.

    :param condition: what follows FROM, written by the caller; never from a request
    """
    statement = f"SELECT {', '.join(COLUMNS)} FROM {run_table(run_id)} AS state {condition}"
    return [IncentiveState(**row) for row in _rows(statement, values)]


def people_between(run_id: int, first: int, last: int) -> int:
    """Return how many people of a run have keys from `first` to `last`, both included."""
    (found,) = figures_of(
        run_id,
        "count(*) AS people",
        "WHERE resident_id BETWEEN %(first)s AND %(last)s",
        {"first": first, "last": last},
    )
    return int(found["people"])


def figures_of(run_id: int, select: str, joined: str = "", values: Mapping[str, Any] | None = None) -> Any:
    """Return what a question about a run's table as `state` has for an answer: a list of records by column.

    :param select: what stands between SELECT and FROM, `joined` what stands behind; both written by the caller
    """
    return _rows(f"SELECT {select} FROM {run_table(run_id)} AS state {joined}", values or {})


def _year_table(year: int) -> str:
    return f"{TABLE}_{year:04d}"


def _do(statement: str, **names: str | int) -> None:
    parts = {
        name: sql.Identifier(value) if isinstance(value, str) else sql.Literal(value)
        for name, value in names.items()
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(states=sql.Identifier(TABLE), **parts))


def _rows(statement: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or {})
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
