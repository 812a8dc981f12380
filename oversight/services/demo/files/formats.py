"""Bytes of a list: text in an agency's encoding, or a workbook. The same rows give the same bytes."""

import csv
import datetime
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlsxwriter import Workbook

WRITTEN_AT = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
Cell = str | int | Decimal | datetime.date | None


@dataclass(frozen=True, slots=True)
class Planted:
    """A line that is wrong on purpose.

    :param line: as the user sees it in the file
    :param what: what is wrong, for people
    """

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file as it is sent."""

    name: str
    content: bytes
    rows: int
    planted: tuple[Planted, ...] = ()


def columns(names: str) -> tuple[str, ...]:
    """Return the headers of a list, written with spaces between them."""
    return tuple(names.split())


def text_file(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, encoding: str = "utf-8-sig") -> bytes:
    """Return comma-separated lines; a sign the encoding lacks becomes a question mark, as the agency's system does."""
    stream = io.StringIO(newline="")
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow(header)
    lines.writerows([["" if cell is None else str(cell) for cell in row] for row in rows])
    return stream.getvalue().encode(encoding, errors="replace")


def workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, remark: str = "") -> bytes:
    """Return a workbook as offices make it: a merged title, the header below it, the list, a remark at the end."""
    stream = io.BytesIO()
    book = Workbook(stream, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": WRITTEN_AT.replace(tzinfo=None), "author": "openYibao"})
    sheet = book.add_worksheet("Sheet1")
    day = book.add_format({"num_format": "yyyy/m/d"})
    sheet.merge_range(0, 0, 0, len(header) - 1, title)
    sheet.write_row(1, 0, header)
    place = 1
    for row in rows:
        place += 1
        for column, cell in enumerate(row):
            match cell:
                case None | "":
                    continue
                case datetime.date():
                    sheet.write_datetime(place, column, cell, day)
                case Decimal() | int():
                    sheet.write_number(place, column, cell)
                case _:
                    sheet.write_string(place, column, cell)
    if remark:
        sheet.write_string(place + 2, 0, remark)
    book.close()
    return stream.getvalue()
