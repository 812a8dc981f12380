"""Changes of a row that a later list contradicts: set aside until somebody decides whose word counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exchange.models import RowOutcome
from hardship.rules.later_lists import Later
from hardship.rules.list_comparison import Comparison
from hardship.rules.listed_identities import Change, Disputed, Held
from hardship.services.lists.saying import SetAside
from hardship.services.lists.telling import said_later
from hardship.services.lists.views import View

NEWER = "newer_list_says_otherwise"


def contradicted(
    found: Comparison, held: Sequence[Held], later: Sequence[Later]
) -> list[tuple[Change, Later]]:
    """Return the changes that a later list contradicts, each with the latest that does."""
    return [(change, newer) for change in found.changes if (newer := otherwise(change, held, later))]


def agreed_later(
    found: Comparison,
    against: Sequence[tuple[Change, Later]],
    *,
    view: View,
    settled: Mapping[str, str],
) -> Comparison:
    """Return the changes without those that later lists contradict, if it was decided that they go.

    :param against: as `contradicted`
    """
    decision = settled.get(NEWER)
    if decision == Disputed.ADOPT or not against:
        return found
    if decision == Disputed.KEEP:
        gone = [change for change, _ in against]
        return replace(found, changes=tuple(change for change in found.changes if change not in gone))
    words = "；".join(said_later(change, newer, view) for change, newer in against)
    lists = {newer.batch for _, newer in against}
    raise SetAside(
        RowOutcome.CONFLICT, NEWER, f"{words}，不按较早的名单办理，请核对", "身份", rested_on=lists
    )


def otherwise(change: Change, held: Sequence[Held], later: Sequence[Later]) -> Later | None:
    """Return the latest list that says otherwise than a change; null = none."""
    return next((each for each in later if each.says_otherwise(change, held)), None)
