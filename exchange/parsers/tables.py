"""Lists with a header somewhere near the top, read by the names of their columns.

    table = read_table(content, "名单.xlsx", columns=[
        Column("id_number", ("身份证号", "公民身份号码"), is_key=True), Column("name", ("姓名",))])

Said of rows: `number` is the line as the user sees it in the spreadsheet, `sheet` the sheet it is on, `cells` what the
wanted columns say, as text. Every visible sheet that has the required columns belongs to the list (one sheet a town,
say). Blank rows and headers repeated page by page are skipped; so are remarks below the last row that has a key.
`cells.py` reads what a text means.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import islice

from exchange.parsers.asides import (
    IDENTITY,
    Places,
    is_closing,
    is_numbers_of_columns,
    is_sum,
    may_be_about_nobody,
    may_say_who,
)
from exchange.parsers.cells import (
    CellUnreadable,
    as_text,
    clean_id,
    parse_amount,
    parse_date,
    parse_money,
    parse_month,
    since_1900,
)
from exchange.parsers.cutting import Wanted
from exchange.parsers.faults import EMPTY_RESULT, Fault, lost_digits
from exchange.parsers.headers import (
    HEADER_WITHIN,
    Column,
    Header,
    column_letters,
    find_header,
    plain_title,
    sheet_shown,
)
from exchange.parsers.merges import Covering, MergedCells
from exchange.parsers.refusals import ListUnreadable
from exchange.parsers.sources import Line, Sheet, sheets
from exchange.parsers.texts import LONGEST_CELL

__all__ = [
    "CellUnreadable",
    "Column",
    "Fault",
    "ListUnreadable",
    "Row",
    "Table",
    "clean_id",
    "parse_amount",
    "parse_date",
    "parse_money",
    "parse_month",
    "read_table",
]

MOST_ROWS = 1_000_000
NAME = "name"  # the column that says who, in every list of people


@dataclass(frozen=True, slots=True)
class Row:
    """One line; it has every column found in the file, empty text where the cell is empty."""

    number: int
    values: tuple[str, ...]
    places: Mapping[str, int]
    sheet: str = ""
    fault: Fault | None = None

    def __getitem__(self, name: str) -> str:
        """Return the text of a column, empty also where the file lacks the column."""
        place = self.places.get(name)
        return "" if place is None else self.values[place]

    @property
    def cells(self) -> dict[str, str]:
        """Columns and what they say."""
        return {name: self.values[place] for name, place in self.places.items()}


@dataclass(frozen=True, slots=True)
class Table:
    """The rows in order, and `headers`: column → how the file calls it."""

    rows: tuple[Row, ...]
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """Return how the file calls a column, for messages; the field's own name if the file lacks it."""
        return self.headers.get(name, name)


def read_table(content: bytes, file_name: str, *, columns: Sequence[Column]) -> Table:
    """Return the rows below the headers of the visible sheets that have all required columns.

    :param file_name: for messages; what the file is shows from its content
    :raises ListUnreadable: if the file is empty, broken, protected, too large, lacks a required column or has it twice
    """
    try:
        return _read(sheets(content), columns)
    except ListUnreadable as refused:
        raise ListUnreadable(
            f"无法读取“{file_name}”：{refused.message}", file_name=file_name, **refused.details
        ) from None


def _read(found: Sequence[Sheet], columns: Sequence[Column]) -> Table:
    headed = [(sheet, find_header(list(islice(sheet.lines(), HEADER_WITHIN)), columns)) for sheet in found]
    whole = [(sheet, header) for sheet, header in headed if not header.missing(columns)]
    if not whole:
        raise _headless(headed, columns)
    rows: list[Row] = []
    for sheet, header in headed:
        if header.missing(columns):
            _refuse_half(sheet, header, columns)
            continue
        header.refuse_doubtful(sheet.name)
        rows += _rows(sheet, header, columns)
        if len(rows) > MOST_ROWS:
            raise ListUnreadable(f"超过 {MOST_ROWS:,} 行，请分成几个文件上传")
    return Table(tuple(rows), whole[0][1].titles)


def _headless(headed: Sequence[tuple[Sheet, Header]], columns: Sequence[Column]) -> ListUnreadable:
    """Return the refusal of a file no sheet of which has all columns: what the nearest one lacks."""
    required = [column for column in columns if column.required]
    nearest = min((header.missing(columns) for _, header in headed), key=len, default=required)
    sheet = next((sheet.name for sheet, header in headed if header.missing(columns) == nearest), "")
    names = "、".join(column.aliases[0] for column in nearest)
    shown = "" if nearest == required else sheet_shown(sheet)
    return ListUnreadable(
        f"{shown}前{HEADER_WITHIN}行中没有找到表头，缺少“{names}”一栏，请补上后重新上传",
        missing=[column.field for column in nearest],
    )


def _refuse_half(sheet: Sheet, header: Header, columns: Sequence[Column]) -> None:
    """Refuse a sheet that lists people but is not read: passed over, they would seem to be left out."""
    who = [header.places[each.field] for each in columns if _says_who(each) and each.field in header.places]
    lacking = "、".join(column.aliases[0] for column in header.missing(columns))
    for number, line in enumerate(sheet.lines(), start=1):
        cells = [as_text(cell) for cell in line]
        below = number > header.number and len(header.places) > 1
        if any(map(IDENTITY.fullmatch, cells)) or (
            below and any(place < len(cells) and cells[place] for place in who)
        ):
            raise ListUnreadable(
                f"{sheet_shown(sheet.name)}也列有人员（第{number}行），但前{HEADER_WITHIN}行的表头缺少“{lacking}”一栏；"
                "属于名单的请补上，不属于的请删除或隐藏该工作表"
            )


def _says_who(column: Column) -> bool:
    return column.is_key or column.field == NAME


def _rows(sheet: Sheet, header: Header, columns: Sequence[Column]) -> Iterator[Row]:
    """Yield the rows below the header; lines without a key wait for one with a key, or for the end of their page."""
    keys = [column.field for column in columns if column.is_key and column.field in header.places]
    places = _places(header, columns)
    waiting: list[tuple[Row, Sequence[str]]] = []
    is_below_header = True
    for row, line in _filled(sheet, header, columns):
        if row is None:
            yield from _not_closing(waiting, places)
            waiting.clear()
            is_below_header = True
            continue
        cells = [as_text(cell) for cell in line] if may_be_about_nobody([row[key] for key in keys]) else []
        if row.fault is None and _is_about_nobody(cells, places, is_below_header=is_below_header):
            continue
        is_below_header = False
        if keys and not any(may_say_who(row[key]) for key in keys):
            waiting.append((row, cells))
            continue
        yield from (each for each, _ in waiting)
        waiting.clear()
        yield row
    yield from _not_closing(waiting, places)


def _places(header: Header, columns: Sequence[Column]) -> Places:
    found = [column for column in columns if column.field in header.places]
    return Places(
        keys=tuple(header.places[column.field] for column in found if column.is_key),
        name=header.places.get(NAME),
        said=tuple(header.places[column.field] for column in found if column.required and not column.is_key),
    )


def _is_about_nobody(cells: Sequence[str], places: Places, *, is_below_header: bool) -> bool:
    return is_sum(cells, places) or (is_below_header and is_numbers_of_columns(cells, places))


def _not_closing(waiting: Sequence[tuple[Row, Sequence[str]]], places: Places) -> Iterator[Row]:
    return (row for row, cells in waiting if row.fault is not None or not is_closing(cells, places))


def _filled(sheet: Sheet, header: Header, columns: Sequence[Column]) -> Iterator[tuple[Row | None, Line]]:
    """Yield the lines below the header of which a wanted column says something; no row for a header repeated."""
    names = list(header.places)
    wanted = [header.places[name] for name in names]
    places = {name: place for place, name in enumerate(names)}
    titles = [plain_title(header.titles[name]) for name in names]
    days = {column.field for column in columns if sheet.begins_1904 and column.says_days}
    shared = {column.field for column in columns if column.is_shared}
    codes = {
        column.field: places[column.field] for column in columns if column.is_code and column.field in places
    }
    count = 0
    merged = MergedCells(sheet.merges(), below=header.number)
    for number, line in enumerate(sheet.wanted_lines(_wanted(sheet, header, columns)), start=1):
        if number <= header.number:
            continue
        covered = merged.over(number, line)
        values = tuple(_texts(line, wanted))
        fault = _fault(sheet, number, header) if sheet.faults else None
        if not any(values) and (fault is None or EMPTY_RESULT in fault.reason):
            continue
        if values[0] and plain_title(values[0]) == titles[0] and list(map(plain_title, values)) == titles:
            yield None, line
            continue
        count += 1
        if count > MOST_ROWS:
            raise ListUnreadable(f"超过 {MOST_ROWS:,} 行，请分成几个文件上传")
        if any(len(value) > LONGEST_CELL for value in values):
            raise ListUnreadable(
                f"{sheet_shown(sheet.name)}第{number}行有一格超过 {LONGEST_CELL:,} 字，不是名单，请检查"
            )
        row = Row(number, values, places, sheet.name, fault or lost_digits(values, codes, header.titles))
        row = _completed(row, header, covered, shared) if covered else row
        yield _since_1900(row, days) if days else row, line


def _wanted(sheet: Sheet, header: Header, columns: Sequence[Column]) -> Wanted:
    """Return the columns found, and which lines are wanted whole: those that say something, but not of whom.

    A line with a fault is one if it says anything anywhere.
    """
    places, keys = tuple(header.places.values()), _places(header, columns).keys

    def is_whole(line: Line) -> bool:
        return may_be_about_nobody(_texts(line, keys)) and any(_texts(line, places))

    faulty = frozenset(number for number, place in sheet.faults if place in places)
    return Wanted(frozenset(places), is_whole, faulty)


def _texts(line: Line, places: Sequence[int]) -> list[str]:
    width = len(line)
    return [as_text(line[place]) if place < width else "" for place in places]


def _since_1900(row: Row, days: AbstractSet[str]) -> Row:
    """Return a row of a workbook that counts from 1904 with its numbers of days as others count them."""
    return replace(
        row, values=tuple([since_1900(text) if name in days else text for name, text in row.cells.items()])
    )


def _completed(row: Row, header: Header, covered: Mapping[int, Covering], shared: AbstractSet[str]) -> Row:
    """Return a row that says something itself with what merged cells say of it; who it is, they cannot say."""
    values, fault = list(row.values), row.fault
    for name, at in row.places.items():
        cell = covered.get(header.places[name])
        if cell is None or values[at] == cell.text:
            continue
        if name in shared and not values[at]:
            values[at] = cell.text
        else:
            fault = fault or Fault(name, cell.reason, "merged_cells")
    return replace(row, values=tuple(values), fault=fault)


def _fault(sheet: Sheet, number: int, header: Header) -> Fault | None:
    for name, place in header.places.items():
        reason = sheet.faults.get((number, place))
        if reason is not None:
            at = f"{column_letters(place)}{number}"
            return Fault(name, f"单元格 {at} 的{reason}，请改成文字后重新上传")
    return None
