"""Who is alike for the law: two people with the same key owe the same and get the same, with the same working.

A batch computes each key once. The key holds all facts that conditions and start rules may ask; ages and births enter
only as far as the policy's own conditions can tell them apart, the county only where one has tiers of its own, and
when an identity began only after the concentrated window or in the coverage year.
"""

import datetime
from bisect import bisect_right
from collections.abc import Hashable, Mapping
from dataclasses import replace

from enrollment.rules.dues import Circumstances
from enrollment.rules.reach import COVER, cover_reach, reach, reach_of, simple_parts, turning_points
from enrollment.rules.windows import adopted_windows
from policy.conditions import Age, Event, Person
from policy.dates import age_on, days_after
from policy.policy import Policy, leaves

BIRTH = "birth"


class Likeness:
    """The keys of one policy.

    :ivar ages: every age at which some condition changes its answer
    :ivar birth_days: after so many days no condition or start rule can tell births apart
    :ivar cover_days: so many days after employee cover ended nothing asks about it any more
    :ivar counties: codes of those with tiers of their own
    """

    def __init__(self, policy: Policy) -> None:
        asked = [leaf.value for _, leaf in leaves(policy.data)]
        parts = [part for value in asked for part in simple_parts(value)]
        ages = {age for part in parts if isinstance(part, Age) for age in turning_points(part)}
        reaches = [reach(part) for part in parts if isinstance(part, Event) and part.name == BIRTH]
        groups = policy.data.enrollment.group.values() if policy.data.enrollment else ()
        from_birth = [group for group in groups if group.start.value.kind == "birth"]
        self.ages = sorted(ages)
        self.birth_days = max([0, *reaches, *(reach_of(group.when.value) for group in from_birth)])
        self.cover_days = cover_reach(asked)
        tiers = policy.data.assistance.tier.values() if policy.data.assistance else ()
        self.windows = adopted_windows(policy.data.enrollment) if policy.data.enrollment else []
        self.counties = frozenset(tier.county.value for tier in tiers if tier.county is not None)
        self._policy = (policy.key, policy.digest)
        self._turning: dict[tuple[datetime.date, int], list[datetime.date]] = {}

    def key(self, person: Person, circumstances: Circumstances) -> Hashable:
        """Return what the dues of `person` depend on."""
        if circumstances.county not in self.counties:
            circumstances = replace(circumstances, county=None)
        return (
            self._policy,
            person.day,
            person.coverage_year,
            person.population,
            person.has_local_hukou,
            person.held_at_previous_year_end,
            *self._events(person),
            tuple(
                (each.category, self._since(each.since, person.coverage_year), _frozen(each.attributes))
                for each in person.identities
            ),
            self._birth(person),
            circumstances,
        )

    def _birth(self, person: Person) -> Hashable:
        if person.born_on is None:
            return None
        year = person.coverage_year
        if person.born_on.year >= year or (person.day - person.born_on).days <= self.birth_days:
            return person.born_on
        days = _age_days(person.age_day or person.day, year)
        return tuple(bisect_right(self.ages, age_on(person.born_on, day)) for day in days)

    def birth(self, born_on: datetime.date, *, day: datetime.date, coverage_year: int) -> Hashable:
        """Return what stands for a day of birth, as finely as `key` tells births apart or more finely."""
        if born_on.year >= coverage_year or (day - born_on).days <= self.birth_days:
            return born_on
        asked = (day, coverage_year)
        if asked not in self._turning:
            self._turning[asked] = self.turning_births(day, coverage_year)
        return bisect_right(self._turning[asked], born_on)

    def _events(self, person: Person) -> tuple[int, Hashable]:
        """Return the months of cover and the events, without what is so long ago that nothing asks."""
        told = {name: day for name, day in person.events.items() if name != BIRTH}
        ended = told.get(COVER)
        if ended is None or ended >= self.covers_since(person.day, person.coverage_year):
            return person.employee_months, _frozen(told)
        del told[COVER]
        return 0, _frozen(told)

    def covers_since(self, day: datetime.date, coverage_year: int) -> datetime.date:
        """Return the first last day of employee cover that may make a difference."""
        return min(days_after(day, -self.cover_days), datetime.date(coverage_year, 1, 1))

    def _since(self, since: datetime.date | None, coverage_year: int) -> datetime.date | None:
        return since and max(since, self.held_long(coverage_year))

    def held_long(self, coverage_year: int) -> datetime.date:
        """Return the day up to which it makes no difference when an identity began."""
        year_end = datetime.date(coverage_year - 1, 12, 31)
        return min(year_end, self.windows[0].days.last) if self.windows else year_end

    def turning_births(self, day: datetime.date, coverage_year: int) -> list[datetime.date]:
        """Return the days of birth at which an age that conditions ask turns; those between two are alike."""
        days = _age_days(day, coverage_year)
        return sorted({_too_young(age, on) for age in self.ages for on in days if on.year > age})


def _age_days(day: datetime.date, coverage_year: int) -> tuple[datetime.date, ...]:
    """Return the days a policy may count ages on."""
    return day, datetime.date(coverage_year, 1, 1), datetime.date(coverage_year - 1, 12, 31)


def _too_young(age: int, day: datetime.date) -> datetime.date:
    """Return the first day of birth with which somebody is not `age` years old yet on `day`."""
    year = day.year - age
    leap_day = (day.month, day.day) == (2, 29)
    return datetime.date(year, 3, 1) if leap_day else days_after(day.replace(year=year), 1)


def _frozen(facts: Mapping[str, object]) -> Hashable:
    return tuple(sorted(facts.items()))
