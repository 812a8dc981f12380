"""The incentive rule as a minimal country package of OpenFisca, between COPY out and COPY in; written for comparison.

`.venv/bench/bin/python -m benchmarks.openfisca_country DSN < RULE` runs in an environment that knows OpenFisca and
nothing of the product. RULE is JSON: the figures of the policy in fen, `year`, and `rows`, the query that tells the
state before the year and its facts. It writes `openfisca_state` and prints `seconds`, from the first row read to the
last written, and `peak_mb`. The state before is set and one year is computed: over several years the guard against
loops answers with default values without a word.
"""
# ruff: noqa: D103 - a formula is what it is called

import json
import resource
import sys
import time
from typing import Any

import numpy as np
import psycopg
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERSON = build_entity(key="person", plural="persons", label="参保人", is_person=True)
STATE = {
    "ever_insured": bool,
    "continuous_years": int,
    "continuous_steps": int,
    "zero_claim_steps": int,
    "zero_claim_pending": bool,
    "lapsed_years": int,
}
FACTS = (
    "insured", "excluded", "employee_covered", "zero_claim", "increase_used", "critical_illness_paid",
)  # fmt: skip
WIDTHS = {bool: (1, "?"), int: (2, ">i2")}
HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
RULE: dict[str, Any] = {}
TABLE = """
CREATE TABLE openfisca_state (resident_id bigint, ever_insured boolean, continuous_years smallint,
    continuous_steps smallint, zero_claim_steps smallint, zero_claim_pending boolean, lapsed_years smallint,
    next_cap bigint, year smallint, PRIMARY KEY (resident_id, year))
"""


def earns(person: Any, period: Any) -> Any:
    return RULE["begun"] & (
        person("continuous_years", period.last_year) + RULE["counts"] > RULE["qualifying_years"]
    )


def ever_insured(person: Any, period: Any) -> Any:
    return person("ever_insured", period.last_year) | person("insured", period)


def counted(person: Any, period: Any) -> Any:
    return ~person("excluded", period) & person("insured", period)


def missed(person: Any, period: Any) -> Any:
    uncovered = ~person("insured", period) & ~(RULE["holds"] & person("employee_covered", period))
    return ~person("excluded", period) & uncovered & person("ever_insured", period.last_year)


def continuous_years(person: Any, period: Any) -> Any:
    years = person("continuous_years", period.last_year)
    return np.select(
        [person("counted", period), person("missed", period)], [years + RULE["counts"], 0], years
    )


def continuous_steps(person: Any, period: Any) -> Any:
    steps = person("continuous_steps", period.last_year)
    lost = person("missed", period) & (RULE["begun"] and not RULE["keeps_steps"])
    earned = steps + earns(person, period)
    return np.select([person("counted", period), lost], [earned, 0], steps)


def reset(person: Any, period: Any) -> Any:
    used = person("increase_used", period)
    if RULE["reset"] == "any_critical_illness_payout":
        used = used | person("critical_illness_paid", period)
    return person("counted", period) & RULE["begun"] & used & (RULE["reset"] != "never")


def zero_claim_steps(person: Any, period: Any) -> Any:
    steps = person("zero_claim_steps", period.last_year)
    credited = steps + person("zero_claim_pending", period.last_year)
    lost = person("missed", period) & (RULE["begun"] and not RULE["keeps_credit"])
    kept = np.select([person("counted", period) & RULE["begun"], lost], [credited, 0], steps)
    at_once = person("counted", period) & RULE["begun"] & person("zero_claim", period) & (not RULE["waits"])
    return np.where(person("reset", period), 0, kept + at_once)


def zero_claim_pending(person: Any, period: Any) -> Any:
    told = RULE["begun"] & (person("counted", period) | person("missed", period))
    healthy = person("counted", period) & RULE["begun"] & person("zero_claim", period) & RULE["waits"]
    return ~person("reset", period) & (person("zero_claim_pending", period.last_year) & ~told | healthy)


def lapsed_years(person: Any, period: Any) -> Any:
    return person("lapsed_years", period.last_year) + (person("missed", period) & RULE["begun"])


def next_cap(person: Any, period: Any) -> Any:
    years = person("continuous_years", period) + RULE["next_counts"]
    steps = person("continuous_steps", period) + (years > RULE["qualifying_years"])
    credit = person("zero_claim_steps", period) + person("zero_claim_pending", period)
    raised = np.minimum(RULE["continuous"] * steps + RULE["zero_claim"] * credit, RULE["most"])
    lowered = np.minimum(RULE["lapse"] * person("lapsed_years", period), RULE["least"])
    return np.where(person("excluded", period), RULE["base"], RULE["base"] + raised - lowered)


FORMULAS = (
    ever_insured, counted, missed, continuous_years, continuous_steps, reset, zero_claim_steps, zero_claim_pending,
    lapsed_years, next_cap,
)  # fmt: skip
OTHERS = {"next_cap": int}  # its integers have 32 bits, enough for any cap in fen


def country() -> TaxBenefitSystem:
    """Return the system of one rule: inputs are facts, every part of the state is a variable of a year."""
    system = TaxBenefitSystem([PERSON])
    for formula in FORMULAS:
        kind = (STATE | OTHERS).get(formula.__name__, bool)
        system.add_variable(_variable(formula.__name__, kind, formula))
    for name in FACTS:
        system.add_variable(_variable(name, bool))
    return system


def _variable(name: str, kind: type, formula: Any = None) -> type[Variable]:
    parts = {"value_type": kind, "entity": PERSON, "definition_period": DateUnit.YEAR, "label": name}
    return type(name, (Variable,), parts if formula is None else parts | {"formula": formula})


def _layout(columns: dict[str, tuple[int, str]]) -> np.dtype[Any]:
    """Return how PostgreSQL's binary COPY writes a row of columns none of which is null."""
    fields = [("count", ">i2")]
    for name, (_, code) in columns.items():
        fields += [(f"{name}_bytes", ">i4"), (name, code)]
    return np.dtype(fields)


def _read(connection: psycopg.Connection, rows: str) -> Any:
    states = {name: WIDTHS[kind] for name, kind in STATE.items()}
    layout = _layout({"resident_id": (8, ">i8")} | states | dict.fromkeys(FACTS, WIDTHS[bool]))
    with connection.cursor().copy(f"COPY ({rows}) TO STDOUT (FORMAT binary)") as copy:
        content = b"".join(bytes(part) for part in copy)
    return np.frombuffer(content[len(HEADER) : -2], dtype=layout)


def _write(connection: psycopg.Connection, found: dict[str, Any], year: int) -> None:
    states = {name: WIDTHS[kind] for name, kind in STATE.items()}
    columns = {"resident_id": (8, ">i8")} | states | {"next_cap": (8, ">i8"), "year": (2, ">i2")}
    ready = np.empty(len(found["resident_id"]), dtype=_layout(columns))
    ready["count"] = len(columns)
    for name, (width, _) in columns.items():
        ready[f"{name}_bytes"], ready[name] = width, found.get(name, year)
    with connection.cursor().copy("COPY openfisca_state FROM STDIN (FORMAT binary)") as copy:
        copy.write(HEADER + ready.tobytes() + b"\xff\xff")


def main(dsn: str) -> None:
    """Read, simulate, write."""
    RULE.update(json.load(sys.stdin))
    year, system = RULE["year"], country()
    with psycopg.connect(dsn) as connection:
        connection.execute(TABLE)
        started = time.perf_counter()
        rows = _read(connection, RULE["rows"])
        simulation = SimulationBuilder.build_default_simulation(system, len(rows))
        for name in STATE:
            simulation.set_input(name, year - 1, rows[name].astype(rows[name].dtype.newbyteorder("=")))
        for name in FACTS:
            simulation.set_input(name, year, rows[name])
        found = {name: simulation.calculate(name, year) for name in (*STATE, "next_cap")}
        _write(connection, found | {"resident_id": rows["resident_id"]}, year)
        connection.commit()
        taken = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": taken, "peak_mb": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
