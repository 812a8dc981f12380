"""Rows that would end or change what a list in force of another area says: set aside for both areas to compare."""

from collections.abc import Mapping, Sequence
from typing import Any

from exchange.services.batches import RowResult
from hardship.rules.list_comparison import TERM
from hardship.rules.listed_identities import ENDINGS, Disputed
from hardship.selectors.listed_elsewhere import Elsewhere, listed_elsewhere
from hardship.services.lists.lines import Line, set_aside
from hardship.services.lists.telling import described_elsewhere, said_elsewhere
from hardship.services.lists.views import View

ELSEWHERE = "listed_elsewhere"


def unless_elsewhere(results: Sequence[RowResult], lines: Sequence[Line], view: View) -> list[RowResult]:
    """Return the results of lines, those set aside that would end or change what another area's list says."""
    concerned = {each.payload["resident"] for each in results if _ended(each) or _described(each)}
    elsewhere = listed_elsewhere(
        view.batch,
        resident_ids=concerned,
        own=view.own,
        known=view.names,
        scopes=view.scopes_elsewhere,
    )
    settled = []
    for line, result in zip(lines, results, strict=True):
        theirs = elsewhere.get(result.payload.get("resident", 0), {})
        against = _against(result, theirs, view)
        if against and line.settled.get(ELSEWHERE) != Disputed.ADOPT:
            lists = {each.batch.pk for each in theirs.values()}
            settled.append(
                set_aside(result, line, code=ELSEWHERE, message=against, column="身份", rested_on=lists)
            )
        else:
            settled.append(result)
    return settled


def _against(result: RowResult, theirs: Mapping[str, Elsewhere], view: View) -> str:
    """Return in words what other areas' lists say against a result; empty = nothing."""
    ended, described = _ended(result), _described(result)
    listed = {key: each for key, each in theirs.items() if key in ended}
    differing = {
        key: each
        for key, each in theirs.items()
        if any(each.attributes.get(name, new) != new for name, new in described.get(key, {}).items())
    }
    told = [
        *([said_elsewhere(listed, view)] if listed else []),
        *([described_elsewhere(differing, described, view)] if differing else []),
    ]
    return "；".join(told)


def _ended(result: RowResult) -> set[str]:
    return {each["category"] for each in result.payload.get("changes", ()) if each["do"] in ENDINGS}


def _described(result: RowResult) -> dict[str, dict[str, Any]]:
    """Return category → the attributes that a record has and would have otherwise."""
    found = {}
    for each in result.payload.get("changes", ()):
        if each["do"] in ENDINGS or each["seen"] is None:
            continue
        was = each["seen"][2]
        new = {
            name: value
            for name, value in each["attributes"].items()
            if name != TERM and was.get(name) != value
        }
        if new:
            found[each["category"]] = new
    return found
