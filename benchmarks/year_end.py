"""Year end for 200,000 residents with five coverage years: the first run, and the next one from carried states."""

import datetime
from collections.abc import Iterator
from functools import partial

from django.contrib.auth.models import User
from django.db import connection

from benchmarks.measurement import Measurement, seconds, size
from benchmarks.population import LAST_YEAR, carry_policies_to, make_city
from benefits.models import IncentiveRun, RunState
from benefits.services.year_end import propose_year_end
from benefits.services.year_end_decisions import approve_year_end
from registry.models import Area

PEOPLE = 200_000
BAR_SECONDS = 30.0
BAR_RATIOS = {LAST_YEAR: 12.0, LAST_YEAR + 1: 7.0}  # the first run folds everybody up from all years known
COPIED = "COPY (SELECT * FROM incentive_run_{run} ORDER BY resident_id) TO STDOUT"


def measure() -> Iterator[Measurement]:
    """Yield the first and the following year end, each against its floor."""
    people = size(PEOPLE)
    city = make_city(people)
    for year in (LAST_YEAR, LAST_YEAR + 1):
        if year > LAST_YEAR:
            carry_policies_to(year)
        taken = seconds(partial(_run, city, year=year))
        run = IncentiveRun.objects.get(year=year)
        assert run.state == RunState.PROPOSED
        assert run.counts["persons"] == people
        floor = _floor(run)
        yield Measurement(f"year_end_{year}_of_{people}_residents", taken, "s", BAR_SECONDS)
        yield Measurement(f"year_end_{year}_against_reading_and_writing", taken, "s", BAR_RATIOS[year], floor)
        second = User.objects.get_or_create(username="benchmark-reviewer")[0]
        approve_year_end(run_id=run.pk, user=second, reason="基准测量")


def _run(city: Area, *, year: int) -> None:
    propose_year_end(area=city, year=year, today=datetime.date(year + 1, 1, 5))


def _floor(run: IncentiveRun) -> float:
    """Return the time to read the tables a year end needs and to COPY its ready rows into a keyed table."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE floor (LIKE benefits_incentivestate, PRIMARY KEY (resident_id, year))")
        with cursor.copy(COPIED.format(run=run.pk)) as rows:
            content = b"".join(bytes(part) for part in rows)

        def least() -> None:
            cursor.execute("SELECT count(due), count(paid) FROM enrollment_contributionperiod")
            cursor.execute("SELECT count(basic_paid) FROM benefits_accumulator")
            with cursor.copy("COPY floor FROM STDIN") as copy:
                copy.write(content)

        taken = seconds(least)
        cursor.execute("DROP TABLE floor")
    return taken
