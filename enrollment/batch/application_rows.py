"""Rows of a subsidy application, set by set: what nobody asked for yet, and what must be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.functions import Coalesce

from enrollment.models import (
    ApplicationLine,
    ApplicationRow,
    ContributionPeriod,
    SubsidyApplication,
    SubsidyShare,
)
from enrollment.selectors.money_places import MOVED, money_of
from registry.models import Resident


@dataclass(frozen=True, slots=True)
class Place:
    """An area in one fiscal year: the county that accounts for it, and how that shares the subsidy."""

    area_id: int
    fiscal_year: int
    county_id: int
    fiscal_class: str


PLACES = """
CREATE TEMPORARY TABLE application_places ON COMMIT DROP AS
SELECT * FROM unnest(%(areas)s::bigint[], %(years)s::int[], %(counties)s::bigint[], %(classes)s::text[])
    AS place (area_id, fiscal_year, county_id, fiscal_class)
"""
FOUND = """
CREATE TEMPORARY TABLE application_found (
    contribution_id bigint, area_id bigint, fiscal_year int, county_id bigint, fiscal_class text, standard numeric,
    reverses_id bigint
) ON COMMIT DROP
"""
# What an application of this or an earlier year asked for and is not owed any more.
GONE = """
WITH gone AS (
    UPDATE {row} AS held SET is_open = false
    FROM {line} AS line JOIN {application} AS asked ON asked.id = line.application_id
    WHERE line.id = held.line_id AND held.is_open AND held.component = %(component)s AND held.level = %(level)s
        AND asked.state IN ('submitted', 'signed') AND asked.year <= %(year)s
        AND line.county_id IN (SELECT county_id FROM application_places)
        AND held.area_id IN (SELECT area_id FROM application_places)
        AND NOT EXISTS (
            SELECT FROM {share} AS share
            WHERE share.contribution_id = held.contribution_id AND share.fiscal_year = held.fiscal_year
                AND share.component = held.component AND share.level = held.level AND share.amount = held.amount
                AND coalesce(share.claim_year, share.fiscal_year) = asked.year
        )
    RETURNING held.contribution_id, held.area_id, held.fiscal_year, line.county_id, line.fiscal_class, held.amount,
        held.id
)
INSERT INTO application_found SELECT * FROM gone
"""
NEW = """
INSERT INTO application_found
SELECT share.contribution_id, place.area_id, share.fiscal_year, place.county_id, place.fiscal_class, share.amount, NULL
FROM {share} AS share
JOIN {contribution} AS paid ON paid.id = share.contribution_id
JOIN {resident} AS person ON person.id = paid.resident_id
LEFT JOIN {moved} ON moved.key = paid.id
JOIN application_places AS place
    ON place.area_id = coalesce(moved.area_id, person.living_area_id) AND place.fiscal_year = share.fiscal_year
WHERE share.component = %(component)s AND share.level = %(level)s
    AND coalesce(share.claim_year, share.fiscal_year) = %(year)s
    AND NOT EXISTS (
        SELECT FROM {row} AS held
        WHERE held.is_open AND held.contribution_id = share.contribution_id AND held.fiscal_year = share.fiscal_year
            AND held.component = share.component AND held.level = share.level
    )
"""
LINES = """
INSERT INTO {line} (
    application_id, county_id, fiscal_class, fiscal_year, standard, is_taken_back, people, amount
)
SELECT %(application)s, county_id, fiscal_class, fiscal_year, standard, reverses_id IS NOT NULL,
    count(*) * CASE WHEN reverses_id IS NULL THEN 1 ELSE -1 END,
    count(*) * CASE WHEN reverses_id IS NULL THEN 1 ELSE -1 END * standard
FROM application_found
GROUP BY county_id, fiscal_class, fiscal_year, standard, reverses_id IS NULL, reverses_id IS NOT NULL,
    CASE WHEN reverses_id IS NULL THEN 1 ELSE -1 END
ORDER BY county_id, fiscal_year, reverses_id IS NOT NULL, fiscal_class, standard
"""
ROWS = """
INSERT INTO {row} (
    line_id, contribution_id, area_id, fiscal_year, component, level, amount, reverses_id, is_open
)
SELECT line.id, found.contribution_id, found.area_id, found.fiscal_year, %(component)s, %(level)s,
    found.standard * CASE WHEN found.reverses_id IS NULL THEN 1 ELSE -1 END, found.reverses_id,
    found.reverses_id IS NULL
FROM application_found AS found
JOIN {line} AS line ON line.application_id = %(application)s AND line.county_id = found.county_id
    AND line.fiscal_class = found.fiscal_class AND line.fiscal_year = found.fiscal_year
    AND line.standard = found.standard AND line.is_taken_back = (found.reverses_id IS NOT NULL)
ORDER BY line.id, found.area_id, found.contribution_id
"""
CLOSE = """
UPDATE {row} AS held SET is_open = false FROM {line} AS line
WHERE line.id = held.line_id AND line.application_id = %(application)s AND held.is_open
"""
REOPEN = """
UPDATE {row} AS held SET is_open = true
FROM {row} AS taken JOIN {line} AS line ON line.id = taken.line_id
WHERE line.application_id = %(application)s AND taken.reverses_id = held.id
"""
TABLES = {
    "row": ApplicationRow._meta.db_table,
    "line": ApplicationLine._meta.db_table,
    "application": SubsidyApplication._meta.db_table,
    "share": SubsidyShare._meta.db_table,
    "contribution": ContributionPeriod._meta.db_table,
    "resident": Resident._meta.db_table,
    "moved": MOVED,
}


def write_rows(application: SubsidyApplication, places: Sequence[Place]) -> None:
    """Write the rows and lines of a draft that has none; one set of statements, however many people.

    Call it inside a transaction that holds the lock of the year, component and level.
    """
    wanted = SubsidyShare.objects.filter(component=application.component, level=application.level)
    shares = wanted.annotate(asked_in=Coalesce("claim_year", "fiscal_year")).filter(asked_in=application.year)
    years = ContributionPeriod.objects.filter(pk__in=shares.values("contribution"))
    said: dict[str, Any] = money_of(years) | {
        "application": application.pk,
        "year": application.year,
        "component": application.component,
        "level": application.level,
        "areas": [each.area_id for each in places],
        "years": [each.fiscal_year for each in places],
        "counties": [each.county_id for each in places],
        "classes": [each.fiscal_class for each in places],
    }
    statements = (
        "DROP TABLE IF EXISTS application_places, application_found", PLACES, "ANALYZE application_places", FOUND,
        GONE, NEW, "ANALYZE application_found", LINES, ROWS,
    )  # fmt: skip
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(**TABLES), said)


def let_go(application: SubsidyApplication) -> None:
    """Let the shares of an application go: they may be asked for again, what it took back stands again."""
    with connection.cursor() as cursor:
        for statement in (CLOSE, REOPEN):
            cursor.execute(statement.format(**TABLES), {"application": application.pk})
