"""Lists with a header somewhere near the top, read by the names of their columns.

    table = read_table(content, "名单.xlsx", columns=[
        Column("id_number", ("身份证号", "公民身份号码"), is_key=True), Column("name", ("姓名",))])

Said of rows: `number` is the line as the user sees it in the spreadsheet, `cells` what the wanted columns say, as
text. Blank rows are skipped; so are remarks below the last row that has a key. `cells.py` reads what a text means.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from exchange.parsers.cells import (
    CellUnreadable,
    as_text,
    clean_id,
    normalized_spaces,
    parse_date,
    parse_money,
    parse_month,
)
from exchange.parsers.sources import Line, ListUnreadable, Sheet, sheets

__all__ = [
    "CellUnreadable",
    "Column",
    "ListUnreadable",
    "Row",
    "Table",
    "clean_id",
    "parse_date",
    "parse_money",
    "parse_month",
    "read_table",
]

HEADER_WITHIN = 10
MOST_ROWS = 1_000_000
REMARK = re.compile(
    r"(合计|总计|小计|共计|共\d|备注|附注|注[:：0-9]|说明|填表|填报|制表|经办|审核|复核|负责|单位|联系|日期|打印|以上|以下空白|本表)"
)
BRACKETS = str.maketrans("（）【】［］〔〕", "()[][][]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column wanted of a list.

    :param aliases: the headers it is known by; the first one names it in messages
    :param is_key: holds what identifies a row; a line at the end without it may be a remark
    """

    field: str
    aliases: tuple[str, ...]
    required: bool = True
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line; `cells` has every column found in the file, empty text where the cell is empty."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Return the text of a column, empty also where the file lacks the column."""
        return self.cells.get(name, "")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows in order, and `headers`: column → how the file calls it."""

    rows: tuple[Row, ...]
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """Return how the file calls a column, for messages; the field's own name if the file lacks it."""
        return self.headers.get(name, name)


@dataclass(frozen=True, slots=True)
class _Header:
    number: int
    places: Mapping[str, int]
    titles: Mapping[str, str]


def read_table(content: bytes, file_name: str, *, columns: Sequence[Column]) -> Table:
    """Return the rows below the header of the first visible sheet that has all required columns.

    :param file_name: for messages; what the file is shows from its content
    :raises ListUnreadable: if the file is empty, broken, protected, too large, or lacks a required column
    """
    try:
        return _read(sheets(content), columns)
    except ListUnreadable as refused:
        raise ListUnreadable(
            f"无法读取“{file_name}”：{refused.message}", file_name=file_name, **refused.details
        ) from None


def _read(found: Sequence[Sheet], columns: Sequence[Column]) -> Table:
    nearest: list[Column] = list(columns)
    for sheet in found:
        header = _header(islice(sheet(), HEADER_WITHIN), columns)
        missing = [column for column in columns if column.required and column.field not in header.places]
        if not missing:
            return Table(rows=tuple(_rows(sheet(), header, columns)), headers=header.titles)
        if len(missing) < len(nearest):
            nearest = missing
    names = "、".join(column.aliases[0] for column in nearest if column.required)
    raise ListUnreadable(
        f"前{HEADER_WITHIN}行中没有找到表头，缺少“{names}”一栏，请补上后重新上传",
        missing=[column.field for column in nearest if column.required],
    )


def _header(lines: Iterable[Line], columns: Sequence[Column]) -> _Header:
    """Return the line that names most of the columns, the first of equals."""
    names = {_plain(alias): column.field for column in columns for alias in column.aliases}
    best = _Header(0, {}, {})
    for number, line in enumerate(lines, start=1):
        places: dict[str, int] = {}
        titles: dict[str, str] = {}
        for place, cell in enumerate(line):
            title = as_text(cell)
            name = names.get(_plain(title))
            if name is not None and name not in places:
                places[name], titles[name] = place, " ".join(title.split())
        if len(places) > len(best.places):
            best = _Header(number, places, titles)
    return best


def _rows(lines: Iterator[Line], header: _Header, columns: Sequence[Column]) -> Iterator[Row]:
    """Yield the rows below the header; lines without a key wait until one with a key follows."""
    keys = [column.field for column in columns if column.is_key and column.field in header.places]
    said = [column.field for column in columns if column.required and not column.is_key]
    waiting: list[tuple[Row, Line]] = []
    count = 0
    for number, line in enumerate(lines, start=1):
        if number <= header.number:
            continue
        cells = {
            name: as_text(line[place]) if place < len(line) else "" for name, place in header.places.items()
        }
        if not any(cells.values()):
            continue
        count += 1
        if count > MOST_ROWS:
            raise ListUnreadable(f"超过 {MOST_ROWS:,} 行，请分成几个文件上传")
        row = Row(number, cells)
        if keys and not any(cells[key] for key in keys):
            waiting.append((row, line))
            continue
        yield from (each for each, _ in waiting)
        waiting.clear()
        yield row
    yield from (row for row, line in waiting if not _is_remark(row, line, said=said))


def _is_remark(row: Row, line: Line, *, said: Sequence[str]) -> bool:
    """Return whether a line without a key is a remark; one that says all a person's line must say is not."""
    remarks = [text for text in map(as_text, line) if REMARK.match(text) or "：" in text]
    return bool(remarks) and not all(row[name] and row[name] not in remarks for name in said)


def _plain(title: str) -> str:
    """Return a header as headers are compared: without spaces, marks of obligation and units in brackets."""
    text = normalized_spaces(title).translate(BRACKETS).replace(" ", "").strip("*:").lower()
    return re.sub(r"\((必填|选填|元|必录|%|单位:元)\)$", "", text)
