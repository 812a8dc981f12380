"""What a list says of identities that another agency answers for: it changes no record of theirs, but it is told.

Whether they may begin by it is said in the register: civil affairs passes on what rural affairs recognise; nobody
passes on what the health commission does.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from hardship.rules.list_comparison import TERM
from hardship.rules.listed_identities import Held, Said
from policy.conditions import Scalar


@dataclass(frozen=True, slots=True)
class Unheeded:
    """Attributes of a category that the list says otherwise than the record, or that the record does not say."""

    category: str
    said: Mapping[str, Scalar]
    recorded: Mapping[str, Scalar]


def unheeded(
    said: Sequence[Said], held: Sequence[Held], *, as_of: datetime.date, own: AbstractSet[str]
) -> Iterator[Unheeded]:
    """Yield what stays as the agency that answers for it said, though the list says otherwise.

    :param own: categories the lister answers for
    """
    standing = {each.category: each for each in held if each.covers(as_of)}
    for each in said:
        record = standing.get(each.category)
        if record is None or each.category in own:
            continue
        differing = {
            name: value
            for name, value in each.attributes.items()
            if name != TERM and record.attributes.get(name, False) != value
        }
        if differing:
            recorded = {name: record.attributes[name] for name in differing if name in record.attributes}
            yield Unheeded(each.category, differing, recorded)


def not_begun(said: Sequence[Said], held: Sequence[Held], *, begins: AbstractSet[str]) -> list[Said]:
    """Return what the list gives that may not begin by it and was never held.

    :param begins: categories that may begin by it
    """
    known = {each.category for each in held}
    return [each for each in said if each.category not in begins and each.category not in known]
