"""The participation of a city of 1,000,000: the page of its counties, a page of the work list, a month kept."""

import datetime
from collections.abc import Iterator

from django.db import connection

from benchmarks.measurement import Measurement, seconds, size
from benchmarks.population import make_city
from enrollment.rules.standing import Standing
from enrollment.selectors.outreach import looked_up
from enrollment.selectors.standings import Narrowed, people_standing, task_of
from oversight.selectors.participation import ALL, lines_below, total_of
from oversight.services.participation import keep_participation

PEOPLE = 1_000_000
YEAR = 2025
TODAY = datetime.date(2024, 12, 31)
BAR_SECONDS = 10.0
BAR_OF_A_PAGE = 1.0
PAGE = 50
# Ten counties of twenty towns of five villages each.
PLACES = """
WITH city AS (SELECT id, code, path FROM registry_area WHERE id = %(city)s),
county AS (INSERT INTO registry_area (code, name, level, parent_id, path, is_pooling_area)
    SELECT 'C' || n, '县' || n, 'county', city.id, city.path || 'C' || n || '/', false
    FROM city, generate_series(1, 10) AS n RETURNING id, code, path),
town AS (INSERT INTO registry_area (code, name, level, parent_id, path, is_pooling_area)
    SELECT county.code || 'T' || n, '镇' || n, 'town', county.id, county.path || county.code || 'T' || n || '/', false
    FROM county, generate_series(1, 20) AS n RETURNING id, code, path)
INSERT INTO registry_area (code, name, level, parent_id, path, is_pooling_area)
SELECT town.code || 'V' || n, '村' || n, 'village', town.id, town.path || town.code || 'V' || n || '/', false
FROM town, generate_series(1, 5) AS n
"""
SETTLED = """
UPDATE registry_resident AS person SET living_area_id = village.id
FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM registry_area WHERE level = 'village') AS village
WHERE person.id %% 1000 = village.place
"""
EMPLOYED = """
INSERT INTO registry_insuredspell (resident_id, scheme, area_code, starts_on, ends_on, source)
SELECT id, 'employee_scheme', CASE WHEN id % 2 = 0 THEN '230100' ELSE '130200' END, DATE '2020-01-01', NULL, ''
FROM registry_resident WHERE id % 17 = 0
"""
GIVEN = """
INSERT INTO enrollment_uninsuredreason (resident_id, coverage_year, reason, stated_on, source, document, note,
    recorded_at)
SELECT id, 2025, CASE id % 3 WHEN 0 THEN 'lost' WHEN 1 THEN 'army' ELSE 'refused' END, DATE '2024-11-01', 'visit',
    '凭据', '', now()
FROM registry_resident WHERE id % 41 = 0
"""


def measure() -> Iterator[Measurement]:
    """Yield the times."""
    people = size(PEOPLE)
    city = make_city(people, first=YEAR - 1, last=YEAR)
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"city": city.pk})
        cursor.execute(SETTLED, {})
        cursor.execute(EMPLOYED)
        cursor.execute(GIVEN)
        cursor.execute("ANALYZE")
    task = task_of(area=city, coverage_year=YEAR, today=TODAY)
    assert total_of(lines_below(task), ALL).listed == people

    def page() -> None:
        waiting = Narrowed(standings=(Standing.WAITING,))
        stands = people_standing(task, waiting, most=PAGE + 1)
        assert looked_up(task, stands[:PAGE])

    yield Measurement(f"participation_{people}", seconds(lambda: lines_below(task)), "s", BAR_SECONDS)
    yield Measurement(f"participation_{people}_page_of_the_list", seconds(page), "s", BAR_OF_A_PAGE)
    yield Measurement(
        f"participation_{people}_kept", seconds(lambda: keep_participation(task=task)), "s", BAR_SECONDS
    )
