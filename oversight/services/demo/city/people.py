"""People of the demo city and what happens to them: plain records that the other modules fill in."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

Date = datetime.date


@dataclass(frozen=True, slots=True)
class Village:
    """A village or residential community that exists in no register, in a county that does."""

    code: str
    name: str
    town_code: str
    town: str
    county_code: str
    county: str
    is_urban: bool


@dataclass(slots=True)
class Mark:
    """An identity held on `[since, until)`; `until` null = still."""

    category: str
    since: Date
    until: Date | None = None
    eliminated_on: Date | None = None
    level: int | None = None
    kind: int | None = None

    def covers(self, day: Date) -> bool:
        """Return whether it is held on `day`."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class PastYear:
    """A coverage year of the resident scheme that the platform knew before."""

    year: int
    paid_on: Date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Employment:
    """Employee insurance from the first of a month to the last day of one; `last_on` null = still."""

    first_on: Date
    last_on: Date | None


@dataclass(frozen=True, slots=True)
class Paying:
    """A payment of the coverage year, as the tax authority collects it.

    :param reverses: serial of the payment it takes back; the amount is negative then
    """

    serial: str
    paid_on: Date
    amount: Decimal
    channel: str
    reverses: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A bill, yuan: total = eligible + class_b_copay + out_of_scope."""

    number: str
    facility: str
    kind: str
    admitted_on: Date
    discharged_on: Date
    total: Decimal
    eligible: Decimal
    class_b_copay: Decimal
    out_of_scope: Decimal


@dataclass(slots=True)
class Person:
    """Somebody made up.

    :ivar has_certificate: known by a birth certificate's number, not by an identity number yet
    :ivar registered_on: day of the registration for the coverage year; null = not needed, or never came
    :ivar benefit_start: null = not insured in the coverage year
    """

    id_number: str
    name: str
    sex: str
    born_on: Date
    relation: str
    village: Village
    hukou: str
    has_certificate: bool = False
    phone: str = ""
    discharged_on: Date | None = None
    died_on: Date | None = None
    marks: list[Mark] = field(default_factory=list)
    past: list[PastYear] = field(default_factory=list)
    employment: list[Employment] = field(default_factory=list)
    payments: list[Paying] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    registered_on: Date | None = None
    benefit_start: Date | None = None

    def age_on(self, day: Date) -> int:
        """Return completed years, negative before birth."""
        return day.year - self.born_on.year - ((day.month, day.day) < (self.born_on.month, self.born_on.day))

    def is_employed_on(self, day: Date) -> bool:
        """Return whether employee insurance covers `day`."""
        return any(
            each.first_on <= day and (each.last_on is None or day <= each.last_on) for each in self.employment
        )

    def holds(self, category: str, day: Date) -> bool:
        """Return whether an identity is held on `day`."""
        return any(mark.category == category and mark.covers(day) for mark in self.marks)


@dataclass(slots=True)
class Family:
    """People on one household register, its head first."""

    number: str
    village: Village
    members: list[Person] = field(default_factory=list)

    @property
    def head(self) -> Person:
        """Whose register it is."""
        return self.members[0]
