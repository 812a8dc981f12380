"""Names of identities as lists write them: taken apart, made alike, and understood.

“低保、重度残疾人（一、二级）” and “低保；重度残疾人(1~2级)” are the same two names.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

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
LOOSE = re.compile(rf"\s+(\d+)\s*(?=周?岁)|\s+((?:{NUMERAL}\s*-\s*)?{NUMERAL}级)(?!\w)")
CODED = re.compile(r"^(.*?[^\d-])-?(\d{4})$")
LEVEL_SAID = re.compile(r"^(?:([1-4])(?:-([1-4]))?级)?(.+?)(?:([1-4])(?:-([1-4]))?级)?$")
RESIDENCE_SAID = re.compile(r"^(农村|城市|城镇)(.+)$|^(.+?)(农村|城市|城镇)$")
RESIDENCE = MappingProxyType({"农村": "rural", "城市": "urban", "城镇": "urban"})
RISK_SAID = re.compile(
    r"^(?:纳入监测范围且?)?([已未])消除风险的?(.+)$|^(.+?)(?:([已未])消除风险|风险([已未])消除)$"
)


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

    What stands in brackets belongs to its name, and so do an enumeration of levels (一、二级) and an age or a level
    set apart by spaces (低收入家庭 60 周岁以上老年人).
    """
    text = LEVELS.sub(r"\1-\2级", cell.translate(ROMAN))
    text = LOOSE.sub(r"\1\2", unicodedata.normalize("NFKC", text).translate(ZERO_WIDTH))
    parts = [""]
    depth = 0
    for sign in text:
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

    A name not known as a whole is tried without the code behind it, its level, 农村/城市 and whether the risk is
    gone, if the category then found can carry such an attribute; nothing else is guessed.

    :param known: names made alike → meaning
    """
    plain = made_alike(name)
    found = known.get(plain)
    if found is not None:
        return found
    coded = CODED.match(plain)
    if coded:
        return _agreed(understood(coded[1], known), known.get(coded[2]))
    said = _said(plain)
    return said and _with(known.get(said.of), said.attribute, said.value)


class _Said(NamedTuple):
    """A name taken apart: an attribute and what is left to understand."""

    of: str
    attribute: str
    value: Scalar


def _said(plain: str) -> _Said | None:
    level = LEVEL_SAID.match(plain)
    if level and (level[1] or level[4]):
        return _Said(level[3], "level", max(int(each) for each in level.group(1, 2, 4, 5) if each))
    placed = RESIDENCE_SAID.match(plain)
    if placed:
        return _Said(placed[2] or placed[3], "residence", RESIDENCE[placed[1] or placed[4]])
    watched = RISK_SAID.match(plain)
    if watched:
        return _Said(watched[2] or watched[3], "risk_eliminated", "已" in watched.group(1, 4, 5))
    return None


def _agreed(named: Meaning | None, coded: Meaning | None) -> Meaning | None:
    """Return what a name with a code behind it says (低保中残重残重病人员-7019); nothing if the two contradict."""
    if named is None or coded is None:
        return coded
    return named if named.category == coded.category else None


def _with(meaning: Meaning | None, attribute: str, value: Scalar) -> Meaning | None:
    if meaning is None or attribute not in meaning.carries:
        return None
    return Meaning(meaning.category, {**meaning.attributes, attribute: value}, meaning.also, meaning.carries)


def _in_digits(found: re.Match[str]) -> str:
    return "".join(NUMERALS.get(sign, sign) for sign in found[0])
