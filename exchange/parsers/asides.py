"""Lines below a header that are about nobody: sums, the columns' numbers, remarks, and who sealed the list (落款).

Who would pass over a person ends what he is entitled to: a line that names somebody in the column of names, or says
anything like an identity number, is never one of them. It goes on as a row, and is refused there if it cannot be read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

IDENTITY = (
    re.compile(  # a cell of it alone: with 18 digits, 15, a certificate's 20 or 22, or as a number rounded
        r"'?[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]([1-7][1-4](B\d)?)?"
        r"|'?[1-9]\d{7}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}"
        r"|[1-9]\.\d{9,}E\+17"
    )
)
LIKE_A_NUMBER = re.compile(r"\d{6}|\dE\+\d", re.IGNORECASE)

COUNT = r"[\d.,，、；;¥￥元万人户次名条笔个行共计约：:-]*"
COUNTS = re.compile(COUNT)
SUM = re.compile(rf".{{0,12}}(小计|合计|总计|共计|累计|总数|总人数){COUNT}|共\d+[人户名]{COUNT}")
REMARK = re.compile(
    r"(合计|总计|小计|共计|共\d|备注|附注|注[:：0-9]|说明|填表|填报|制表|经办|审核|复核|负责|单位|联系|日期|打印|以上|以下空白|本表)"
)
LABEL = re.compile(
    r".*[:：]|备注|说明|(制表|填表|填报|经办|审核|复核|负责|联系|打印|单位)(人员?|日期|单位|电话)?"
)
SEAL = re.compile(r"[(（]?(盖章|公章|签章|签字)[)）]?$")
CLOSING = re.compile(
    r"[12]\d{3}[-/.年]\d{1,2}([-/.月]\d{1,2}日?|月)"  # 2024年10月31日
    r"|[〇零○一二三四五六七八九]{4}年[一二三四五六七八九十]{1,2}月([一二三四五六七八九十]{1,3}日)?"
    r"|.*[省市县区旗镇乡村].*(局|残联|联合会|委员会|办公室|中心|政府|办事处|[村居]委会)"
    r"|第\d+页([,，/]?共\d+页)?"
    r"|(?=.*(\d[人户名条]|以上|截至|特此|本[月表次期名]))(?=.*[，。；]).*"  # a sentence
)
LONGEST_CLOSING = 500

LABELS_OF_NUMBERS = ("栏次", "栏号", "列次", "列号", "序号", "行次")
STEMS, LETTERS = "甲乙丙丁戊己庚辛壬癸", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
AROUND_A_NUMBER = re.compile(r"[()（）\[\]栏列]|=.*")
FEWEST_NUMBERS = 2


@dataclass(frozen=True, slots=True)
class Places:
    """Where a sheet says who: the places of the keys, of the name, and of what else a row must say."""

    keys: tuple[int, ...] = ()
    name: int | None = None
    said: tuple[int, ...] = ()


def may_say_who(text: str) -> bool:
    """Return whether what a key says may identify somebody, or is at least no remark, sum or closing line."""
    return bool(text) and (LIKE_A_NUMBER.search(text) is not None or not _is_remark(text))


def may_be_about_nobody(keys: Sequence[str]) -> bool:
    """Return whether a line's keys say nothing like a number, so that its other cells have to tell.

    What follows a sign of equality is no part of a column's number (4=2+3), and so no number here.
    """
    return bool(keys) and not any(LIKE_A_NUMBER.search(text.partition("=")[0]) for text in keys)


def is_sum(cells: Sequence[str], places: Places) -> bool:
    """Return whether a line sums up: 小计, 合计 or 共3人, counts anywhere, and nobody and no identity named."""
    plain = ["".join(text.split()) for text in cells]
    sums = [place for place, text in enumerate(plain) if SUM.fullmatch(text)]
    keys = [place for place in places.keys if place < len(plain) and plain[place]]
    named = [place for place in (places.name, *places.said) if place is not None and place < len(plain)]
    return (
        bool(places.keys and sums)
        and all(place in sums or COUNTS.fullmatch(plain[place]) for place in (*keys, *named))
        and all(place in sums or sums[0] < place for place in keys)
        and not any(LIKE_A_NUMBER.search(plain[place]) for place in keys)
        and not any(map(IDENTITY.fullmatch, plain))
    )


def is_numbers_of_columns(cells: Sequence[str], places: Places) -> bool:
    """Return whether a line right below a header numbers the columns: 甲 乙 丙, A B C, 1 2 3, 甲 乙 1 2."""
    plain = ["".join(text.split()) for text in cells]
    filled = [AROUND_A_NUMBER.sub("", text) for text in plain if text and text not in LABELS_OF_NUMBERS]
    keyed = any(place < len(plain) and plain[place] for place in places.keys)
    return (
        keyed
        and len(filled) >= FEWEST_NUMBERS
        and any(_counts_up(filled, signs) for signs in (STEMS, LETTERS))
    )


def _counts_up(filled: Sequence[str], signs: str) -> bool:
    lettered = sum(text in signs for text in filled)
    numbers = len(filled) - lettered
    return list(filled[:lettered]) == list(signs[:lettered]) and any(
        list(filled[lettered:]) == [str(first + each) for each in range(numbers)]
        for first in (1, lettered + 1)
    )


def is_closing(cells: Sequence[str], places: Places) -> bool:
    """Return whether a line without a key, with no person below it, is a remark or closes the list."""
    filled = [text for text in cells if text]
    remarks = [text for text in filled if _is_remark(text)]
    noted = any(REMARK.match(text) or "：" in text or SEAL.search(text) for text in filled)
    return (
        (noted or len(remarks) == len(filled))
        and not any(map(IDENTITY.fullmatch, filled))
        and not any(_says_something(cells, place, remarks) for place in (places.name, *places.said))
    )


def _is_remark(text: str) -> bool:
    if REMARK.match(text) or "：" in text or SEAL.search(text):
        return True
    return len(text) <= LONGEST_CLOSING and CLOSING.fullmatch("".join(text.split())) is not None


def _says_something(cells: Sequence[str], place: int | None, remarks: Sequence[str]) -> bool:
    """Return whether a cell says who or what: no remark, no count, not the answer to a label (填表人 张三)."""
    text = cells[place] if place is not None and place < len(cells) else ""
    if COUNTS.fullmatch(text) or text in remarks:
        return False
    before = [each for each in cells[:place] if each]
    return not (before and LABEL.fullmatch(before[-1]))
