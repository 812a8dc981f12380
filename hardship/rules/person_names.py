"""People's names, compared where a list and the register may write one name in two ways.

A file in an older character set has a sign where it has no character for one of the name: ?飞 may be 𠮷飞. Such a sign
stands for exactly one character of the other name, or each of two in a row for half of one that takes two units of
UTF-16, as Windows writes it: ??飞. A name of nothing else says nothing of anybody.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations, product

LOST_SIGNS = frozenset("?？\ufffd□■〓")  # what programs write where they lost a character
ANY, DOT = "?", "·"
PRIVATE, UNASSIGNED = "Co", "Cn"


def bare_name(name: str) -> str:
    """Return a name without spaces, dots and other punctuation, half-width, in capitals: 阿依·古丽 is 阿依古丽.

    A sign for a lost character stays, as `?`.
    """
    return _plain(name, dot="")


def is_same_name(one: str, other: str) -> bool:
    """Return whether two names may be one, whoever wrote either; a name that says nothing is nobody's."""
    if one == other:
        return says_somebody(one)
    bare, others = bare_name(one), bare_name(other)
    if ANY not in bare and ANY not in others:
        return bare == others != ""
    written = product((bare, _dotted(one)), (others, _dotted(other)))
    return any(_fit(mine, theirs) or _fit(_halved(mine), _halved(theirs)) for mine, theirs in written)


def are_one_name(names: Iterable[str]) -> bool:
    """Return whether all the names may be one."""
    written = set(names)
    if len(written) == 1:
        return True
    distinct = {bare_name(name): name for name in written}
    return all(is_same_name(one, other) for one, other in combinations(distinct.values(), 2))


def clearest(names: Iterable[str]) -> str:
    """Return the name with the fewest lost characters, the first of equals."""
    return min(names, key=lambda name: bare_name(name).count(ANY))


def has_lost_signs(name: str) -> bool:
    """Return whether a program lost a character of a name: nobody new is registered by it."""
    return not LOST_SIGNS.isdisjoint(unicodedata.normalize("NFKC", name))


def says_somebody(name: str) -> bool:
    """Return whether a name has any character that was not lost."""
    return any(map(_is_letter, name))


class Namesakes:
    """What is known of names, found by any name that may be one with them, without reading all of them."""

    def __init__(self) -> None:
        self._whole: dict[str, tuple[str, str]] = {}
        self._lossy: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)

    def add(self, name: str, known: str) -> None:
        """Keep what is known of a name; of one name the first is kept, of one that says nothing none."""
        bare = bare_name(name)
        letters = bare.replace(ANY, "")
        if not letters:
            return
        if ANY in bare:
            self._lossy[letters[0]].append((name, known))
        else:
            self._whole.setdefault(bare, (name, known))

    def known_of(self, name: str) -> str | None:
        """Return what is known of a name that may be this one; null = there is none."""
        bare = bare_name(name)
        if bare in self._whole:
            return self._whole[bare][1]
        if ANY in bare:
            lossy = [each for names in self._lossy.values() for each in names]
            candidates = [*self._whole.values(), *lossy]
        else:
            candidates = [each for letter in dict.fromkeys(bare) for each in self._lossy.get(letter, ())]
        return next((known for other, known in candidates if is_same_name(name, other)), None)


def _fit(one: str, other: str) -> bool:
    """Return whether two plain names agree sign by sign, one of their letters at least."""
    if len(one) != len(other):
        return False
    pairs = list(zip(one, other, strict=True))
    agree = all(mine == theirs or ANY in (mine, theirs) for mine, theirs in pairs)
    return agree and any(mine == theirs and mine not in (ANY, DOT) for mine, theirs in pairs)


def _halved(name: str) -> str:
    """Return a plain name by its units of UTF-16: two for a character beyond the first plane."""
    units = name.encode("utf-16-be")
    return "".join(chr(int.from_bytes(units[at : at + 2])) for at in range(0, len(units), 2))


def _dotted(name: str) -> str:
    """Return a name as `bare_name` with its dots: the character lost may have been one."""
    return _plain(name, dot=DOT)


def _plain(name: str, *, dot: str) -> str:
    signs = unicodedata.normalize("NFKC", name.strip())
    return "".join(_sign(sign, dot) for sign in signs).upper()


def _sign(sign: str, dot: str) -> str:
    if _is_letter(sign):
        return sign
    return ANY if sign in LOST_SIGNS or unicodedata.category(sign) == PRIVATE else dot


def _is_letter(sign: str) -> bool:
    """Return whether a sign is of a name; characters newer than this Python's tables are."""
    return sign.isalnum() or unicodedata.category(sign) == UNASSIGNED
