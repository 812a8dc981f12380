"""The rig and its city, once for all who strike it."""

import os
from collections.abc import Iterator

import pytest
from django.db import connections

from tests.faults.city import JOBS, TIMES, City
from tests.faults.rig import Rig

AREAS = 24 + 12 * TIMES  # eight faults, and half as many runs again that are over before they are struck


@pytest.fixture(scope="session")
def rig(django_db_modify_db_settings: None) -> Iterator[Rig]:
    """Start servers of our own; their database is a copy of the tests' template, or migrated where there is none."""
    rig = Rig()
    try:
        given = os.environ.get("DATABASE_URL")
        rig.start_servers(template="" if given else connections["default"].settings_dict["TEST"]["TEMPLATE"])
        yield rig
    finally:
        rig.close()


@pytest.fixture(scope="session")
def city(rig: Rig) -> Iterator[City]:
    """Make the people, start two workers and the schedule, and learn how long a run takes."""
    city = City(rig, areas=AREAS)
    try:
        rig.start_schedule()
        for job in JOBS * 2:
            city.measure(job)
        yield city
    finally:
        city.leave()
