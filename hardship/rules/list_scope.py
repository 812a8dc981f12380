"""What a full list speaks about: only whom it could have named may end by not being named.

A file of 低保 alone says nothing about 特困; one in which every 低保 is 农村低保 says nothing about 城市低保.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from hardship.rules.identity_names import Meaning
from policy.conditions import Scalar

Kinds = Mapping[str, frozenset[Scalar]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Category → attribute → the values that occur, for the attributes which every name of the category says."""

    kinds: Mapping[str, Kinds] = field(default_factory=dict)

    def covers(self, category: str, attributes: Mapping[str, Scalar]) -> bool:
        """Return whether a recognition is of a kind that occurs.

        A record that does not say its kind may be of any: it is covered where several kinds occur, not where one does.
        """
        kinds = self.kinds.get(category)
        if kinds is None:
            return False
        return all(
            attributes[name] in values if name in attributes else len(values) > 1
            for name, values in kinds.items()
        )

    def meets(self, other: "Scope") -> bool:
        """Return whether there could be a recognition of which both speak."""
        return any(
            all(kinds[name] & theirs[name] for name in kinds.keys() & theirs)
            for category, kinds in self.kinds.items()
            if (theirs := other.kinds.get(category)) is not None
        )


NOBODY = Scope()  # of a supplementary list, or an empty one


def scope_of(meanings: Iterable[Meaning], *, ends: AbstractSet[str]) -> Scope:
    """Return what a list speaks about whose names mean `meanings`.

    :param ends: the categories such a list may end at all
    """
    said: dict[str, list[Mapping[str, Scalar]]] = {}
    for meaning in meanings:
        said.setdefault(meaning.category, []).append(meaning.attributes)
        for implied in meaning.also:
            said.setdefault(implied, []).append({})
    return Scope({category: _kinds(each) for category, each in said.items() if category in ends})


def _kinds(said: list[Mapping[str, Scalar]]) -> Kinds:
    always = set.intersection(*(set(each) for each in said))
    return {name: frozenset(each[name] for each in said) for name in sorted(always)}
