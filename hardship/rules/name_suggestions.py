"""Which known names an unknown one may mean: a proposal for a person to confirm, never taken by itself.

“五保老人（农村）”, sent by civil affairs: like “农村五保”, so 特困人员 with 农村; what the name says of level or
residence goes along where the category carries it.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import SequenceMatcher

from hardship.rules.identity_names import (
    LEVEL_SAID,
    RESIDENCE,
    RESIDENCE_SAID,
    Meaning,
    made_alike,
    rules_out,
)
from policy.conditions import Scalar

LIKE_ENOUGH = 0.4
CONTAINED = 0.75  # “五保” within “五保供养老人” tells more than the letters they share
OWN = 0.1  # the sender answers for the category


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What an unknown name may mean; `like` is the known name it resembles.

    :param likeness: 0 to 1, before the sender's own categories are preferred
    """

    category: str
    attributes: Mapping[str, Scalar]
    also: tuple[str, ...]
    like: str
    likeness: float


def suggestions(
    name: str, known: Mapping[str, Meaning], *, own: AbstractSet[str] = frozenset(), most: int = 3
) -> list[Suggestion]:
    """Return what the name may mean, the likeliest first, each meaning once.

    :param known: names made alike → meaning
    :param own: categories the senders of the name answer for: of equals these come first
    """
    plain = made_alike(name)
    bare, said = _taken_apart(plain)
    found: dict[tuple[str, tuple[str, ...]], tuple[float, Suggestion]] = {}
    for alias, meaning in known.items():
        likeness = max(_likeness(plain, alias), _likeness(bare, _taken_apart(alias)[0]))
        if likeness < LIKE_ENOUGH or any(rules_out(meaning, *each) for each in said.items()):
            continue
        carried = {attribute: value for attribute, value in said.items() if attribute in meaning.carries}
        made = Suggestion(
            meaning.category, {**meaning.attributes, **carried}, meaning.also, alias, round(likeness, 2)
        )
        rank = likeness + (OWN if meaning.category in own else 0)
        kept = found.get((made.category, made.also))
        if kept is None or rank > kept[0]:
            found[made.category, made.also] = (rank, made)
    ranked = sorted(found.values(), key=lambda pair: (-pair[0], pair[1].like))
    return [made for _, made in ranked[:most]]


def _taken_apart(plain: str) -> tuple[str, dict[str, Scalar]]:
    """Return the name without level and residence, and what these say."""
    said: dict[str, Scalar] = {}
    levels = LEVEL_SAID.match(plain)
    if levels and (levels[1] or levels[4]):
        said["level"] = max(int(level) for level in (levels[1], levels[2], levels[4], levels[5]) if level)
        plain = levels[3]
    placed = RESIDENCE_SAID.match(plain)
    if placed:
        said["residence"] = RESIDENCE[placed[1] or placed[4]]
        plain = placed[2] or placed[3]
    return plain, said


def _likeness(name: str, alias: str) -> float:
    if name == alias:
        return 1.0
    letters = SequenceMatcher(None, name, alias).ratio()
    shorter = min(name, alias, key=len)
    longer = name if shorter == alias else alias
    is_within = len(shorter) > 1 and shorter in longer
    return max(letters, CONTAINED) if is_within else letters
