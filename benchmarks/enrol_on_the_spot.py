"""One person registered at the counter of a city, with its queries; and the search for double enrolments in all."""

import datetime
import statistics
from collections.abc import Iterator
from functools import partial

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.measurement import Measurement, seconds, size
from benchmarks.population import make_city
from enrollment.services.doubles import found_doubles
from enrollment.services.on_the_spot import Counter, enroll_at_counter, offer_at_counter
from registry.models import Resident

PEOPLE = 100_000
YEAR = 2025
AUTUMN = datetime.date(2024, 10, 8)
TIMES = 50
BAR_SECONDS = 0.1
BAR_QUERIES = 25
BAR_OF_A_NIGHT = 60.0
BESIDE = """
INSERT INTO registry_insuredspell (resident_id, scheme, area_code, starts_on, ends_on, source)
SELECT id, 'employee_scheme', '', DATE '2010-01-01', CASE WHEN id % 170 > 0 THEN DATE '2020-01-01' END, ''
FROM registry_resident WHERE id % 17 = 0
"""


def measure() -> Iterator[Measurement]:
    """Yield the middle of many registrations, their queries, and the look for double enrolments over everybody."""
    people = size(PEOPLE)
    make_city(people, first=YEAR - 2, last=YEAR - 1)
    clerk = User.objects.create(username="counter")
    newcomers = list(Resident.objects.exclude(enrollments__coverage_year=YEAR).order_by("pk")[: TIMES + 1])
    shown = [(asked, offer_at_counter(asked).seen) for asked in map(_asked, newcomers)]
    taken = [
        seconds(partial(enroll_at_counter, asked=each, seen=seen, user=clerk)) for each, seen in shown[:TIMES]
    ]
    yield Measurement("enrol_on_the_spot", statistics.median(taken), "s", BAR_SECONDS)
    last, seen = shown[-1]
    with CaptureQueriesContext(connection) as asked:
        enroll_at_counter(asked=last, seen=seen, user=clerk)
    queries = [each for each in asked if "SAVEPOINT" not in each["sql"]]
    yield Measurement("enrol_on_the_spot_queries", len(queries), "queries", BAR_QUERIES)
    with connection.cursor() as cursor:
        cursor.execute(BESIDE)
        cursor.execute("ANALYZE")
    last_year = datetime.date(YEAR - 1, 6, 1)
    yield Measurement(
        f"double_enrolment_{people}", seconds(lambda: found_doubles(day=last_year)), "s", BAR_OF_A_NIGHT
    )


def _asked(person: Resident) -> Counter:
    return Counter(resident=person, coverage_year=YEAR, on=AUTUMN)
