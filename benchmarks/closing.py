"""A year end as workers do it, in processes of their own, and the floor under it: no faster than PostgreSQL itself.

`python -m benchmarks.closing DATABASE` is a worker: it says when it is ready, reads the number of a run, does what
chunks nobody holds, and prints `peak_mb`.
"""
# ruff: noqa: S608 - every part is written here or is a number

import datetime
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.floors import Floor, floor_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
os.environ.setdefault("DEMO", "1")

WORKERS = 2
# What a year end must read.
READ = (
    "SELECT count(id), count(died_on) FROM registry_resident WHERE pooling_area_id = {area}",
    "SELECT count(ever_insured), count(next_cap) FROM benefits_incentivestate WHERE year = {year} - 1",
    """SELECT count(resident_id), count(enrollment_id) FROM enrollment_contributionperiod
       WHERE state = 'paid' AND coverage_year BETWEEN {first} AND {year}""",
    "SELECT count(category_id), count(valid_from), count(valid_to) FROM hardship_recognition",
    "SELECT count(starts_on), count(ends_on) FROM registry_insuredspell",
    """SELECT count(basic_paid), count(critical_illness_paid), count(increase_used) FROM benefits_accumulator
       WHERE coverage_year = {year}""",
)


@dataclass(frozen=True, slots=True)
class Closed:
    """What a year end took.

    :param computed: seconds until it was sealed and proposed, sample checks included
    :param approved: seconds until its rows, hashed once more, were in force
    :param peak_mb: memory of the larger worker at its most
    """

    run_id: int
    computed: float
    approved: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        """The whole of it."""
        return self.computed + self.approved


def close_year(area: Any, *, year: int, people: int) -> Closed:
    """Do the year end of an area by two workers who wait for it, and put it in force by a second person."""
    from django.contrib.auth.models import User
    from django.db import connection

    from benefits.models import IncentiveRun, RunState
    from benefits.services.year_end import open_year_end
    from benefits.services.year_end_decisions import approve_year_end

    clerk, colleague = (User.objects.get_or_create(username=name)[0] for name in ("clerk", "colleague"))
    database = connection.settings_dict["NAME"]
    workers = [_worker(database) for _ in range(WORKERS)]
    started = time.perf_counter()
    run = open_year_end(area=area, year=year, today=datetime.date(year + 1, 1, 5), user=clerk)
    for worker in workers:
        worker.stdin.write(f"{run.pk}\n")
        worker.stdin.flush()
    said = [json.loads(worker.stdout.readline()) for worker in workers]
    computed = time.perf_counter()
    run = approve_year_end(run_id=run.pk, user=colleague, reason="量测")
    over = time.perf_counter()
    assert all(worker.wait() == 0 for worker in workers)
    run = IncentiveRun.objects.get(pk=run.pk)
    assert run.state == RunState.APPLIED
    assert run.counts["persons"] == people
    return Closed(run.pk, computed - started, over - computed, max(each["peak_mb"] for each in said))


def floor_of_year(run_id: int, *, area: Any, year: int, first: int) -> Floor:
    """Return what PostgreSQL needs to read what a run had to read and to write its ready rows in order.

    :param first: the first coverage year whose contributions the run read
    """
    table = f"incentive_run_{run_id}"
    read = [statement.format(area=area.pk, year=year, first=first) for statement in READ]
    return floor_of(read=read, written={table: f"SELECT * FROM {table} ORDER BY resident_id"})


def _worker(database: str) -> Any:
    """Return a worker that is ready."""
    command = [sys.executable, "-m", "benchmarks.closing", database]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdout.readline() == "ready\n"
    return worker


def _work(database: str) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from django.db import connection

    from benefits.services.year_end import run_year_end_chunks

    connection.ensure_connection()
    print("ready", flush=True)
    run_year_end_chunks(run_id=int(sys.stdin.readline()))
    print(json.dumps({"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


if __name__ == "__main__":
    _work(*sys.argv[1:])
