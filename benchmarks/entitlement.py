"""Whether one of a million residents is covered on a day, asked by number as a hospital's program asks."""

import datetime
import random
from collections.abc import Iterator
from functools import partial

from django.db import connection

from benchmarks.listed_people import number_of
from benchmarks.measurement import Measurement, seconds, size
from benchmarks.population import make_city
from enrollment.services.partner_entitlements import entitlements_of
from exchange.models import Agency, AgencyKind
from registry.models import Area, Resident
from registry.models.sealing import blind_index

PEOPLE = 1_000_000
YEAR = 2025
TIMES, AT_ONCE = 400, 500
BAR_OF_ONE = 0.020  # the slowest but one in twenty
BAR_OF_MANY = 0.5
DAY = datetime.date(YEAR, 3, 10)
SEED = 2025


def measure() -> Iterator[Measurement]:
    """Yield the time of one check that only one in twenty passes, and of five hundred asked together."""
    people = size(PEOPLE)
    city = make_city(people, first=YEAR - 1, last=YEAR)
    agency = agency_of(city)
    numbers = numbered(people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for number in numbers[:20]:
        entitlements_of(agency=agency, checks=[(number, DAY)])
    taken = sorted(
        seconds(partial(entitlements_of, agency=agency, checks=[(number, DAY)])) for number in numbers
    )
    yield Measurement(f"entitlement_p95_of_{people}", taken[len(taken) * 95 // 100], "s", BAR_OF_ONE)
    many = [(number, DAY) for number in numbers][:AT_ONCE]
    at_once = seconds(lambda: entitlements_of(agency=agency, checks=many))
    yield Measurement(f"entitlement_{len(many)}_at_once", at_once, "s", BAR_OF_MANY)


def agency_of(city: Area) -> Agency:
    """Return a hospital that may ask about the city."""
    return Agency.objects.create(code="hospital", name="量测医院", kind=AgencyKind.HOSPITAL, area=city)


def numbered(people: int) -> list[str]:
    """Give people scattered over the city numbers to be found by."""
    keys = list(Resident.objects.order_by("pk").values_list("pk", flat=True))
    chosen = random.Random(SEED).sample(range(people), min(TIMES, people))  # noqa: S311 - which people
    numbers = {keys[place]: number_of(place) for place in chosen}
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE registry_resident SET id_index = %s WHERE id = %s",
            [(blind_index(number), key) for key, number in numbers.items()],
        )
    return list(numbers.values())
