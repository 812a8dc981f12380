"""Who is alike for the law: two people with the same key owe the same and get the same, with the same working.

A batch computes each key once. The key holds all facts that conditions and start rules may ask; ages and births enter
only as far as the policy's own conditions can tell them apart, and the county only where one has tiers of its own.
"""

import datetime
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace

from enrollment.rules.dues import Circumstances
from policy.conditions import Age, AllOf, AnyOf, Condition, Event, Not, Person
from policy.dates import age_on
from policy.policy import Policy, leaves

DAYS_A_MONTH = 31
FOR_EVER = 366 * 200


class Likeness:
    """The keys of one policy.

    :ivar ages: every age at which some condition changes its answer
    :ivar birth_days: after so many days no condition or start rule can tell births apart
    :ivar counties: codes of those with tiers of their own
    """

    def __init__(self, policy: Policy) -> None:
        parts = [part for _, leaf in leaves(policy.data) for part in _simple(leaf.value)]
        ages = {age for part in parts if isinstance(part, Age) for age in _turning_points(part)}
        reaches = [_reach(part) for part in parts if isinstance(part, Event) and part.name == "birth"]
        groups = policy.data.enrollment.group.values() if policy.data.enrollment else ()
        from_birth = [group for group in groups if group.start.value.kind == "birth"]
        self.ages = sorted(ages)
        self.birth_days = max([0, *reaches, *(_reach_of(group.when.value) for group in from_birth)])
        tiers = policy.data.assistance.tier.values() if policy.data.assistance else ()
        self.counties = frozenset(tier.county.value for tier in tiers if tier.county is not None)
        self._policy = (policy.key, policy.digest)

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
            person.employee_months,
            _frozen({name: day for name, day in person.events.items() if name != "birth"}),
            tuple((each.category, each.since, _frozen(each.attributes)) for each in person.identities),
            self._birth(person),
            circumstances,
        )

    def _birth(self, person: Person) -> Hashable:
        if person.born_on is None:
            return None
        year = person.coverage_year
        if person.born_on.year >= year or (person.day - person.born_on).days <= self.birth_days:
            return person.born_on
        days = (
            person.age_day or person.day,
            datetime.date(year, 1, 1),
            datetime.date(year - 1, 12, 31),
        )
        return tuple(bisect_right(self.ages, age_on(person.born_on, day)) for day in days)


def _frozen(facts: Mapping[str, object]) -> Hashable:
    return tuple(sorted(facts.items()))


def _simple(value: object) -> Iterator[Condition]:
    """Yield the conditions inside a leaf's value that have no parts of their own."""
    match value:
        case AnyOf(parts=parts) | AllOf(parts=parts):
            for part in parts:
                yield from _simple(part)
        case Not(part=part):
            yield from _simple(part)
        case Age() | Event():
            yield value


def _turning_points(age: Age) -> Iterator[int]:
    if age.at_least is not None:
        yield age.at_least
    if age.at_most is not None:
        yield age.at_most + 1


def _reach(event: Event) -> int:
    """Return after how many days the event holds for nobody any more."""
    reaches = []
    if event.within_days is not None:
        reaches.append(event.within_days)
    if event.within_months is not None:
        reaches.append((event.within_months + 1) * DAYS_A_MONTH)
    if event.in_coverage_year:
        reaches.append(0)  # births of the coverage year are told apart by themselves
    return min(reaches, default=FOR_EVER)


def _reach_of(condition: Condition) -> int:
    """Return how long after birth a condition that starts benefits at birth may hold; without a bound, for ever."""
    births = [_reach(part) for part in _simple(condition) if isinstance(part, Event) and part.name == "birth"]
    return max(births, default=FOR_EVER)
