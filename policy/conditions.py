"""Conditions over a closed list of facts, written in policy files and parsed at load. Never evaluated as code."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from policy.dates import age_on, days_after, last_day_of_month, months_after

Scalar = str | int | bool


@dataclass(frozen=True, slots=True)
class Identity:
    """A hardship identity held on the day in question.

    :param since: first day it held; None = not known
    :param attributes: what the authority said of it, e.g. {"risk_eliminated": True, "level": 2}
    """

    category: str
    since: datetime.date | None = None
    attributes: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """All that a condition may ask about somebody.

    :param day: the day of the decision (of payment, settlement, year end)
    :param age_day: the day age counts on; None = `day`
    :param population: class of insured, e.g. "resident", "student", "minor"
    :param has_local_hukou: registered inside the pooling area; None = not known, which no condition accepts
    :param held_at_previous_year_end: categories held on the last day before the coverage year
    :param events: days of birth, discharge, spouse_discharge, employee_cover_end …
    :param employee_months: continuous months of any basic insurance up to the end of employee cover
    :param continuous_years: insured in a row up to the coverage year, as the incentives count them; None = unknown
    """

    day: datetime.date
    coverage_year: int
    born_on: datetime.date | None = None
    age_day: datetime.date | None = None
    identities: tuple[Identity, ...] = ()
    population: str = "resident"
    has_local_hukou: bool | None = None
    held_at_previous_year_end: frozenset[str] = frozenset()
    events: Mapping[str, datetime.date] = field(default_factory=dict)
    employee_months: int = 0
    continuous_years: int | None = None

    @property
    def categories(self) -> frozenset[str]:
        """The categories held on the day."""
        return frozenset(identity.category for identity in self.identities)


@dataclass(frozen=True, slots=True)
class Holds:
    """Holds an identity of `category` whose attributes all equal `where`.

    An attribute the record does not have counts as false, so `where = { risk_eliminated = false }` accepts a
    record that never heard of it. `level_at_most` compares the attribute "level" (disability 1 is the severest).
    """

    category: str
    where: Mapping[str, Scalar] = field(default_factory=dict)
    level_at_most: int | None = None

    def holds(self, person: Person) -> bool:
        """Return whether any of the person's identities fits."""
        return any(self._fits(identity) for identity in person.identities)

    def _fits(self, identity: Identity) -> bool:
        if identity.category != self.category:
            return False
        if self.level_at_most is not None:
            level = identity.attributes.get("level")
            if level is None or int(level) > self.level_at_most:
                return False
        return all(identity.attributes.get(name, False) == wanted for name, wanted in self.where.items())


@dataclass(frozen=True, slots=True)
class Anyone:
    """Everybody."""

    def holds(self, _person: Person) -> bool:
        """Return True."""
        return True


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the parts."""

    parts: tuple["Condition", ...]

    def holds(self, person: Person) -> bool:
        """Return whether any part holds."""
        return any(part.holds(person) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of the parts."""

    parts: tuple["Condition", ...]

    def holds(self, person: Person) -> bool:
        """Return whether all parts hold."""
        return all(part.holds(person) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of the part."""

    part: "Condition"

    def holds(self, person: Person) -> bool:
        """Return whether the part does not hold."""
        return not self.part.holds(person)


@dataclass(frozen=True, slots=True)
class Age:
    """Age in completed years, both ends included; unknown birth never fits. 民法典 1259: “以上” includes."""

    at_least: int | None = None
    at_most: int | None = None

    def holds(self, person: Person) -> bool:
        """Return whether the age lies within the bounds on the day age counts on."""
        if person.born_on is None:
            return False
        age = age_on(person.born_on, person.age_day or person.day)
        return (self.at_least is None or age >= self.at_least) and (
            self.at_most is None or age <= self.at_most
        )


@dataclass(frozen=True, slots=True)
class Population:
    """Belongs to a class of insured."""

    name: str

    def holds(self, person: Person) -> bool:
        """Return whether the person is of that class."""
        return person.population == self.name


@dataclass(frozen=True, slots=True)
class Hukou:
    """Is registered (hukou) inside the pooling area, or is not."""

    inside: bool

    def holds(self, person: Person) -> bool:
        """Return whether it is known and as wanted."""
        return person.has_local_hukou is self.inside


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to the person, in the coverage year or within a time before the day.

    `within_days` does not count the event's own day (民法典 201). `within_months` with `from_month_end` counts
    whole months after the event's month, to the end of the last of them.
    """

    name: str
    in_coverage_year: bool = False
    within_days: int | None = None
    within_months: int | None = None
    from_month_end: bool = False

    def holds(self, person: Person) -> bool:
        """Return whether the event is known, not after the day, and near enough."""
        happened = person.events.get(self.name)
        if self.name == "birth":
            happened = person.born_on
        if happened is None or happened > person.day:
            return False
        if self.in_coverage_year and happened.year != person.coverage_year:
            return False
        last = self.last_day(happened)
        return last is None or person.day <= last

    def last_day(self, happened: datetime.date) -> datetime.date | None:
        """Return the last day on which the event still counts; None = no limit."""
        if self.within_days is not None:
            return days_after(happened, self.within_days)
        if self.within_months is None:
            return None
        if self.from_month_end:
            return last_day_of_month(months_after(happened.replace(day=1), self.within_months))
        return months_after(happened, self.within_months)


@dataclass(frozen=True, slots=True)
class EmployeeMonths:
    """Was insured for at least so many continuous months before employee cover ended."""

    at_least: int

    def holds(self, person: Person) -> bool:
        """Return whether the months reach."""
        return person.employee_months >= self.at_least


@dataclass(frozen=True, slots=True)
class NewlyRecognized:
    """Holds one of `categories` since a day of the coverage year, and held none of them at the year end before."""

    categories: frozenset[str]

    def holds(self, person: Person) -> bool:
        """Return whether the recognition is new in the coverage year.

        An identity held since an earlier year was held at that year's end as well.
        """
        if person.held_at_previous_year_end & self.categories:
            return False
        years = {
            identity.since.year
            for identity in person.identities
            if identity.category in self.categories and identity.since
        }
        return person.coverage_year in years and min(years) == person.coverage_year


Condition = (
    Holds | Anyone | AnyOf | AllOf | Not | Age | Population | Hukou | Event | EmployeeMonths | NewlyRecognized
)


def categories_in(condition: Condition) -> frozenset[str]:
    """Return every category the condition names, for checking spelling and compiling queries."""
    match condition:
        case Holds(category=category):
            return frozenset({category})
        case NewlyRecognized(categories=categories):
            return categories
        case AnyOf(parts=parts) | AllOf(parts=parts):
            return frozenset().union(*(categories_in(part) for part in parts))
        case Not(part=part):
            return categories_in(part)
        case _:
            return frozenset()


def asks_age(condition: Condition) -> bool:
    """Return whether the condition depends on anybody's age, and so on the day ages count on."""
    match condition:
        case Age():
            return True
        case AnyOf(parts=parts) | AllOf(parts=parts):
            return any(asks_age(part) for part in parts)
        case Not(part=part):
            return asks_age(part)
        case _:
            return False
