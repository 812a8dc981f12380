"""Cells that a formula left without a result: they would read as blank, and nobody can say what they should hold."""

from collections.abc import Mapping

MOST_FAULTS = 100_000
UNCALCULATED, FORMULA_ERROR = "公式没有保存计算结果", "公式结果是错误值"
EMPTY_RESULT = "公式没有保存计算结果，或结果是空的"  # of an old workbook: it does not tell which

Faults = Mapping[tuple[int, int], str]
"""(Line from 1, place from 0) → why."""
