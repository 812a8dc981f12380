"""Registrations that stand beside another of the same person, found in two statements for any number of people."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from enrollment.models import ContributionPeriod, Enrollment, EnrollmentStatus
from registry.models import Area, IdKind, InsuredSpell, Resident

TABLES = {
    "enrollment": Enrollment,
    "contribution": ContributionPeriod,
    "resident": Resident,
    "area": Area,
    "spell": InsuredSpell,
}
STANDING = """
    SELECT id, resident_id, coverage_year, pooling_area_id, population FROM {enrollment}
    WHERE status = %(active)s AND coverage_year >= %(year)s
"""
OF_SOME = " AND resident_id = ANY(%(people)s::bigint[])"
SUPPOSED = """
    SELECT 0::bigint AS id, who.id AS resident_id, %(year)s::int AS coverage_year,
           who.pooling_area_id, %(population)s AS population
    FROM {resident} AS who WHERE who.id = ANY(%(people)s::bigint[])
"""
# A registration counts from the first day of its coverage year, or today if that is later.
ON = "greatest(%(day)s::date, make_date(registered.coverage_year, 1, 1))"
PERSON = """
    registered.id, registered.resident_id, registered.coverage_year, registered.population, who.name,
    living.id, living.path, pooling.code, pooling.name, coalesce(quoted.paid, 0), quoted.state
"""
JOINED = """
    JOIN {resident} AS who ON who.id = registered.resident_id
    JOIN {area} AS living ON living.id = who.living_area_id
    JOIN {area} AS pooling ON pooling.id = registered.pooling_area_id
    LEFT JOIN {contribution} AS quoted ON quoted.enrollment_id = registered.id
"""
BESIDE_SPELLS = f"""
    SELECT {PERSON}, {ON}, spell.id, spell.scheme, spell.area_code, spell.starts_on, spell.ends_on, spell.as_student
    FROM {{registered}} AS registered
    JOIN {{spell}} AS spell ON spell.resident_id = registered.resident_id
         AND spell.starts_on <= {ON} AND coalesce(spell.ends_on > {ON}, true)
    {JOINED}
    ORDER BY registered.resident_id, registered.coverage_year, spell.id
"""  # noqa: S608 - parts of this module
# A child known by its birth certificate and by its number: same day of birth and sex, and the same name, or the same
# household where the certificate bears no name of the child's own.
BESIDE_CERTIFICATES = f"""
    SELECT {PERSON}, {ON}, other.id, other.resident_id, certified.name, coalesce(owed.paid, 0)
    FROM {{registered}} AS registered
    {JOINED}
    JOIN {{resident}} AS certified ON certified.id_kind = %(certificate)s AND who.id_kind = %(number)s
         AND certified.born_on = who.born_on AND certified.sex = who.sex
         AND (certified.name = who.name
              OR certified.household_id = who.household_id AND certified.name ~ '之(子|女|婴)$')
    JOIN {{enrollment}} AS other ON other.resident_id = certified.id AND other.status = %(active)s
         AND other.coverage_year = registered.coverage_year
    LEFT JOIN {{contribution}} AS owed ON owed.enrollment_id = other.id
    ORDER BY registered.resident_id, registered.coverage_year, other.id
"""  # noqa: S608 - parts of this module


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration and its person; `enrollment_id` 0 = it is not written yet."""

    enrollment_id: int
    resident_id: int
    coverage_year: int
    population: str
    name: str
    living_area_id: int
    living_path: str
    pooling_code: str
    pooling_name: str
    paid: Any
    state: str | None
    day: datetime.date


@dataclass(frozen=True, slots=True)
class Spell:
    """The cover elsewhere."""

    id: int
    scheme: str
    area_code: str
    starts_on: datetime.date
    ends_on: datetime.date | None
    as_student: bool


@dataclass(frozen=True, slots=True)
class Certified:
    """The registration of the same child under its birth certificate."""

    enrollment_id: int
    resident_id: int
    name: str
    paid: Any


@dataclass(frozen=True, slots=True)
class Beside:
    """A registration and what stands beside it on `here.day`."""

    here: Registered
    there: Spell | Certified


HERE = len(Registered.__slots__)


def standing_doubles(*, day: datetime.date, resident_ids: Collection[int] | None = None) -> list[Beside]:
    """Return the registrations of the year of `day` and later that stand beside something else.

    :param resident_ids: only these people; null = everybody
    """
    registered = STANDING + (OF_SOME if resident_ids is not None else "")
    return _beside(
        registered,
        {"day": day, "year": day.year, "people": None if resident_ids is None else list(resident_ids)},
    )


def supposed_doubles(
    *, resident_ids: Collection[int], coverage_year: int, day: datetime.date, population: str
) -> list[Beside]:
    """Return what registrations for `coverage_year` would stand beside, were they made on `day`."""
    asked = {"day": day, "year": coverage_year, "people": list(resident_ids), "population": population}
    return _beside(SUPPOSED, asked)


def spells_of(*, resident_ids: Collection[int], scheme: str) -> dict[int, list[tuple[Any, Any]]]:
    """Return resident → all their spells `[from, to)` of a scheme, in one query."""
    found: dict[int, list[tuple[Any, Any]]] = {}
    rows = InsuredSpell.objects.filter(resident_id__among=resident_ids, scheme=scheme)
    for resident, starts_on, ends_on in rows.values_list("resident_id", "starts_on", "ends_on"):
        found.setdefault(resident, []).append((starts_on, ends_on))
    return found


def _beside(registered: str, params: dict[str, Any]) -> list[Beside]:
    params |= {
        "active": EnrollmentStatus.ACTIVE.value,
        "certificate": IdKind.BIRTH_CERTIFICATE.value,
        "number": IdKind.RESIDENT_ID.value,
    }
    tables = {name: model._meta.db_table for name, model in TABLES.items()}
    tables["registered"] = f"({registered.format(**tables)})"
    found = []
    with connection.cursor() as cursor:
        for statement, kind in ((BESIDE_SPELLS, Spell), (BESIDE_CERTIFICATES, Certified)):
            cursor.execute(statement.format(**tables), params)
            found += [Beside(Registered(*row[:HERE]), kind(*row[HERE:])) for row in cursor.fetchall()]
    return found
