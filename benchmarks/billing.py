"""The yearly billing of 2,000,000 residents by two workers, each a process of its own, with their memory.

Against the time PostgreSQL itself needs to read people, their identities, cover and years before, and to COPY the
ready registrations and contributions, with the history of both, into tables with the same keys.
"""
# ruff: noqa: S608 - every part is written here

import datetime
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
os.environ.setdefault("DEMO", "1")

from benchmarks.measurement import Measurement, size

PEOPLE = 2_000_000
INSURED_BEFORE = (10, 9)  # of so many residents so many are insured in a year: `benchmarks/population.py`
YEAR = 2025
TODAY = datetime.date(2024, 9, 1)
WORKERS = 2
BAR_SECONDS, BAR_FLOOR = 240.0, 1.5
BAR_MEGABYTES = 200.0
READ = (
    "SELECT count(born_on), count(died_on), count(living_area_id) FROM registry_resident",
    "SELECT count(starts_on), count(ends_on) FROM registry_insuredspell",
    "SELECT count(category_id), count(attributes), count(valid_to) FROM hardship_recognition",
    f"SELECT count(status) FROM enrollment_enrollment WHERE coverage_year < {YEAR}",
    f"SELECT count(state) FROM enrollment_contributionperiod WHERE coverage_year < {YEAR}",
)
WRITTEN = (
    "enrollment_enrollment",
    "enrollment_historicalenrollment",
    "enrollment_contributionperiod",
    "enrollment_historicalcontributionperiod",
)
EMPLOYED = """
INSERT INTO registry_insuredspell (resident_id, scheme, area_code, starts_on, ends_on, source)
SELECT id, 'employee_scheme', '', DATE '2010-01-01' + (id % 120)::int * 30,
       DATE '2021-01-01' + (id % 37)::int * 30, ''
FROM registry_resident WHERE id % 17 = 0
"""


def measure() -> Iterator[Measurement]:
    """Yield the time of planning and billing, and the memory of the larger worker."""
    from django.db import connection

    from benchmarks.floors import floor_of
    from benchmarks.population import make_city
    from enrollment.models import BillingState
    from enrollment.services.billing.runs import confirm_billing, open_billing

    billed = size(PEOPLE)
    residents, insured = INSURED_BEFORE
    city = make_city(-(-billed * residents // insured), first=YEAR - 2, last=YEAR - 1)
    with connection.cursor() as cursor:
        cursor.execute(EMPLOYED)
        cursor.execute("ANALYZE")
    started = time.perf_counter()
    run = open_billing(area=city, coverage_year=YEAR, today=TODAY)
    planned = _workers(run.pk)
    at_half = time.perf_counter()
    confirm_billing(run_id=run.pk)
    written = _workers(run.pk)
    taken, writing = time.perf_counter() - started, time.perf_counter() - at_half
    run.refresh_from_db()
    assert run.state == BillingState.DONE
    assert abs(run.counts["billed"]["people"] - billed) <= residents
    yield Measurement(f"billing_{billed}_plan", taken - writing, "s", BAR_SECONDS)
    yield Measurement(f"billing_{billed}", taken, "s", BAR_SECONDS)
    ready = {table: f"SELECT * FROM {table} WHERE coverage_year = {YEAR} ORDER BY id" for table in WRITTEN}
    floor = floor_of(read=READ, written=ready).by_rows
    yield Measurement(f"billing_{billed}_against_reading_and_writing", taken, "s", BAR_FLOOR, floor)
    yield Measurement(f"billing_{billed}_written_against_reading_and_writing", writing, "s", BAR_FLOOR, floor)
    peak = max(each["peak_mb"] for each in (*planned, *written))
    yield Measurement(f"billing_{billed}_memory_of_a_worker", peak, "MB", BAR_MEGABYTES)


def _workers(run_id: int) -> list[dict[str, Any]]:
    """Run a stage with two workers at once; return what each of them says."""
    from django.db import connection

    database = connection.settings_dict["NAME"]
    command = [sys.executable, "-m", "benchmarks.billing", database, str(run_id)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(WORKERS)]
    said = [worker.communicate()[0] for worker in running]
    assert all(worker.returncode == 0 for worker in running)
    return [json.loads(each) for each in said]


def _work(database: str, run_id: str) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from enrollment.services.billing.runs import run_billing_chunks

    run_billing_chunks(run_id=int(run_id))
    print(json.dumps({"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    _work(*sys.argv[1:])
