"""Rows that would end what a list in force of another area says: set aside for both areas to compare."""

from collections.abc import Sequence
from dataclasses import replace

from exchange.models import RowOutcome
from exchange.services.batches import RowResult
from hardship.rules.listed_identities import ENDINGS, Disputed
from hardship.selectors.listed_elsewhere import listed_elsewhere
from hardship.services.lists.lines import Line
from hardship.services.lists.telling import said_elsewhere
from hardship.services.lists.views import View

ELSEWHERE = "listed_elsewhere"


def unless_elsewhere(results: Sequence[RowResult], lines: Sequence[Line], view: View) -> list[RowResult]:
    """Return the results of lines, those set aside that would end what another area's list says."""
    ends = [_ended(each) for each in results]
    keys = {each.key for each, ended in zip(results, ends, strict=True) if ended and each.key is not None}
    elsewhere = listed_elsewhere(view.batch, keys=keys, meaning=view.meaning)
    settled = []
    for line, result, ended in zip(lines, results, ends, strict=True):
        said = {key: each for key, each in elsewhere.get(result.key or b"", {}).items() if key in ended}
        if said and line.settled.get(ELSEWHERE) != Disputed.ADOPT:
            aside = replace(result, payload=line.payload(), outcome=RowOutcome.CONFLICT)
            settled.append(replace(aside, code=ELSEWHERE, message=said_elsewhere(said, view), field="身份"))
        else:
            settled.append(result)
    return settled


def _ended(result: RowResult) -> set[str]:
    return {each["category"] for each in result.payload.get("changes", ()) if each["do"] in ENDINGS}
