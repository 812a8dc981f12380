"""Rows that would undo an end somebody recorded for a day after the list's: set aside until somebody decides."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from exchange.models import RowOutcome
from exchange.services.batches import RowResult
from hardship.rules.listed_identities import AMENDING, Disputed, Held, Said
from hardship.selectors.recorded_ends import ended_by_people
from hardship.services.lists.lines import Line
from hardship.services.lists.views import View
from policy.dates import days_after

LATER_END = "later_ending"


def unless_ended(results: Sequence[RowResult], lines: Sequence[Line], view: View) -> list[RowResult]:
    """Return the results of lines, those set aside that would have go on what somebody ended; one query if any may."""
    ended = ended_by_people({each["recognition"] for result in results for each in _prolonged(result)})
    settled = []
    for line, result in zip(lines, results, strict=True):
        against = [each for each in _prolonged(result) if each["recognition"] in ended]
        if against and line.settled.get(LATER_END) != Disputed.ADOPT:
            message = "；".join(_told(each, view) for each in against)
            aside = replace(result, payload=line.payload(), outcome=RowOutcome.CONFLICT)
            settled.append(replace(aside, code=LATER_END, message=message, field="有效期"))
        else:
            settled.append(result)
    return settled


def without_terms_kept(said: Sequence[Said], held: Sequence[Held], line: Line, *, as_of: date) -> list[Said]:
    """Return what a line gives without terms against which it was decided that a recorded end stays."""
    if line.settled.get(LATER_END) != Disputed.KEEP:
        return list(said)
    ended = {each.category for each in held if each.covers(as_of) and each.valid_to is not None}
    return [replace(each, until=None, is_open=False) if each.category in ended else each for each in said]


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
