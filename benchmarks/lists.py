"""A full list of 100,000 people planned, applied with history, planned anew and undone; a wide one planned.

Each step in a process of its own, whose peak of memory is its own too.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from benchmarks.in_a_process import measured
from benchmarks.listed_people import make_listed_city, write_list, write_wide_list
from benchmarks.measurement import Measurement, of_a_process, size
from hardship.models import Recognition

KIND = "civil_affairs"
PEOPLE = 100_000
BAR_SECONDS = 20.0
BAR_MEGABYTES = 600.0


def measure() -> Iterator[Measurement]:
    """Yield time and memory of each step."""
    people = size(PEOPLE)
    make_listed_city(people)
    database = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "资助参保对象全量明细.xlsx"
        write_list(file, people=people)
        planned = measured(database, KIND, "plan", str(file), "2025-03-31")
        assert planned["counts"] == {"new": people}
        yield from _lines(f"lists_plan_{people}", planned)
        applied = measured(database, KIND, "apply", str(planned["batch"]))
        assert Recognition.objects.count() == Recognition.history.count() > people
        yield from _lines(f"lists_apply_{people}", applied)
        again = measured(database, KIND, "plan", str(file), "2025-04-30")
        assert again["counts"] == {"unchanged": people}
        yield from _lines(f"lists_plan_unchanged_{people}", again)
        undone = measured(database, KIND, "undo", str(planned["batch"]))
        assert not Recognition.objects.exists()
        yield from _lines(f"lists_undo_{people}", undone)
        write_wide_list(file, people=people)
        wide = measured(database, "rural_affairs", "plan", str(file), "2025-04-30")
        assert wide["counts"] == {"new": people}
        yield from _lines(f"lists_plan_wide_{people}", wide)


def _lines(name: str, found: dict[str, float]) -> Iterator[Measurement]:
    return of_a_process(name, found, seconds=BAR_SECONDS, megabytes=BAR_MEGABYTES)
