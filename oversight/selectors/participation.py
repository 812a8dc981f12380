"""Participation (参保率) by place: how many of whom the year's task is about stand where, and what that comes to."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Sum

from enrollment.rules.standing import Standing
from enrollment.selectors.standings import Counted, Task, counted_below
from oversight.models import ParticipationCount
from oversight.rules.participation import Participation, participation
from policy.schema.oversight import Oversight
from policy.trace import Traced
from registry.models import Area

HARDSHIP, ALL = "hardship", "all"
GROUPS = (HARDSHIP, ALL)
EMPLOYEE = (Standing.EMPLOYEE, Standing.EMPLOYEE_ELSEWHERE)  # one reason of the law, wherever the job is


@dataclass(slots=True)
class Figures:
    """Counts of one group at one place.

    :ivar by_standing: people by where they stand
    :ivar contradicted: those whose reason the records speak against
    """

    by_standing: dict[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, Standing), 0))
    contradicted: int = 0

    def add(self, counted: Counted) -> None:
        """Add people who stand alike."""
        self.by_standing[counted.standing] += counted.people
        if counted.contradicted:
            self.contradicted += counted.people

    @property
    def listed(self) -> int:
        """Everybody the task is about."""
        return sum(self.by_standing.values())


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place next below the one asked for; null area = people who live at that one itself."""

    area: Area | None
    groups: Mapping[str, Figures]


def lines_below(task: Task) -> list[PlaceLine]:
    """Return a line for every place next below the task's area, people or not, in two queries."""
    by_code: dict[str, dict[str, Figures]] = {}
    for counted in counted_below(task):
        groups = by_code.setdefault(counted.place, new_groups())
        add_to(groups, counted)
    areas = Area.objects.filter(parent=task.area).order_by("path")
    lines = [PlaceLine(area, by_code.pop(area.code, new_groups())) for area in areas]
    return lines + [PlaceLine(None, groups) for groups in by_code.values()]


def new_groups() -> dict[str, Figures]:
    """Return groups of nobody."""
    return {group: Figures() for group in GROUPS}


def add_to(groups: Mapping[str, Figures], counted: Counted) -> None:
    """Add people to everybody, and to the hardship group if they are of it."""
    groups[ALL].add(counted)
    if counted.in_hardship:
        groups[HARDSHIP].add(counted)


def total_of(lines: Iterable[PlaceLine], group: str) -> Figures:
    """Return the sum of a group over places."""
    total = Figures()
    for line in lines:
        figures = line.groups[group]
        for standing, people in figures.by_standing.items():
            total.by_standing[standing] += people
        total.contradicted += figures.contradicted
    return total


def rate_of(section: Oversight, by_standing: Mapping[str, int]) -> Traced[Participation]:
    """Return the rate that counts come to by the rules of the year.

    :raises RuleNotPublished: if the documents set no target
    """
    here = by_standing[Standing.INSURED_HERE]
    reasons = {
        standing: people
        for standing, people in by_standing.items()
        if standing not in (Standing.INSURED_HERE, Standing.WAITING, *EMPLOYEE)
    }
    reasons[Standing.EMPLOYEE] = sum(by_standing[each] for each in EMPLOYEE)
    return participation(section, listed=sum(by_standing.values()), reasons=reasons, insured_here=here)


@dataclass(frozen=True, slots=True)
class KeptCount:
    """What was counted of a group as of a day."""

    day: datetime.date
    group: str
    by_standing: Mapping[str, int]


def kept_counts(*, area: Area, coverage_year: int) -> list[KeptCount]:
    """Return what was kept of an area and all below it, by day and group, in one query."""
    sums = [Sum(each.value) for each in Standing]
    rows = (
        ParticipationCount.objects.filter(area__path__startswith=area.path, coverage_year=coverage_year)
        .order_by("day", "group")
        .values_list("day", "group")
        .annotate(*sums)
    )
    return [
        KeptCount(day, group, dict(zip(map(str, Standing), people, strict=True)))
        for day, group, *people in rows
    ]
