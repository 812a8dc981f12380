"""A cell of a list taken apart into the names of identities it holds.

“低保、重度残疾人（一、二级）”, “①低保②重残” and “低 保/重残” hold two names each.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from hardship.rules.identity_names import (
    CLOSING,
    LEVELS,
    NUMERAL,
    OPENING,
    ROMAN,
    ZERO_WIDTH,
    Meaning,
    made_alike,
    understood,
)

SEPARATORS = "、,，;；|/\\＋+&。·・•"
ITEM_SIGNS = str.maketrans(dict.fromkeys("①②③④⑤⑥⑦⑧⑨⑩⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽", "、"))
NUMBERED = re.compile(r"^\s*(?:1\s*[.)、]|\(1\))(?!\d|\s*级)")
ITEM_NUMBER = re.compile(r"(?<![\d(])(?:\d\s*[.)、]|\(\d\))(?!\d)")
LEVEL_APART = re.compile(rf"({NUMERAL})\s+级")
LOOSE = re.compile(rf"\s+(\d+)\s*(?=周?岁)|\s+((?:{NUMERAL}\s*-\s*)?{NUMERAL}级)(?!\w)")
HAN = "[\u4e00-\u9fff]"
APART = rf"\s{re.escape(SEPARATORS + OPENING + CLOSING)}"
STRETCHED = re.compile(rf"(?<![^{APART}])({HAN})\s+(?={HAN})|(?<={HAN})\s+(?={HAN}(?:[{APART}]|$))")
LONG_DASH = re.compile(rf"(?<=[{HAN[1:-1]})])[—―]+(?=[{HAN[1:-1]}(])")
JOINED = re.compile("以及|[和及与]")


@lru_cache(maxsize=4096)
def names_in(cell: str) -> tuple[str, ...]:
    """Return the names in a cell, made alike, each once, in their order.

    What stands in brackets belongs to its name, and so do an enumeration of levels (一、二级), an age or a level
    set apart by spaces (低收入家庭 60 周岁以上老年人), and a sign that stands alone (脱 贫 户).
    """
    parts = [""]
    depth = 0
    for sign in _evened(cell):
        depth += (sign in OPENING) - (sign in CLOSING and depth > 0)
        if depth == 0 and (sign in SEPARATORS or sign.isspace()):
            parts.append("")
        else:
            parts[-1] += sign
    return tuple(dict.fromkeys(filter(None, map(made_alike, parts))))


def joined_in(name: str, known: Mapping[str, Meaning]) -> tuple[str, ...]:
    """Return the names that 和, 及 or 与 join, where each is known and the whole is not; else the name as it is.

    :param known: names made alike → meaning
    """
    if understood(name, known) is None:
        parts = tuple(JOINED.split(name))
        if len(parts) > 1 and all(understood(part, known) for part in parts):
            return parts
    return (name,)


def _evened(cell: str) -> str:
    """Return a cell with its spaces, dashes and numbering such that separators are separators."""
    text = LEVELS.sub(r"\1-\2级", cell.translate(ROMAN)).translate(ITEM_SIGNS)
    text = unicodedata.normalize("NFKC", text).translate(ZERO_WIDTH)
    if NUMBERED.match(text):
        text = ITEM_NUMBER.sub("、", text)
    text = LOOSE.sub(r"\1\2", LEVEL_APART.sub(r"\1级", text))
    return LONG_DASH.sub("、", STRETCHED.sub(r"\1", text))
