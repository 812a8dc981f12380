"""What decides how pupils of a class list are registered: their records, their enrollments, their identities."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from enrollment.models import Enrollment, EnrollmentStatus
from hardship.selectors import PersonFacts, person_facts
from registry.models import Area, Resident, School
from registry.selectors import areas_under


@dataclass(frozen=True, slots=True)
class Pupils:
    """The pupils of some lines who are on record, by the blind index of their numbers or by key."""

    residents: Mapping[bytes, Resident]
    enrollments: Mapping[tuple[int, int], Enrollment]
    facts: PersonFacts

    def is_assisted(self, resident_id: int, *, day: datetime.date, year: int) -> bool:
        """Return whether a pupil holds a hardship identity on the day."""
        return bool(self.facts.on(resident_id, day=day, coverage_year=year).identities)


def pupils(ids: Mapping[bytes, int], *, years: Collection[int]) -> Pupils:
    """Return what is on record of pupils, in a number of queries that does not grow with them.

    :param ids: blind index → resident
    """
    keys = set(ids.values())
    people = Resident.objects.select_related("living_area", "hukou_area", "pooling_area").in_bulk(keys)
    enrolled = Enrollment.objects.filter(
        resident__among=keys, coverage_year__in=years, status=EnrollmentStatus.ACTIVE
    ).select_related("pooling_area")
    return Pupils(
        residents={index: people[pk] for index, pk in ids.items()},
        enrollments={(each.resident_id, each.coverage_year): each for each in enrolled},
        facts=person_facts(resident_ids=keys),
    )


def schools_named(names: Collection[str], *, area: Area) -> dict[str, School]:
    """Return the schools of an area by code or full name; a name that two of them bear is missing."""
    found: dict[str, School] = {}
    twice: set[str] = set()
    for school in School.objects.filter(area__in=areas_under(area)).select_related("area"):
        for name in {school.code, school.name} & set(names):
            if found.setdefault(name, school) != school:
                twice.add(name)
    return {name: school for name, school in found.items() if name not in twice}


def areas_named(names: Collection[str]) -> dict[str, Area]:
    """Return areas by code, or by a name that no other area bears; one query."""
    found: dict[str, list[Area]] = {}
    wanted = set(names) - {""}
    for area in Area.objects.filter(code__in=wanted) | Area.objects.filter(name__in=wanted):
        for name in {area.code, area.name} & wanted:
            found.setdefault(name, []).append(area)
    return {name: areas[0] for name, areas in found.items() if len(areas) == 1}
