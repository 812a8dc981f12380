"""A list that comes late: what a later one in force says of the same person and category wins.

Later is the list of the later day, and of two of one day the one that took effect after the other.
"""

import datetime
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from hardship.rules.list_scope import Scope
from hardship.rules.listed_identities import ENDINGS, Change, Held, Said


@dataclass(frozen=True, slots=True)
class Later:
    """What a later list says of one person.

    :param batch: its key
    :param given: category → what it gives the person, of what its sender answers for
    :param scope: what the person does not hold by not being given it
    :param may_give: categories that rows about the person may give which nobody has decided about
    """

    batch: int
    as_of: datetime.date
    given: Mapping[str, Said]
    scope: Scope
    may_give: AbstractSet[str] = frozenset()

    def says_otherwise(self, change: Change, held: Sequence[Held]) -> bool:
        """Return whether the change would make its day another than the list says it was."""
        record = next((each for each in held if each.key == change.recognition), None)
        holds_now = record is not None and record.covers(self.as_of)
        would_hold = (
            change.do not in ENDINGS
            and change.on <= self.as_of
            and (change.until is None or self.as_of < change.until)
        )
        said = self.given.get(change.category)
        if said is None and change.category in self.may_give and not would_hold:
            return holds_now
        if said is None:
            not_held = self.scope.covers(change.category, change.attributes)
            return not_held and would_hold and not holds_now
        return self._otherwise(said, change, record) if would_hold else holds_now

    def _otherwise(self, said: Said, change: Change, record: Held | None) -> bool:
        before = record.attributes if record else {}
        new = {name: value for name, value in change.attributes.items() if before.get(name) != value}
        differs = any(name in new and new[name] != value for name, value in said.attributes.items())
        return differs or (record is not None and _ends_otherwise(said, change, record))


def _ends_otherwise(said: Said, change: Change, record: Held) -> bool:
    """Return whether the change would give an end to what has none, or take one away, against what is said."""
    if change.until == record.valid_to:
        return False
    return said.is_open if change.until is not None else said.until is not None
