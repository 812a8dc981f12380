"""Cells of which nobody can say what they hold: formulas without a result, numbers without their last digits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange.parsers.cells import ROUNDED

MOST_FAULTS = 100_000
UNCALCULATED, FORMULA_ERROR = "公式没有保存计算结果", "公式结果是错误值"
EMPTY_RESULT = "公式没有保存计算结果，或结果是空的"  # of an old workbook: it does not tell which

Faults = Mapping[tuple[int, int], str]
"""(Line from 1, place from 0) → why."""
LOST_DIGITS = "digits_lost"


@dataclass(frozen=True, slots=True)
class Fault:
    """A wanted cell of which nobody can say what it holds, or a merged cell over it."""

    field: str
    reason: str
    code: str = "formula_without_result"


def lost_digits(values: Sequence[str], codes: Mapping[str, int], titles: Mapping[str, str]) -> Fault | None:
    """Return the first code that was kept as a number of more digits than a spreadsheet keeps; null = none was.

    :param codes: column → its place among the values
    """
    for name, place in codes.items():
        if "+" in values[place] and ROUNDED.fullmatch(values[place]):
            reason = f"“{titles[name]}”在表格中存成了数字，末几位已丢失；请将该列设为文本格式后重新填写"
            return Fault(name, reason, LOST_DIGITS)
    return None
