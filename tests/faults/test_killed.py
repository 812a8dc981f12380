"""Runs struck at random moments: they end by themselves, and what they wrote is what undisturbed runs wrote.

FAULTS_TIMES strikes of each kind (4 where it is not set) at moments drawn from FAULTS_SEED.
"""

import pytest

from tests.faults.city import FAULTS, JOBS, TIMES, City

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_that_is_struck_ends_by_itself_as_if_nothing_had_been(city: City, fault: str):
    if fault == "the disk" and city.rig.disk != "own":
        pytest.skip(f"no disk of our own to fill: {city.rig.disk}")
    for turn in range(TIMES):
        city.strike(JOBS[turn % len(JOBS)], fault)


@pytest.mark.parametrize("processes", [1, 8])
def test_one_and_eight_worker_processes_write_the_same(city: City, processes: int):
    workers = {f"worker{processes}": processes}
    for job in JOBS:
        at_once = [city.begin(job, workers=workers) for _ in range(2)]
        for area, run in at_once:
            city.check(job, area, run, told=f"{job} of area {area} by {processes}")
