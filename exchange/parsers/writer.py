"""Lists as partners can open them: xlsx with every text stored as text, so that nothing in it is a formula."""

import datetime
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

WIDEST = 50
NARROWEST = 8
FULL_WIDTH_FROM = "\u2e80"


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of a workbook: a fixed header, then the rows."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[object]]


def write_xlsx(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "名单") -> bytes:
    """Return a workbook with one sheet."""
    return write_book([Page(title, columns, rows)])


def write_book(pages: Iterable[Page]) -> bytes:
    """Return a workbook with a sheet a page.

    Text stays text whatever it begins with (identity numbers, `=…`, web addresses); money has two decimals.
    """
    stream = io.BytesIO()
    book = Workbook(
        stream,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    formats = {
        "text": book.add_format({"num_format": "@"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "money": book.add_format({"num_format": "#,##0.00"}),
        "head": book.add_format({"bold": True, "bg_color": "#E7ECF3", "border": 1}),
    }
    for page in pages:
        _write_page(book.add_worksheet(page.title[:31]), page, formats)
    book.close()
    return stream.getvalue()


def _write_page(sheet: Worksheet, page: Page, formats: dict[str, Format]) -> None:
    for place, name in enumerate(page.columns):
        sheet.set_column(place, place, min(max(width_of(name) + 2, NARROWEST), WIDEST), formats["text"])
        sheet.write_string(0, place, name, formats["head"])
    for number, row in enumerate(page.rows, start=1):
        for place, value in enumerate(row):
            _write(sheet, number, place, value=value, formats=formats)
    sheet.freeze_panes(1, 0)


def _write(sheet: Worksheet, row: int, place: int, *, value: object, formats: dict[str, Format]) -> None:
    match value:
        case None | "":
            return
        case bool():
            sheet.write_string(row, place, "是" if value else "否", formats["text"])
        case Decimal():
            sheet.write_number(row, place, value, formats["money"])
        case int() | float():
            sheet.write_number(row, place, value)
        case datetime.datetime():
            sheet.write_string(row, place, value.isoformat(" ", "seconds"), formats["text"])
        case datetime.date():
            sheet.write_datetime(row, place, value, formats["day"])
        case _:
            sheet.write_string(row, place, str(value), formats["text"])


def width_of(text: str) -> int:
    """Return how many narrow signs a text is wide."""
    return sum(2 if sign >= FULL_WIDTH_FROM else 1 for sign in text)
