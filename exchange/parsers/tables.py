"""Lists with a header somewhere near the top, read by the names of their columns.

    table = read_table(content, "名单.xlsx", columns=[
        Column("id_number", ("身份证号", "公民身份号码"), is_key=True), Column("name", ("姓名",))])

Said of rows: `number` is the line as the user sees it in the spreadsheet, `sheet` the sheet it is on, `cells` what the
wanted columns say, as text. Every visible sheet that has the required columns belongs to the list (one sheet a town,
say). Blank rows and headers repeated page by page are skipped; so are remarks below the last row that has a key.
`cells.py` reads what a text means.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from exchange.parsers.cells import (
    CellUnreadable,
    as_text,
    clean_id,
    parse_date,
    parse_money,
    parse_month,
)
from exchange.parsers.headers import (
    HEADER_WITHIN,
    Column,
    Header,
    column_letters,
    find_header,
    plain_title,
    sheet_shown,
)
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
    "parse_date",
    "parse_money",
    "parse_month",
    "read_table",
]

MOST_ROWS = 1_000_000
NAME = "name"  # the column that says who, in every list of people
REMARK = re.compile(
    r"(合计|总计|小计|共计|共\d|备注|附注|注[:：0-9]|说明|填表|填报|制表|经办|审核|复核|负责|单位|联系|日期|打印|以上|以下空白|本表)"
)
LABEL = re.compile(
    r".*[:：]|(合计|总计|小计|共计|备注|说明)|(制表|填表|填报|经办|审核|复核|负责|联系|打印|单位)(人员?|日期|单位|电话)?"
)
IDENTITY = (
    re.compile(  # a cell of it alone: with 18 digits, 15, a certificate's 20 or 22, or as a number rounded
        r"'?[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]([1-7][1-4](B\d)?)?"
        r"|'?[1-9]\d{7}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}"
        r"|[1-9]\.\d{9,}E\+17"
    )
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A wanted cell that a formula left without a result; it reads as blank, and is not."""

    field: str
    reason: str


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
    """Yield the rows below the header; lines without a key wait until one with a key follows."""
    keys = [column.field for column in columns if column.is_key and column.field in header.places]
    said = [column.field for column in columns if column.required and not column.is_key]
    name_at = header.places.get(NAME)
    waiting: list[tuple[Row, Line]] = []
    for row, line in _filled(sheet, header):
        if keys and not any(row[key] and not REMARK.match(row[key]) for key in keys):
            waiting.append((row, line))
            continue
        yield from (each for each, _ in waiting)
        waiting.clear()
        yield row
    yield from (row for row, line in waiting if not _is_remark(row, line, said=said, name_at=name_at))


def _filled(sheet: Sheet, header: Header) -> Iterator[tuple[Row, Line]]:
    """Yield the lines below the header of which a wanted column says something."""
    names = list(header.places)
    wanted = [header.places[name] for name in names]
    places = {name: place for place, name in enumerate(names)}
    titles = [plain_title(header.titles[name]) for name in names]
    count = 0
    for number, line in enumerate(sheet.lines(), start=1):
        if number <= header.number:
            continue
        width = len(line)
        values = tuple([as_text(line[place]) if place < width else "" for place in wanted])
        fault = _fault(sheet, number, header) if sheet.faults else None
        if not any(values) and fault is None:
            continue
        if values[0] and plain_title(values[0]) == titles[0] and list(map(plain_title, values)) == titles:
            continue
        count += 1
        if count > MOST_ROWS:
            raise ListUnreadable(f"超过 {MOST_ROWS:,} 行，请分成几个文件上传")
        if any(len(value) > LONGEST_CELL for value in values):
            raise ListUnreadable(
                f"{sheet_shown(sheet.name)}第{number}行有一格超过 {LONGEST_CELL:,} 字，不是名单，请检查"
            )
        yield Row(number, values, places, sheet.name, fault), line


def _fault(sheet: Sheet, number: int, header: Header) -> Fault | None:
    for name, place in header.places.items():
        reason = sheet.faults.get((number, place))
        if reason is not None:
            at = f"{column_letters(place)}{number}"
            return Fault(name, f"单元格 {at} 的{reason}，请改成文字后重新上传")
    return None


def _is_remark(row: Row, line: Line, *, said: Sequence[str], name_at: int | None) -> bool:
    """Return whether a line without a key is a remark; one that names somebody or says all is not."""
    cells = [as_text(cell) for cell in line]
    remarks = [text for text in cells if REMARK.match(text) or "：" in text]
    return (
        bool(remarks)
        and row.fault is None
        and not _names_somebody(cells, name_at, remarks)
        and not all(row[name] and row[name] not in remarks for name in said)
    )


def _names_somebody(cells: Sequence[str], place: int | None, remarks: Sequence[str]) -> bool:
    """Return whether the name says who: not a remark, not a count, not the answer to a label (填表人 张三)."""
    name = cells[place] if place is not None and place < len(cells) else ""
    if not any(map(str.isalpha, name)) or name in remarks:
        return False
    before = [text for text in cells[:place] if text]
    return not (before and LABEL.fullmatch(before[-1]))
