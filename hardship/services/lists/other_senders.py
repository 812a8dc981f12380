"""Identities in a list whose sender does not recognise them: left aside or begun as somebody decides."""

from collections.abc import Sequence
from typing import NamedTuple

from exchange.models import RowOutcome
from hardship.rules.listed_identities import Disputed, Held, Said
from hardship.rules.other_issuers import not_begun
from hardship.selectors.decided_before import ASKED, DECIDED_BEFORE, FOLLOWED, NOT_THE_ISSUER, Statement
from hardship.services.lists.lines import Line
from hardship.services.lists.remarks import Decided, told_not_begun
from hardship.services.lists.saying import SetAside
from hardship.services.lists.views import View


class Theirs(NamedTuple):
    """What a line gives that its sender does not recognise, once somebody has decided about it.

    :param left: what is left aside
    :param asked: categories that were decided about in this very row
    :param decided: what was decided of the others, in earlier lists
    """

    left: Sequence[Said] = ()
    asked: Sequence[str] = ()
    decided: Sequence[Decided] = ()

    def kept(self) -> dict[str, object]:
        """Return what the row keeps, so that later rows are held against it."""
        followed = [category for category, _ in self.decided]
        return {name: found for name, found in ((ASKED, self.asked), (FOLLOWED, followed)) if found}


def begun_by_others(
    line: Line, said: Sequence[Said], held: Sequence[Held], view: View, *, resident_id: int
) -> Theirs:
    """Return what is left aside, by decision, as the agency that sends the list does not recognise it.

    What was decided of the same statement in an earlier list is not asked again; the decisions are returned beside.

    :raises SetAside: until somebody decides
    """
    theirs = not_begun(said, held, begins=view.begins)
    if not theirs:
        return Theirs()
    decision = Disputed(line.settled.get(NOT_THE_ISSUER, ""))
    statements = {each.category: Statement(resident_id, NOT_THE_ISSUER, each.category) for each in theirs}
    is_anew = line.settled.get(DECIDED_BEFORE) == Disputed.ADOPT
    known = {} if is_anew else {code: view.decided.get(each) for code, each in statements.items()}
    asked = [each for each in theirs if known.get(each.category) is None]
    decided = [(category, each) for category, each in known.items() if each is not None]
    if asked and decision is Disputed.ASK:
        words = "；".join(told_not_begun(each, view) for each in asked)
        raise SetAside(RowOutcome.CONFLICT, NOT_THE_ISSUER, words, "身份")
    left = [each for each in theirs if each not in asked or decision is Disputed.KEEP]
    return Theirs(left, [each.category for each in asked], decided)
