"""Entitlement checks while a year end or a billing goes on: two workers in processes of their own, one who asks."""

import datetime
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
os.environ.setdefault("DEMO", "1")

from benchmarks.measurement import Measurement, seconds, size

PEOPLE = 500_000
YEAR = 2025
WORKERS = 2
IDLE_CHECKS, PAUSE = 600, 0.005
BAR_RATIO = 2.0
LEAST_CHECKS = 100
DAY = datetime.date(YEAR, 3, 10)
BILLED_ON, CLOSED_ON = datetime.date(YEAR, 10, 8), datetime.date(YEAR + 1, 1, 5)


def measure() -> Iterator[Measurement]:
    """Yield the time that one check in twenty passes beside each kind of run, against that of an idle system."""
    from django.db import connection

    from benchmarks.entitlement import agency_of, numbered
    from benchmarks.population import carry_policies_to, make_city
    from benefits.services.year_end import open_year_end
    from enrollment.services.billing.runs import confirm_billing, open_billing
    from enrollment.services.partner_entitlements import entitlements_of

    people = size(PEOPLE)
    city = make_city(people, first=YEAR - 1, last=YEAR)
    carry_policies_to(YEAR + 1)
    agency, numbers = agency_of(city), numbered(people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    def check(turn: int) -> float:
        asked = [(numbers[turn % len(numbers)], DAY)]
        taken = seconds(partial(entitlements_of, agency=agency, checks=asked))
        time.sleep(PAUSE)
        return taken

    closing = open_year_end(area=city, year=YEAR, today=CLOSED_ON)
    yield _beside("year_end", closing.pk, check)
    billing = open_billing(area=city, coverage_year=YEAR + 1, today=BILLED_ON)
    yield _beside("billing_plan", billing.pk, check)
    confirm_billing(run_id=billing.pk)
    yield _beside("billing", billing.pk, check)


def _beside(job: str, run_id: int, check: Callable[[int], float]) -> Measurement:
    """Ask the idle system, then while the workers do what is left of a run."""
    from django.db import connection

    idle = [check(turn) for turn in range(IDLE_CHECKS)]
    command = [sys.executable, "-m", "benchmarks.beside", connection.settings_dict["NAME"], job, str(run_id)]
    working = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(WORKERS)]
    for worker in working:
        assert worker.stdout is not None
        worker.stdout.readline()  # it has loaded the program, and begins
    beside: list[float] = []
    while all(worker.poll() is None for worker in working):
        beside.append(check(len(beside)))
    assert [worker.wait() for worker in working] == [0] * WORKERS
    assert len(beside) >= LEAST_CHECKS, (
        f"{job} is over after {len(beside)} checks: give BENCH_SIZE more people"
    )
    return Measurement(f"entitlement_p95_beside_{job}", _p95(beside), "s", BAR_RATIO, _p95(idle))


def _p95(taken: list[float]) -> float:
    return sorted(taken)[len(taken) * 95 // 100]


def _work(database: str, job: str, run_id: str) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from benefits.services.year_end import run_year_end_chunks
    from enrollment.services.billing.runs import run_billing_chunks

    print("begins", flush=True)
    run = run_year_end_chunks if job == "year_end" else run_billing_chunks
    run(run_id=int(run_id))


if __name__ == "__main__":
    _work(*sys.argv[1:])
