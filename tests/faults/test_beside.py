"""Clerks write to the same residents while a run goes on: nothing of it is lost, nothing is overwritten."""

import pytest

from tests.faults.city import JOBS, City
from tests.faults.rig import STRUCK
from tests.faults.staff import Staff

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(1800)]
AT_A_TIME = 5
STANDING = {"billing": "quoted", "year_end": "benefits_incentivestate"}


@pytest.mark.parametrize("job", JOBS)
def test_what_clerks_write_meanwhile_counts_as_if_it_had_been_there_before(city: City, job: str):
    clerk, written = Staff(city.rig, STRUCK), []
    area, run = city.begin(job)
    people = clerk.ask("insured", area=area)
    city.chance.shuffle(people)
    while not city.rests(job, run):
        for _ in range(AT_A_TIME):
            written.append(people.pop())
            clerk.ask("write", job=job, person=written[-1])
    clerk.ask("follow", job=job)
    clerk.leave()

    for person in written:
        city.calm.ask("write", job=job, person=person)
    city.calm.ask("do_alone", job=job, area=area)

    struck, calm = (
        {line for line in lines if line.startswith(STANDING[job])} for lines in city.lines(job, area)
    )
    assert (struck - calm, calm - struck) == (set(), set())
