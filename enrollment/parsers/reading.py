"""What every file of enrollment comes down to: lines that can be read, and rows named with column and reason."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from exchange.parsers.cells import is_nothing, shown_cell
from exchange.parsers.tables import CellUnreadable, Row, Table, clean_id, parse_date, parse_money
from policy.errors import DomainError
from registry.rules.identity_numbers import InvalidIdentityNumber, normalized, read_identity_number

T = TypeVar("T")
NUMBER_LENGTH = 18
LONGEST_SERIAL = 64
YEARS = range(2000, 2101)
ID_NUMBER = (
    "证件号码",
    "身份证号",
    "身份证号码",
    "公民身份号码",
    "公民身份证号码",
    "身份证",
    "证件号",
)
NAME = ("姓名", "人员姓名", "参保人姓名", "缴费人姓名")


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that cannot be taken: its line, its column as the file calls it, and why.

    :param serial: the number the sender knows it by, where such lines have one
    """

    number: int
    column: str
    reason: str
    code: str
    name: str = ""
    sheet: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """All rows of a file in their order."""

    lines: tuple[T, ...]
    errors: tuple[RowError, ...]


class RowRefused(DomainError):
    """Inside a reader: this row cannot be taken because of one of its columns."""

    def __init__(self, message: str, *, column: str, code: str) -> None:
        super().__init__(message)
        self.column = column
        self.code = code


def parsed(table: Table, read: Callable[[Row], T]) -> Parsed[T]:
    """Return every row as `read` reads it; what it refuses becomes an error with row, column and reason."""
    lines: list[T] = []
    errors: list[RowError] = []
    for row in table.rows:
        try:
            _refuse_fault(row)
            lines.append(read(row))
        except RowRefused as refused:
            column = table.header(refused.column)
            name = shown_cell(row["name"])
            serial = " ".join(row["serial"].split())[:LONGEST_SERIAL]
            errors.append(
                RowError(row.number, column, refused.message, refused.code, name, row.sheet, serial)
            )
    return Parsed(tuple(lines), tuple(errors))


def _refuse_fault(row: Row) -> None:
    if row.fault is not None:
        raise RowRefused(row.fault.reason, column=row.fault.field, code=row.fault.code)


def wanted(row: Row, column: str, *, label: str) -> str:
    """Return the text of a column.

    :raises RowRefused: if it is blank
    """
    text = " ".join(row[column].split())
    if not text:
        raise RowRefused(f"{label}为空", column=column, code="blank")
    return text


def number_of(row: Row, *, column: str = "id_number") -> str:
    """Return the number of a document as it is compared, unchecked.

    :raises RowRefused: if it is blank, or the spreadsheet has lost its last digits
    """
    try:
        number = clean_id(row[column])
    except CellUnreadable as error:
        raise RowRefused(error.message, column=column, code="identity_number_invalid") from None
    if not number:
        raise RowRefused("证件号码为空", column=column, code="blank_id_number")
    return number


def checked_number_of(row: Row, *, on: datetime.date) -> str:
    """Return the number of a document; eighteen signs are an identity number and must be a possible one.

    :raises RowRefused: if it is blank or cannot be anybody's
    """
    number = number_of(row)
    if len(number) != NUMBER_LENGTH:
        return normalized(number)
    try:
        return read_identity_number(number, on=on).number
    except InvalidIdentityNumber as error:
        raise RowRefused(error.message, column="id_number", code=error.code) from None


def day_of(row: Row, column: str, *, label: str) -> datetime.date:
    """Return the day in a column.

    :raises RowRefused: if it is blank or no day
    """
    return _read(row, column, parse_date, code="date_unreadable", label=label)


def day_or_none(row: Row, column: str) -> datetime.date | None:
    """Return the day in a column, null = blank or a mark for nothing (/, 无, -).

    :raises RowRefused: if it is no day
    """
    return day_of(row, column, label="日期") if not is_nothing(row[column]) else None


def money_of(row: Row, column: str, *, label: str) -> Decimal:
    """Return yuan in a column.

    :raises RowRefused: if it is blank, no number, or finer than a fen
    """
    return _read(row, column, parse_money, code="amount_unreadable", label=label)


def year_of(row: Row, column: str, *, label: str) -> int:
    """Return the year in a column: 2025, 2025年.

    :raises RowRefused: if it is blank or no year
    """
    text = wanted(row, column, label=label).removesuffix("年度").removesuffix("年")
    if not (text.isascii() and text.isdigit() and int(text) in YEARS):
        raise RowRefused(
            f"{label}“{text}”不是年度，请写成 2025 的样子", column=column, code="year_unreadable"
        )
    return int(text)


def one_of(row: Row, column: str, words: Mapping[str, T], *, label: str) -> T:
    """Return what a word in a column stands for.

    :raises RowRefused: if it is none of `words`
    """
    text = row[column]
    if text not in words:
        shown = "、".join(word for word in words if word)
        raise RowRefused(f"{label}“{text}”应为：{shown}", column=column, code="word_unknown")
    return words[text]


def _read(row: Row, column: str, read: Callable[[str], T], *, code: str, label: str) -> T:
    text = wanted(row, column, label=label)
    try:
        return read(text)
    except CellUnreadable as error:
        raise RowRefused(error.message, column=column, code=code) from None
