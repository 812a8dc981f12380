"""Who holds which identities: household by household, person by person, and every combination at least once."""

import datetime
from collections.abc import Callable, Iterable

from oversight.services.demo.city.dice import Dice
from oversight.services.demo.city.facts import CityFacts
from oversight.services.demo.city.people import Family, Mark, Person
from policy.dates import Date, Period, days_after

MONITORED = ("at_risk_of_poverty", "unstable_exit", "sudden_hardship", "fallen_into_poverty")
LISTED_BY_CIVIL_AFFAIRS = (
    "extreme_hardship", "orphan", "unsupported_child", "subsistence_allowance", "subsistence_margin",
    "low_income_household", "illness_impoverished", "special_care",
)  # fmt: skip
SEVERE, MILD = (1, 2), (3, 4)
DISABILITY = {"severe_disability": SEVERE, "mild_disability": MILD}
DISABILITY_KINDS = 7
RISK_ELIMINATED = 40
EARLIEST = datetime.date(2018, 1, 1)
ADULT, PAST_CHILDBEARING, OLD = 18, 49, 60

FITS: dict[str, Callable[[int], bool]] = {
    "extreme_hardship": lambda age: age >= OLD,
    "orphan": lambda age: 0 <= age < ADULT,
    "unsupported_child": lambda age: 0 <= age < ADULT,
    "special_care": lambda age: age >= OLD,
    "special_family_planning": lambda age: age >= PAST_CHILDBEARING,
}


class HardshipMaker:
    """Marks people; lists before `first_list` have had time to arrive before anybody pays."""

    def __init__(self, facts: CityFacts, seed: int, *, concentrated: Period, second_list: Date) -> None:
        self._facts = facts
        self._dice = Dice(seed, "hardships")
        self._first_list = days_after(concentrated.first, -1)
        self._concentrated = concentrated
        self._second_list = second_list

    def mark(self, families: list[Family]) -> None:
        """Give identities by the rates of the city, then the combinations nobody happens to hold."""
        for family in families:
            self._mark_family(family)
            for person in family.members:
                self._mark_person(person)
        for combination in self._facts.combinations:
            self._ensure(families, combination.categories, eliminated=combination.eliminated)
        for person in (person for family in families for person in family.members):
            self._change(person)
            _align(person)

    def _mark_family(self, family: Family) -> None:
        for category, percent in self._facts.rate("hardship.household").items():
            is_rural_matter = category in (*MONITORED, "exited_poverty")
            if is_rural_matter and family.village.is_urban:
                continue
            if self._dice.chance(percent * (2 if is_rural_matter else 1)):
                self._give(family.members, self._with_company(category))

    def _mark_person(self, person: Person) -> None:
        age = person.age_on(self._first_list)
        for category, percent in self._facts.rate("hardship.person").items():
            likelier = 5 if category in ("extreme_hardship", "orphan", "unsupported_child") else 1
            if (
                self._dice.chance(percent * likelier)
                and _fits(category, age)
                and not self._clashes(person, category)
            ):
                self._give([person], (category,))

    def _with_company(self, category: str) -> tuple[str, ...]:
        """Return the category with the one it implies: who exited poverty unstably has exited poverty."""
        return ("exited_poverty", category) if category == "unstable_exit" else (category,)

    def _clashes(self, person: Person, category: str) -> bool:
        return any(
            mark.category == category or (mark.level and category in DISABILITY) for mark in person.marks
        )

    def _give(
        self, people: Iterable[Person], categories: tuple[str, ...], *, eliminated: bool | None = None
    ) -> None:
        since = self._first_list.replace(day=1)
        since = self._dice.day(EARLIEST, since).replace(day=1)
        is_over = self._dice.chance(RISK_ELIMINATED) if eliminated is None else eliminated
        for person in people:
            if person.born_on > since:
                continue
            for category in categories:
                if not self._clashes(person, category):
                    person.marks.append(self._new_mark(category, since, is_over=is_over))

    def _new_mark(self, category: str, since: Date, *, is_over: bool) -> Mark:
        mark = Mark(category, since)
        if category in MONITORED and is_over:
            mark.eliminated_on = self._dice.day(since, self._first_list).replace(day=1)
        if category in DISABILITY:
            mark.level = self._dice.pick(DISABILITY[category])
            mark.kind = self._dice.number(1, DISABILITY_KINDS)
            mark.category = "disability"
        return mark

    def _ensure(self, families: list[Family], categories: tuple[str, ...], *, eliminated: bool) -> None:
        """Give a combination to the first fitting family without identities, unless somebody holds it."""
        everybody = [person for family in families for person in family.members]
        if any(self._holds_all(person, categories, eliminated=eliminated) for person in everybody):
            return
        for person in self._dice.some(everybody, len(everybody)):
            age = person.age_on(self._first_list)
            if person.marks or person.born_on > EARLIEST:
                continue
            if all(_fits(category, age) for category in categories):
                self._give([person], categories, eliminated=eliminated)
                return

    def _holds_all(self, person: Person, categories: tuple[str, ...], *, eliminated: bool) -> bool:
        held = {"severe_disability" if mark.level in SEVERE else mark.category for mark in person.marks}
        over = any(mark.eliminated_on for mark in person.marks)
        return held == set(categories) and over is eliminated

    def _change(self, person: Person) -> None:
        """Move some recognitions into the collection or the year itself, and end some before the second list."""
        year_start = datetime.date(self._facts.coverage_year, 1, 1)
        for mark in person.marks:
            if mark.category not in LISTED_BY_CIVIL_AFFAIRS or len(person.marks) > 1:
                continue
            if self._dice.chance(self._facts.rate("change.recognized_in_window")):
                mark.since = self._dice.day(self._concentrated.first, self._concentrated.last)
            elif self._dice.chance(self._facts.rate("change.recognized_in_year")):
                mark.since = self._dice.day(year_start, self._second_list)
            elif self._dice.chance(self._facts.rate("change.ended_in_year")):
                mark.until = self._second_list


def _align(person: Person) -> None:
    """Give the identities of one civil affairs list one day: a row of theirs has one."""
    own = [mark for mark in person.marks if mark.category in LISTED_BY_CIVIL_AFFAIRS]
    for mark in own:
        mark.since = max(each.since for each in own)


def _fits(category: str, age: int) -> bool:
    return FITS[category](age) if category in FITS else age >= 0
