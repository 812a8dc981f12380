"""Names of identities as lists write them: taken apart, made alike, and understood.

“低保、重度残疾人（一、二级）” and “低保；重度残疾人(1~2级)” are the same two names.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from policy.conditions import Scalar

ZERO_WIDTH = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
ROMAN = str.maketrans("ⅠⅡⅢⅣ", "1234")
NUMERALS = {"一": "1", "二": "2", "三": "3", "四": "4"}
NUMERAL = f"[1-4{''.join(NUMERALS)}]"
DASHES = "~～∼〜—–−‐－至到"
LEVELS = re.compile(rf"({NUMERAL})(?:级)?\s*[、,，和及/{DASHES}-]\s*({NUMERAL})级")
LEVEL = re.compile(rf"({NUMERAL})级")
OPENING, CLOSING = "([{【〔", ")]}】〕"
SEPARATORS = "、,，;；|/＋+。"
LEVEL_SAID = re.compile(r"^(?:([1-4])(?:-([1-4]))?级)?(.+?)(?:([1-4])(?:-([1-4]))?级)?$")
RESIDENCE_SAID = re.compile(r"^(农村|城市|城镇)(.+)$|^(.+?)(农村|城市|城镇)$")
RESIDENCE = MappingProxyType({"农村": "rural", "城市": "urban", "城镇": "urban"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name says: a category, attributes of it, and other categories it implies.

    :param carries: the attributes a recognition of the category may have
    """

    category: str
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    carries: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def names_in(cell: str) -> tuple[str, ...]:
    """Return the names in a cell, made alike, each once, in their order.

    What stands in brackets belongs to its name, and so does an enumeration of levels (一、二级).
    """
    text = LEVELS.sub(r"\1-\2级", cell.translate(ROMAN))
    parts = [""]
    depth = 0
    for sign in unicodedata.normalize("NFKC", text).translate(ZERO_WIDTH):
        depth += (sign in OPENING) - (sign in CLOSING and depth > 0)
        if depth == 0 and (sign in SEPARATORS or sign.isspace()):
            parts.append("")
        else:
            parts[-1] += sign
    return tuple(dict.fromkeys(filter(None, map(made_alike, parts))))


def made_alike(name: str) -> str:
    """Return a name as names are compared: half-width, no spaces or brackets, levels as `1-2级`."""
    text = unicodedata.normalize("NFKC", name.translate(ROMAN)).translate(ZERO_WIDTH)
    text = LEVELS.sub(r"\1-\2级", "".join(text.split()))
    text = "".join(sign for sign in text if sign not in OPENING + CLOSING)
    return LEVELS.sub(_in_digits, LEVEL.sub(_in_digits, text)).strip("-:*")


def understood(name: str, known: Mapping[str, Meaning]) -> Meaning | None:
    """Return what a name says, or nothing if nobody has said what it means.

    A name not known as a whole is tried without its level and without 农村/城市, if the category then found can
    carry such an attribute; nothing else is guessed.

    :param known: names made alike → meaning
    """
    plain = made_alike(name)
    found = known.get(plain)
    if found is not None:
        return found
    said = LEVEL_SAID.match(plain)
    if said and (said[1] or said[4]):
        levels = [int(level) for level in (said[1], said[2], said[4], said[5]) if level]
        return _with(known.get(said[3]), "level", max(levels))
    placed = RESIDENCE_SAID.match(plain)
    if placed:
        return _with(known.get(placed[2] or placed[3]), "residence", RESIDENCE[placed[1] or placed[4]])
    return None


def _with(meaning: Meaning | None, attribute: str, value: Scalar) -> Meaning | None:
    if meaning is None or attribute not in meaning.carries:
        return None
    return Meaning(meaning.category, {**meaning.attributes, attribute: value}, meaning.also, meaning.carries)


def _in_digits(found: re.Match[str]) -> str:
    return "".join(NUMERALS.get(sign, sign) for sign in found[0])
