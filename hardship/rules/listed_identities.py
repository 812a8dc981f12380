"""The words of a comparison: what is held, what a list says, and what is to be done about it."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from policy.conditions import Scalar
from policy.dates import days_after, months_after


class Doing(StrEnum):
    """What is done to a record."""

    START = "start"
    SPLIT = "split"
    AMEND = "amend"
    END = "end"
    TURN = "turn"  # what is started with it goes on otherwise
    VOID = "void"  # it never was: strike it out
    REOPEN = "reopen"  # it never ended
    RESTART = "restart"  # it began on another day than on record


ENDINGS = frozenset({Doing.END, Doing.VOID})
AMENDING = frozenset({Doing.AMEND, Doing.SPLIT})  # the person holds it as before, but otherwise


class Refused(Exception):
    """Why nothing can be done about an identity, as a code."""


class Disputed(StrEnum):
    """Whom a line follows where another agency, which answers for the identity, has ended it."""

    ASK = ""
    ADOPT = "adopt"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Held:
    """A recognition on record, `[valid_from, valid_to)`.

    :param is_revised: whether a list of the same kind and day brought it: the later of the two says if it ever was
    :param stood: it, as it stood before a list of the same kind and day ended it; null = none did
    """

    key: int
    category: str
    valid_from: datetime.date
    valid_to: datetime.date | None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    is_revised: bool = False
    stood: "Held | None" = None

    def covers(self, day: datetime.date) -> bool:
        """Return whether it holds on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Turn:
    """From the day `on` an identity is as its attributes say; until then it was as `before` says."""

    on: datetime.date
    before: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Said:
    """An identity the list gives the person.

    :param until: the last day, null = not said
    :param months: year a recognition begins in → how many months it is valid; a year left out = until ended
    :param turn: null = the list does not say that it was once otherwise
    :param is_open: said to have no last day (长期)
    :param is_month: of `since` only the month is said
    """

    category: str
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    since: datetime.date | None = None
    until: datetime.date | None = None
    months: Mapping[int, int] = field(default_factory=dict)
    turn: Turn | None = None
    is_open: bool = False
    is_month: bool = False

    @property
    def term_end(self) -> datetime.date | None:
        """The first day after the term the list gives; null = it gives none."""
        return None if self.until is None else days_after(self.until, 1)

    def begins_on(self, day: datetime.date) -> bool:
        """Return whether `day` is the stated first day, or in the month where only that is stated."""
        same_month = self.since is not None and (day.year, day.month) == (self.since.year, self.since.month)
        return day == self.since or (self.is_month and same_month)

    @property
    def takes_end_away(self) -> bool:
        """Whether the end of a record goes; not where documents limit the category to some months."""
        return self.is_open and not self.months

    def end_from(self, start: datetime.date) -> datetime.date | None:
        """Return the first day no longer held, beginning on `start`: by the list's term, else by the category's."""
        if self.until is not None:
            return self.term_end
        months = self.months.get(start.year)
        return None if months is None else months_after(start, months)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do: start on, split on, end on, or amend as of a day.

    :param until: first day no longer held, of the record that is started or amended; null = open
    :param again: the person held the category before
    :param sooner: `until` is earlier than what stood: a term is cut short
    """

    do: Doing
    category: str
    on: datetime.date
    until: datetime.date | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    recognition: int | None = None
    again: bool = False
    sooner: bool = False
