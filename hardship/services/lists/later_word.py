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


def agreed_later(
    found: Comparison,
    held: Sequence[Held],
    later: Sequence[Later],
    *,
    view: View,
    settled: Mapping[str, str],
) -> Comparison:
    """Return the changes without those that a later list contradicts, if it was decided that they go."""
    decision = settled.get(NEWER)
    against = [(change, otherwise(change, held, later)) for change in found.changes]
    if decision == Disputed.ADOPT or not any(newer for _, newer in against):
        return found
    if decision == Disputed.KEEP:
        return replace(found, changes=tuple(change for change, newer in against if not newer))
    texts = [said_later(change, newer, view) for change, newer in against if newer]
    raise SetAside(RowOutcome.CONFLICT, NEWER, f"{'；'.join(texts)}，不按较早的名单办理，请核对", "身份")


def otherwise(change: Change, held: Sequence[Held], later: Sequence[Later]) -> Later | None:
    """Return the latest list that says otherwise than a change; null = none."""
    return next((each for each in later if each.says_otherwise(change, held)), None)
