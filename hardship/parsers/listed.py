"""What every list of identities comes down to: people with identities, and rows that cannot be read."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from exchange.parsers.cells import ROUNDED, hidden_numbers, is_month_alone, is_nothing, shown_cell
from exchange.parsers.faults import LOST_DIGITS
from exchange.parsers.tables import CellUnreadable, Row, Table, clean_id, parse_date
from hardship.parsers.vocabulary import shipped_names
from hardship.rules.identity_cells import joined_in, names_in
from hardship.rules.person_names import LOST_SIGNS
from hardship.rules.stated_identities import ListedIdentity
from policy.errors import DomainError
from registry.rules.identity_numbers import InvalidIdentityNumber, read_identity_number

T = TypeVar("T")
CODE = re.compile(r"[0-9]{4}")  # of an identity in exports, "7019"
NO_NAME = re.compile(r"^[=+\-@|]|\d{6}|[<>{}\\]|://")
LONGEST_NAME, LONGEST_IDENTITY, LONGEST_DOCUMENT = 60, 60, 100
SOME_DIGIT = re.compile(r"[1-9]")
PERMIT = re.compile(r"[A-Z][A-Z0-9()]{5,17}")
ID_NUMBER = (
    "身份证号",
    "身份证号码",
    "公民身份号码",
    "公民身份证号",
    "公民身份证号码",
    "居民身份证号码",
    "身份证",
    "身份证件号码",
    "证件号码",
    "证件号",
)
NAME = ("姓名", "人员姓名", "对象姓名")


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A readable row; without identities it says that the person holds none of what the list is about.

    :param hearsay: identities the sender mentions but does not recognise; another agency answers for them
    :param not_held: identities of which the row says that the person does not hold them: a certificate of level three
    """

    number: int
    id_number: str
    name: str
    identities: tuple[ListedIdentity, ...]
    document: str = ""
    sheet: str = ""
    hearsay: tuple[str, ...] = ()
    not_held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that cannot be taken.

    :param column: as the file calls it
    :param name: of the person, as far as the row says
    :param id_number: if that much could be read: the person is on the list, whatever else is wrong
    :param spoils_full_list: nobody can say whom the row is about, or as what; a full list with it is refused whole
    """

    number: int
    column: str
    reason: str
    code: str
    name: str = ""
    id_number: str = ""
    spoils_full_list: bool = False
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """All rows of a list in their order."""

    people: tuple[T, ...]
    errors: tuple[RowError, ...]


ParsedList: TypeAlias = Parsed[ListedPerson]


class RowRefused(DomainError):
    """Inside a reader: this row cannot be taken because of one of its columns."""

    code = "row_refused"

    def __init__(self, message: str, *, column: str, code: str, spoils_full_list: bool = False) -> None:
        super().__init__(message)
        self.column = column
        self.kind = code
        self.spoils_full_list = spoils_full_list


def parsed_list(
    table: Table,
    read: Callable[[Row], T],
    *,
    identify: Callable[[Row], str],
    before_each: Callable[[Row], None] = lambda _row: None,
) -> Parsed[T]:
    """Return every row as `read` reads it; what it refuses becomes an error with row, column and reason.

    :param identify: reads just the identity number of a row that `read` refused
    :param before_each: is told of every row in order, also of those that cannot be read
    """
    people: list[T] = []
    errors: list[RowError] = []
    for row in table.rows:
        before_each(row)
        try:
            _refuse_fault(row)
            people.append(read(row))
        except RowRefused as refused:
            id_number = _identified(row, identify)
            errors.append(
                RowError(
                    number=row.number,
                    column=table.header(refused.column),
                    reason=refused.message,
                    code=refused.kind,
                    name=shown_cell(row["name"]),
                    id_number=id_number,
                    spoils_full_list=refused.spoils_full_list or not (id_number or _is_named(row)),
                    sheet=row.sheet,
                )
            )
    return Parsed(tuple(people), tuple(errors))


def _refuse_fault(row: Row) -> None:
    if row.fault is not None:
        raise RowRefused(
            row.fault.reason,
            column=row.fault.field,
            code=row.fault.code,
            spoils_full_list=row.fault.code != LOST_DIGITS,  # of a document: whose row it is, is known
        )


def _identified(row: Row, identify: Callable[[Row], str]) -> str:
    try:
        return identify(row)
    except RowRefused:
        return ""


def _is_named(row: Row) -> bool:
    try:
        return bool(name_of(row))
    except RowRefused:
        return False


def id_number_of(row: Row, *, on: datetime.date, column: str = "id_number") -> str:
    """Return the checked number of the row's document; permits other than the identity card are taken as they are.

    :raises RowRefused: if it is blank or cannot be anybody's
    """
    try:
        number = clean_id(row[column])
    except CellUnreadable as error:
        raise RowRefused(error.message, column=column, code="identity_number_invalid") from None
    if not SOME_DIGIT.search(number):  # 无, -, 待补, 0: as good as blank
        raise RowRefused("证件号码为空", column=column, code="blank_id_number", spoils_full_list=True)
    if PERMIT.fullmatch(number):
        return number
    try:
        return read_identity_number(number, on=on).number
    except InvalidIdentityNumber as error:
        raise RowRefused(error.message, column=column, code=error.code) from None


def name_of(row: Row) -> str:
    """Return the name without padding.

    :raises RowRefused: if it is blank, lost signs on its way, or is no name
    """
    name = " ".join(row["name"].split())
    if not name:
        raise RowRefused("姓名为空", column="name", code="blank_name")
    if set(name) & LOST_SIGNS:
        raise RowRefused("姓名有乱码或问号，请按证件补全后重新上传", column="name", code="name_garbled")
    if NO_NAME.search(name) or len(name) > LONGEST_NAME or not any(map(str.isalpha, name)):
        raise RowRefused(
            f"“{shown_cell(name)}”不是姓名，请检查各栏是否填错位置", column="name", code="name_unreadable"
        )
    return name


def identity_names_of(row: Row, column: str) -> tuple[str, ...]:
    """Return the names of identities in a cell, each once.

    :raises RowRefused: if there is none, or one is a number, a formula or a sentence
    """
    names = tuple(part for name in names_in(row[column]) for part in joined_in(name, shipped_names()))
    if not names:
        raise RowRefused("身份为空", column=column, code="blank_identity", spoils_full_list=True)
    for name in names:
        is_word = any(map(str.isalpha, name)) or CODE.fullmatch(name)
        if NO_NAME.search(name) or len(name) > LONGEST_IDENTITY or not is_word:
            raise RowRefused(
                f"“{shown_cell(name)}”不是身份名称，请检查各栏是否填错位置",
                column=column,
                code="identity_unreadable",
            )
    return names


def household_of(row: Row, column: str = "household") -> str:
    """Return the number of the household as it is written; empty = not said.

    :raises RowRefused: if the spreadsheet kept it as a number and so lost its last digits
    """
    number = row[column]
    if ROUNDED.fullmatch(number):
        raise RowRefused(
            "户编号在表格中存成了数字，末几位已丢失；请将该列设为文本格式后重新填写",
            column=column,
            code="household_number_rounded",
        )
    return number


def first_day_of(row: Row, column: str = "since") -> tuple[datetime.date | None, bool]:
    """Return the first day as `day_of`, and whether just its month is stated.

    :raises RowRefused: if it is none
    """
    since = day_of(row, column, read=parse_date)
    return since, since is not None and is_month_alone(row[column])


def document_of(row: Row, column: str = "document") -> str:
    """Return the number of a document, an identity number in it masked."""
    return hidden_numbers(" ".join(row[column].split()))[:LONGEST_DOCUMENT]


def day_of(row: Row, column: str, *, read: Callable[[str], datetime.date | None]) -> datetime.date | None:
    """Return the day in a column as `read` reads it; null = empty, or a mark for nothing (/, 无, -).

    :raises RowRefused: if it is none
    """
    if is_nothing(row[column]):
        return None
    try:
        return read(row[column])
    except CellUnreadable as error:
        raise RowRefused(error.message, column=column, code="date_unreadable") from None
