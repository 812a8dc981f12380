"""What changes of the records changed: per person, the recognitions before and after, and on which days they differ.

A recognition confirmed late, ended retroactively, corrected or struck out says something about days that are over;
what was decided on them is for the upper apps to look at.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from hardship.models import Recognition
from hardship.selectors.identities import Spell, held_on
from policy.conditions import Identity

Row = tuple[
    int,
    datetime.datetime,
    str,
    int,
    int,
    str,
    datetime.date,
    datetime.date | None,
    dict[str, object],
    str | None,
]
COLUMNS = (
    "history_id",
    "history_date",
    "history_type",
    "id",
    "resident_id",
    "category_id",
    "valid_from",
    "valid_to",
    "attributes",
    "history_change_reason",
)
CORRECTED = "correct case"  # the reason begins so where two people found a record wrong


@dataclass(frozen=True, slots=True)
class Difference:
    """One category on one day.

    :param before: as the records said; None = not held
    :param now: as they say
    :param is_error: it was on record and never was so: struck out, begun later, or found wrong by two people
    """

    category: str
    before: Identity | None
    now: Identity | None
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """What one or several edits changed of one person's identities.

    :param first_row / last_row: keys of the first and the last history row of them
    :param known_at: when the first was written
    :param before / now: recognition key → spell
    :param corrected: keys of the records found wrong, rather than changed by circumstance
    """

    resident_id: int
    first_row: int
    last_row: int
    known_at: datetime.datetime
    before: Mapping[int, Spell]
    now: Mapping[int, Spell]
    corrected: frozenset[int] = frozenset()

    def on(self, day: datetime.date) -> dict[str, Difference]:
        """Return the categories that differ on `day`."""
        before = {each.category: each for each in held_on(self.before.values(), day)}
        now = {each.category: each for each in held_on(self.now.values(), day)}
        return {
            category: Difference(
                category, before.get(category), now.get(category), self._is_error(category, day)
            )
            for category in sorted(before.keys() | now.keys())
            if before.get(category) != now.get(category)
        }

    def first_day(
        self, *, before: datetime.date, since: datetime.date = datetime.date.min
    ) -> datetime.date | None:
        """Return the first day in `[since, before)` on which anything begins to differ; None = none does."""
        turns = sorted(day for day in self._turns() if since <= day < before)
        return next((day for day in turns if self.on(day)), None)

    def _turns(self) -> Iterator[datetime.date]:
        """Yield the days on which anything began or ended, by the old records or the new."""
        for spell in (*self.before.values(), *self.now.values()):
            yield spell.valid_from
            if spell.valid_to is not None:
                yield spell.valid_to

    def _is_error(self, category: str, day: datetime.date) -> bool:
        """Return whether the record that covered `day` is gone, begins after it, or was found wrong."""
        for key, spell in self.before.items():
            if spell.category == category and spell.covers(day):
                kept = self.now.get(key)
                return kept is None or kept.valid_from > day or key in self.corrected
        return False


def identity_changes(
    *,
    resident_ids: Collection[int],
    since: datetime.datetime,
    until: datetime.datetime,
    after: Mapping[int, int] | None = None,
    along_with: Mapping[int, int] | None = None,
) -> list[IdentityChange]:
    """Return what was written of these people in `[since, until)`, in the order of their keys; one query.

    :param after: resident → history row up to which the changes are dealt with
    :param along_with: resident → an earlier history row whose change is to be looked at together with the new ones
    """
    changes = []
    for resident_id, rows in sorted(change_records(resident_ids).rows.items()):
        dealt = (after or {}).get(resident_id, 0)
        fresh = [row for row in rows if row[0] > dealt and since <= row[1] < until]
        if not fresh:
            continue
        first = min(fresh[0][0], (along_with or {}).get(resident_id, fresh[0][0]))
        changes.append(_change(resident_id, rows, first=first, last=fresh[-1][0]))
    return changes


def change_of(*, resident_id: int, first_row: int, last_row: int) -> IdentityChange | None:
    """Return a change looked at before, as the records stand now; None = they are gone."""
    return change_records([resident_id]).change(resident_id, first_row=first_row, last_row=last_row)


@dataclass(frozen=True, slots=True)
class ChangeRecords:
    """Everything ever written of some people's identities."""

    rows: Mapping[int, Sequence[Row]]

    def change(
        self, resident_id: int, *, first_row: int, last_row: int, known_at: datetime.datetime | None = None
    ) -> IdentityChange | None:
        """Return a change looked at before; None = it is not on record.

        :param known_at: as the records stood at that moment; null = as they stand now
        """
        every = self.rows.get(resident_id, ())
        rows = [row for row in every if known_at is None or row[1] <= known_at]
        if not any(row[0] == first_row for row in rows):
            return None
        return _change(resident_id, rows, first=first_row, last=last_row)


def change_records(resident_ids: Collection[int]) -> ChangeRecords:
    """Return everything ever written of these people's identities; one query."""
    by_resident: defaultdict[int, list[Row]] = defaultdict(list)
    for row in _rows(resident_ids):
        by_resident[row[4]].append(row)
    return ChangeRecords(by_resident)


def _rows(resident_ids: Collection[int]) -> QuerySet[Any, Row]:
    history: QuerySet[Any, Any] = Recognition.history.filter(resident_id__in=resident_ids)
    return history.order_by("history_id").values_list(*COLUMNS)


def _change(resident_id: int, rows: Iterable[Row], *, first: int, last: int) -> IdentityChange:
    every = list(rows)
    return IdentityChange(
        resident_id,
        first,
        last,
        known_at=next(row[1] for row in every if row[0] == first),
        before=_standing(row for row in every if row[0] < first),
        now=_standing(every),
        corrected=frozenset(row[3] for row in every if row[0] >= first and _is_correction(row)),
    )


def _is_correction(row: Row) -> bool:
    return (row[-1] or "").startswith(CORRECTED)


def _standing(rows: Iterable[Row]) -> dict[int, Spell]:
    """Return the recognitions that stand after the rows, given in the order they were written."""
    standing: dict[int, Spell] = {}
    for _, _, kind, key, _, category, valid_from, valid_to, attributes, _ in rows:
        if kind == "-":
            standing.pop(key, None)
        else:
            standing[key] = Spell(category, valid_from, valid_to, attributes)
    return standing
