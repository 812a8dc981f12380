"""Year end of 2,000,000 residents with five coverage years, by two workers, at a quarter to twice the size.

The first run of a city folds everybody up from all years known; the next one goes on from the states it left. Each
against the time PostgreSQL itself needs to read the same rows and to COPY the ready ones into a keyed table; and, more
strictly, as if it had to read no row but only keys, which is what a run does.
BENCH_SIZE says how many residents 1 × is.
"""

from collections.abc import Iterator

from benchmarks.closing import Closed, close_year, floor_of_year
from benchmarks.measurement import Measurement, exponent, size
from benchmarks.population import LAST_YEAR, carry_policies_to, empty_city, make_city

PEOPLE = 2_000_000
FACTORS = (0.25, 0.5, 1, 2)
NEXT_YEAR = LAST_YEAR + 1
FIRST_YEAR = NEXT_YEAR - 4
RUNS = {"first": LAST_YEAR, "next": NEXT_YEAR}
BAR_RATIO, BAR_KEYS, BAR_EXPONENT, BAR_MEGABYTES, BAR_FLAT = 1.3, 2.0, 1.1, 200.0, 1.1


def measure() -> Iterator[Measurement]:
    """Yield each run against its floor, the memory of a worker, and how both grow."""
    found: dict[str, list[tuple[int, Closed]]] = {name: [] for name in RUNS}
    for factor in FACTORS:
        people = int(size(PEOPLE) * factor)
        city = make_city(people, first=FIRST_YEAR, last=NEXT_YEAR)
        carry_policies_to(NEXT_YEAR)
        for name, year in RUNS.items():
            closed = close_year(city, year=year, people=people)
            earliest = FIRST_YEAR if name == "first" else year
            floor = floor_of_year(closed.run_id, area=city, year=year, first=earliest)
            taken = {"": closed.seconds, "_until_proposed": closed.computed}
            for part, seconds in taken.items():
                yield Measurement(
                    f"year_end_{name}_of_{people}{part}", seconds, "s", BAR_RATIO, floor.by_rows
                )
            yield Measurement(
                f"year_end_{name}_of_{people}_against_keys_alone",
                closed.seconds,
                "s",
                BAR_KEYS,
                floor.by_keys,
            )
            yield Measurement(f"year_end_{name}_of_{people}_memory", closed.peak_mb, "MB", BAR_MEGABYTES)
            found[name].append((people, closed))
        empty_city()
    for name, runs in found.items():
        growth = exponent([(people, closed.seconds) for people, closed in runs])
        yield Measurement(f"year_end_{name}_growth_exponent", growth, "", BAR_EXPONENT)
        least, most = runs[0][1].peak_mb, runs[-1][1].peak_mb
        yield Measurement(f"year_end_{name}_memory_of_the_largest", most, "MB", BAR_FLAT, least)
