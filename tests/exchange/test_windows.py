"""Large sheets are read some rows at a time, and say the same as read whole."""

import datetime
import io
import zipfile

import pytest
import xlsxwriter

from exchange.parsers import cutting, extents, windows
from exchange.parsers.refusals import ListUnreadable
from exchange.parsers.sources import sheets

DAY = datetime.date(2024, 3, 1)
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def large(monkeypatch):
    """Call every sheet large, and let a window hold a few rows."""
    monkeypatch.setattr(extents, "LARGE_SHEET", 0)
    monkeypatch.setattr(cutting, "CHUNK", 600)
    monkeypatch.setattr(windows, "WINDOW", 700)


def book(rows, *, first=(0, 0), **options):
    """Return a workbook of one sheet; null = the row is not written."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, options) as made:
        sheet, dated = made.add_worksheet("甲"), made.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows, start=first[0]):
            for place, cell in enumerate(row or (), start=first[1]):
                if isinstance(cell, datetime.date):
                    sheet.write_datetime(number, place, cell, dated)
                else:
                    sheet.write(number, place, cell)
    return stream.getvalue()


def changed(content, change):
    """Return the workbook with the text of its sheet changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text) if name == SHEET else text)
    return stream.getvalue()


def read(content):
    """Return what is written where, and how many lines there are."""
    (sheet,) = sheets(content)
    lines = list(sheet.lines())
    found = {
        (number, place): cell
        for number, line in enumerate(lines, start=1)
        for place, cell in enumerate(line)
        if cell != ""
    }
    return found, len(lines)


ROWS = [
    [None, "姓名", "户号", "时间"],
    *([None, f"居民{place}", place, DAY] for place in range(60)),
    None,
    *[None] * 40,
    *(["备注", f"居民{place % 7}", place / 4, True] for place in range(60)),
]


@pytest.mark.parametrize("options", [{}, {"constant_memory": True}], ids=["shared texts", "texts in cells"])
@pytest.mark.parametrize("first", [(0, 0), (7, 3)])
def test_rows_and_places_are_those_of_the_sheet_read_whole(monkeypatch, large, options, first):
    content = book(ROWS, first=first, **options)

    in_windows = read(content)
    monkeypatch.setattr(extents, "LARGE_SHEET", 15_000_000)

    assert in_windows == read(content)
    assert in_windows[1] == len(ROWS) + first[0]


def test_windows_hold_only_some_rows(monkeypatch, large):
    held = []
    whole = windows._workbook_of
    monkeypatch.setattr(
        windows,
        "_workbook_of",
        lambda archive, part, sheet: held.append(sheet.count(b"<row ")) or whole(archive, part, sheet),
    )

    read(book(ROWS))

    assert sum(held) == sum(row is not None for row in ROWS)
    assert max(held) < len(ROWS) / 4


def test_rows_out_of_order_are_refused(large):
    content = changed(book(ROWS), lambda text: text.replace(b'r="150"', b'r="2"').replace(b'B150"', b'B2"'))

    with pytest.raises(ListUnreadable, match="工作表“甲”已损坏"):
        read(content)


def test_a_sheet_with_more_than_tags_and_texts_is_read_whole(monkeypatch, large):
    content = book(ROWS)
    remark = b'<!-- <row r="1"> --><sheetData>'
    remarked = changed(content, lambda text: text.replace(b"<sheetData>", remark))
    monkeypatch.setattr(windows, "_workbook_of", None)

    assert read(remarked)[1] == len(ROWS)


def test_merged_cells_stand_below_the_rows(monkeypatch, large):
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="B3:B90"/></mergeCells>'
    content = changed(book(ROWS), lambda text: text.replace(b"</sheetData>", merged))

    assert list(sheets(content)[0].merges()) == [(3, 90, 1)]
    assert list(sheets(book(ROWS))[0].merges()) == []
