"""Figures of stored steps as staff read them: money to the fen, rates as percentages, counts and years as they are."""

import re
from decimal import ROUND_HALF_UP, Decimal

NUMBER = re.compile(r"-?\d+(\.\d+)?")
COUNTED = re.compile(
    r"年数|人数|（月）|天数|档数|一档|财政年度$|断保年|不算断保|次年参保|重新计算|清零|周岁|不增不减|视同已参保"
)
YEARS = range(1990, 2101)  # such a figure is a year unless its label speaks of money
MONEY = re.compile(
    r"费用|支付|标准|缴|补助（|累计|限额|封顶|扶持|降低|激励 |本次|合计|负担|资助|预警线|总额|拨|缺口|到账|自付"
)
RATES = {"参保率", "目标"}
YUAN = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)元")
FEN = Decimal("0.01")
AS_MONEY = re.compile(r"-?[\d,]+\.\d\d")


def figure_text(label: str, figure: str) -> str:
    """Return a step's figure; what it counts is known by its label."""
    if not NUMBER.fullmatch(figure) or COUNTED.search(label):
        return figure
    if figure.isdigit() and int(figure) in YEARS and not MONEY.search(label):
        return figure
    if "比例" in label or label in RATES:
        return f"{(Decimal(figure) * 100).normalize():f}%"
    return _money(figure)


def figure_with_unit(label: str, figure: str) -> str:
    """Return a step's figure as a sentence says it: money in yuan, the rest as `figure_text`."""
    shown = figure_text(label, figure)
    return f"{shown} 元" if AS_MONEY.fullmatch(shown) else shown


def label_text(label: str) -> str:
    """Return a step's label with the sums in it written as money."""
    return YUAN.sub(lambda sum_said: f"{_money(sum_said[1])} 元", label)


def _money(figure: str) -> str:
    return f"{Decimal(figure).quantize(FEN, ROUND_HALF_UP):,.2f}"
