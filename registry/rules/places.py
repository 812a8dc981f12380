"""Where somebody lived, was registered and went to school on a day, out of what was said one after the other.

Each statement names a place and the day it began there, null = not known, which stands for every day:

    said 2024-01-08   registered in 道里区
    said 2025-06-02   registered in 路南区 since 2025-03-15
    on 2025-03-14     道里区
    on 2025-03-15     路南区

A later statement stands above earlier ones from its own day on; of the same place, it corrects the day. Days before
the first statement's own are the first place's, too, and stay so whatever is said of later ones: nobody is nowhere.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

P = TypeVar("P")
Dated = tuple[P, datetime.date | None]


class Places(NamedTuple):
    """All that is said of a person's places at once; areas and school by key, areas with their paths."""

    living_area_id: int
    living_path: str
    pooling_area_id: int
    pooling_path: str
    living_since: datetime.date | None
    hukou_area_id: int
    hukou_path: str
    hukou_since: datetime.date | None
    school_id: int | None
    school_since: datetime.date | None

    @property
    def living(self) -> tuple[int, str, int, str]:
        """Where the person lives, and what pools funds there."""
        return self[:4]

    @property
    def hukou(self) -> tuple[int, str]:
        """Where the person is registered."""
        return self[5:7]


@dataclass(frozen=True, slots=True)
class DatedPlaces:
    """A person's places with the days they began, each in the order of days.

    :ivar always: all of them, where nothing else was ever said
    """

    living: Sequence[Dated[tuple[int, str, int, str]]]
    hukou: Sequence[Dated[tuple[int, str]]]
    school: Sequence[Dated[int | None]]
    always: Places | None = None

    def on(self, day: datetime.date) -> Places:
        """Return the places of one day."""
        if self.always is not None:
            return self.always
        living, living_since = stands_on(self.living, day)
        hukou, hukou_since = stands_on(self.hukou, day)
        school, school_since = stands_on(self.school, day)
        return Places(*living, living_since, *hukou, hukou_since, school, school_since)


def dated(statements: Iterable[Places]) -> DatedPlaces:
    """Return what holds after all the statements, which come in the order they were made.

    :raises IndexError: later, if there is none
    """
    said = list(statements)
    return DatedPlaces(
        living=standing((each.living, each.living_since) for each in said),
        hukou=standing((each.hukou, each.hukou_since) for each in said),
        school=standing((each.school_id, each.school_since) for each in said),
        always=said[0] if len(said) == 1 else None,
    )


def standing(statements: Iterable[Dated[P]]) -> list[Dated[P]]:
    """Return the statements that still stand, in the order of days."""
    found: list[Dated[P]] = []
    for place, since in statements:
        if found and found[-1] == (place, since):
            continue
        if found and found[-1][0] == place:
            found.pop()
        before = found[:1]
        while found and _start(found[-1][1]) >= _start(since):
            found.pop()
        if not found and before and since is not None:
            found = [(before[0][0], None)]
        found.append((place, since))
    return found


def stands_on(statements: Sequence[Dated[P]], day: datetime.date) -> Dated[P]:
    """Return the last statement that had begun by `day`, or else the first."""
    for each in reversed(statements):
        if _start(each[1]) <= day:
            return each
    return statements[0]


def _start(since: datetime.date | None) -> datetime.date:
    return since or datetime.date.min
