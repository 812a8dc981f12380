"""Names of identities as lists write them: made alike, and understood.

“重度残疾人（一、二级）” and “重度残疾人(1~2级)” are the same name.
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
CODED = re.compile(r"^(.*?[^\d-])-?(\d{4})$")
LEVEL_SAID = re.compile(r"^(?:([1-4])(?:-([1-4]))?级)?(.+?)(?:([1-4])(?:-([1-4]))?级)?$")
RESIDENCE_SAID = re.compile(r"^(农村|城市|城镇)(.+)$|^(.+?)(农村|城市|城镇)$")
RESIDENCE = MappingProxyType({"农村": "rural", "城市": "urban", "城镇": "urban"})
RISK_SAID = re.compile(r"^([已未]?)消除风险的?(.+)$|^(.+?)-?(?:([已未])消除(?:风险)?|风险([已未])消除)$")
MONITORED = re.compile(r"^纳入监测范围[且的](.+)$")
IMPAIRMENT_SAID = re.compile(r"^(视力|听力|言语|语言|肢体|智力|精神|多重)(?:残疾)?(.*级.*)$")


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
def made_alike(name: str) -> str:
    """Return a name as names are compared: half-width, no spaces or brackets, levels as `1-2级`."""
    text = unicodedata.normalize("NFKC", name.translate(ROMAN)).translate(ZERO_WIDTH)
    text = LEVELS.sub(r"\1-\2级", "".join(text.split()))
    text = "".join(sign for sign in text if sign not in OPENING + CLOSING)
    return LEVELS.sub(_in_digits, LEVEL.sub(_in_digits, text)).strip("-:*")


def understood(name: str, known: Mapping[str, Meaning]) -> Meaning | None:
    """Return what a name says, or nothing if nobody has said what it means.

    A name not known as a whole is tried without the code behind it, its level, 农村/城市, the kind of disability,
    纳入监测范围 and whether the risk is gone, if the category then found can carry such an attribute and the name does
    not rule it out (重度残疾三级); nothing else is guessed.

    :param known: names made alike → meaning
    """
    plain = made_alike(name)
    found = known.get(plain)
    if found is not None:
        return found
    coded = CODED.match(plain)
    if coded:
        return _agreed(understood(coded[1], known), known.get(coded[2]))
    monitored = MONITORED.match(plain)
    if monitored:
        return _monitored(understood(monitored[1], known))
    impaired = IMPAIRMENT_SAID.match(plain)
    if impaired:
        kind = impaired[1].replace("语言", "言语")
        return _with(understood(f"残疾{impaired[2]}", known), "kind", kind)
    said = _said(plain)
    return said and _with(known.get(said.of), said.attribute, said.value)


def rules_out(meaning: Meaning, attribute: str, value: Scalar) -> bool:
    """Return whether what a name means contradicts an attribute: 重度残疾 is of the second level at the least."""
    least = meaning.attributes.get("level")
    return attribute == "level" and isinstance(least, int) and isinstance(value, int) and value > least


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
        return _Said(watched[2] or watched[3], "risk_eliminated", "未" not in watched.group(1, 4, 5))
    return None


def _agreed(named: Meaning | None, coded: Meaning | None) -> Meaning | None:
    """Return what a name with a code behind it says (低保中残重残重病人员-7019); nothing if the two contradict."""
    if named is None or coded is None:
        return coded
    return named if named.category == coded.category else None


def _monitored(meaning: Meaning | None) -> Meaning | None:
    """Return what somebody monitored is; 脱贫人口 alone does not say of which kind."""
    return meaning if meaning is not None and "risk_eliminated" in meaning.carries else None


def _with(meaning: Meaning | None, attribute: str, value: Scalar) -> Meaning | None:
    if meaning is None or attribute not in meaning.carries or rules_out(meaning, attribute, value):
        return None
    return Meaning(meaning.category, {**meaning.attributes, attribute: value}, meaning.also, meaning.carries)


def _in_digits(found: re.Match[str]) -> str:
    return "".join(NUMERALS.get(sign, sign) for sign in found[0])
