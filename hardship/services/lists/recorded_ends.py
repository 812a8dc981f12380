"""Rows that would undo an end somebody recorded for a day after the list's: set aside until somebody decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from exchange.services.batches import RowResult
from hardship.rules.listed_identities import AMENDING, Disputed, Held, Said
from hardship.selectors.decided_before import (
    DECIDED_BEFORE,
    FOLLOWED_ENDS,
    KEPT_ENDS,
    LATER_END,
    DecidedBefore,
    KeptEnd,
    said_against_end,
)
from hardship.selectors.recorded_ends import ended_by_people
from hardship.services.lists.lines import Line, set_aside
from hardship.services.lists.views import View
from policy.dates import days_after


def unless_ended(results: Sequence[RowResult], lines: Sequence[Line], view: View) -> list[RowResult]:
    """Return the results of lines, those set aside that would have go on what somebody ended; one query if any may."""
    ended = ended_by_people({each["recognition"] for result in results for each in _prolonged(result)})
    settled = []
    for line, result in zip(lines, results, strict=True):
        against = [each for each in _prolonged(result) if each["recognition"] in ended]
        if against and line.settled.get(LATER_END) != Disputed.ADOPT:
            message = "；".join(_told(each, view) for each in against)
            settled.append(set_aside(result, line, code=LATER_END, message=message, column="有效期"))
        else:
            settled.append(result)
    return settled


@dataclass(frozen=True, slots=True)
class EndsKept:
    """What a line gives without the terms that do not count, as it was decided that a recorded end stays.

    :param kept: the ends that stay by the decision about this very row
    :param decided: category and what was decided of it, in earlier lists
    """

    said: Sequence[Said]
    kept: Sequence[KeptEnd] = ()
    decided: Sequence[tuple[str, DecidedBefore]] = ()

    @property
    def is_silent(self) -> bool:
        """Whether the line gives no identity at all, nor one about whose end it was decided before."""
        return not self.said and not self.decided

    def payload(self) -> dict[str, object]:
        """Return what the row keeps, so that later rows are held against it."""
        followed = [category for category, _ in self.decided]
        return {name: found for name, found in ((KEPT_ENDS, self.kept), (FOLLOWED_ENDS, followed)) if found}


def without_terms_kept(
    said: Sequence[Said], held: Sequence[Held], line: Line, view: View, *, resident_id: int
) -> EndsKept:
    """Return what a line gives without terms against which somebody decided that a recorded end stays.

    Once that day has passed the line does not give the identity either: it would begin again.
    """
    is_kept = line.settled.get(LATER_END) == Disputed.KEEP
    if not is_kept and not view.decided:
        return EndsKept(said)
    left: list[Said] = []
    kept: list[KeptEnd] = []
    decided: list[tuple[str, DecidedBefore]] = []
    is_anew = Disputed.ADOPT in (line.settled.get(LATER_END), line.settled.get(DECIDED_BEFORE))
    for each in said:
        end = _against_end(each, held, as_of=view.batch.as_of)
        before = view.decided.get(said_against_end(resident_id, end)) if end and not is_anew else None
        has_passed = end is not None and date.fromisoformat(end["ended"]) <= view.batch.as_of
        if end and is_kept and not has_passed:
            kept.append(end)
        elif before:
            decided.append((each.category, before))
        else:
            left.append(each)
            continue
        if not has_passed:
            left.append(replace(each, until=None, is_open=False))
    return EndsKept(left, kept, decided)


def _against_end(said: Said, held: Sequence[Held], *, as_of: date) -> KeptEnd | None:
    """Return the end on record that is earlier than the term somebody is given, passed or not; null = there is none.

    Of several recognitions the last counts; where that is yet to begin, the one that holds on the day.
    """
    same = [each for each in held if each.category == said.category]
    record = max(same, key=lambda each: each.valid_from, default=None)
    if record is not None and record.valid_from > as_of:
        record = next((each for each in same if each.covers(as_of)), None)
    if record is None or record.valid_to is None:
        return None
    term_end = said.term_end
    if not said.is_open and (term_end is None or term_end <= record.valid_to):
        return None
    return KeptEnd(
        category=said.category,
        recognition=record.key,
        since=str(record.valid_from),
        ended=str(record.valid_to),
        stated=None if said.is_open else str(term_end),
    )


def _prolonged(result: RowResult) -> Iterator[dict[str, Any]]:
    """Yield the changes by which a record with an end would end later, or not at all."""
    for each in result.payload.get("changes", ()):
        if each["do"] in AMENDING and each["seen"] is not None:
            stood, until = each["seen"][1], each["until"]
            if stood is not None and (until is None or until > stood):
                yield each


def _told(change: dict[str, Any], view: View) -> str:
    label = view.categories[change["category"]].label
    listed = "长期" if change["until"] is None else f"至 {_last_day(change['until'])}"
    return (
        f"登记的{label}另行办理至 {_last_day(change['seen'][1])} 终止，晚于数据日期；清单列为{listed}，请核对"
    )


def _last_day(until: str) -> date:
    return days_after(date.fromisoformat(until), -1)
