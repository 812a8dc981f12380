"""Cells merged over several lines: what they say of each line, and what they cannot say."""

import base64
import io
import zipfile
import zlib

import pytest

from exchange.parsers.archives import look_through
from exchange.parsers.merges import MergedCells, merges_of
from exchange.parsers.tables import Column, ListUnreadable, read_table
from tests.exchange.test_reading_sheets import book

NUMBERS = ["230199196503010428", "13029919530707013X", "130299198502281112"]
HEAD = ["身份证号", "姓名", "身份类别", "认定时间"]
COLUMNS = (
    Column("id_number", ("身份证号",), is_key=True),
    Column("name", ("姓名",)),
    Column("identity", ("身份类别",), is_shared=True),
    Column("since", ("认定时间",), required=False),
)
OLD_WORKBOOK = (  # with 农村低保 merged over C2:C3
    "eNrtWE1IVFEU/u6bGWfG/BknDTSQQchKXcx7kzUudCooVz0dkxojKM1BQtEYamEFWeYioghaFW4ENxFYbfonctciMHIRBIIWrdoUFLXQeZ175s"
    "401iwcKLF43+Wee+6597v3vHd/33s1UzY/ca9qAb+gBQ4kLS8KsmyCojed8YHKLUuq6dRD0bLxT8HroYEscOFJ8Uu3HEM53gvQcNc5TRJ4R/Ew"
    "TsAcGowHVhG72YduIX1oJikwTpYSVLJXfpbHWK5neYdrPmW5ky1XWDZT3XlxCDMRsy6sZnFMq+GyEsh2HzDnLVt0VOCFnMXnrolUXRd2JY53D6"
    "zNgmpnESZB49YaH4wnugfmUU4DOImvVgD4kl6pzwO2fXXtAmT/vtzuzmG/rjmBEVhHeYKPoQgNTlmiCeNUtG8Rl7COcjI6IW5fXTKnL3/bT1Vn"
    "u4o7leXM2foOP2CEgnpTk960vTFIWnCbESajHgoa0tgYCu6goIdiWcZwY9AwwrquGwLUHYkuk0SlSQ2PR6N9ZttcG6nDiU8HHpuxzkK59/Ne4V"
    "u2VxTzGioi2YtS1st4JfnoNFi89fn1vp72yBG2jPD5kDpFNskHh4XzkkHkEi7hZ6dzB6hjRj3LC9zqRtarWJbT/Ke0tr1CKXtHuc5FLq2lfkKM"
    "2cjmLH0L6WMfow+rx95HtpI+1bpwunzqTWQCNXSq9RJfhlE0iAZx84bEo0g6FWrHmWNZ+dvu49F8yndLHZWlWEIhq2UsUzn5dkQmp6l3JdkiB1"
    "sw26HqC2YXZHKS7VVsLQdbY7ZT1U+NjBy2Z/Tsmupbch05uA7muhTXwVxPJie50v8PyiuNQ4vmx33ZKe2/P1EIGzZs2LBhw4YNG2sJgu+hqVu3"
    "vCu61L3erf7rLFFM2r9J/lt0YIjCSfow3YNBShMYzmv+bIBLpNsSK+Sk/xdKHKTeE+hHD/vRn/f8pe8ykf08Kyb6/twSyrf/ZD5+/uX+fwAyT+"
    "ZA"
)


def rows(content):
    return read_table(content, "名单.xlsx", columns=COLUMNS).rows


def merged(letter, text, *, hidden=""):
    """Return the rows of a list of three people in which a cell of a column is merged over the first two.

    :param hidden: what the file keeps in the cell covered
    """
    people = [[number, f"人{'甲乙丙'[at]}", "低保", "2024-01-01"] for at, number in enumerate(NUMBERS)]
    people[0]["ABCD".index(letter)], people[1]["ABCD".index(letter)] = "", hidden
    return rows(
        book(("甲村", [HEAD, *people], lambda sheet: sheet.merge_range(f"{letter}2:{letter}3", text)))
    )


def test_a_cell_covers_the_lines_below_it_and_no_others():
    cells = MergedCells([(3, 4, 0), (5, 6, 0), (1, 9, 1), (3, 3, 2), (4, 6, 5)], below=2)

    over = [
        {place: cell.text for place, cell in cells.over(number, [f"第{number}行"]).items()}
        for number in range(3, 8)
    ]

    assert over == [{}, {0: "第3行"}, {}, {0: "第5行"}, {}]


def test_ranges_of_one_line_cover_nothing():
    assert merges_of([((1, 2), (1, 4)), ((1, 2), (3, 4))]) == [(2, 4, 2)]
    assert merges_of(None) == []


def test_a_shared_column_says_so_of_every_line_a_cell_covers():
    found = merged("C", "特困")

    assert [row["identity"] for row in found] == ["特困", "特困", "低保"]
    assert [row.fault for row in found] == [None, None, None]


@pytest.mark.parametrize(("letter", "field"), [("A", "id_number"), ("B", "name"), ("D", "since")])
def test_any_other_column_cannot_and_the_line_below_names_the_cells(letter, field):
    first, second, third = merged(letter, NUMBERS[0] if field == "id_number" else "文")

    assert second.fault is not None
    assert (second.fault.field, second.fault.code) == (field, "merged_cells")
    assert second.fault.reason == f"单元格 {letter}2:{letter}3 合并为一格，请取消合并、逐行填写后重新上传"
    assert first.fault is third.fault is None


def test_what_the_file_keeps_below_a_merged_cell_is_seen_by_nobody():
    assert merged("C", "特困", hidden="特困")[1].fault is None
    contradicted = merged("C", "特困", hidden="低保")[1]
    assert contradicted.fault is not None
    assert contradicted.fault.code == "merged_cells"


def test_a_line_that_says_nothing_itself_stays_blank_below_a_cell_over_all():
    def merge(sheet):
        for letter in "ABCD":
            sheet.merge_range(f"{letter}2:{letter}3", NUMBERS[0] if letter == "A" else "文")

    (row,) = rows(book(("甲村", [HEAD], merge)))

    assert row.number == 2


def test_a_blank_cell_over_several_lines_says_nothing_of_them():
    found = merged("D", "")

    assert [row.fault for row in found] == [None, None, None]
    assert [row["since"] for row in found] == ["", "", "2024-01-01"]


def test_headings_merged_with_the_line_below_are_no_text_of_it():
    def merge(sheet):
        sheet.merge_range("C1:C2", "身份类别")

    (row,) = rows(book(("甲村", [HEAD, [], [NUMBERS[0], "甲", "低保"]], merge)))

    assert row["identity"] == "低保"


def test_a_workbook_of_the_old_format_tells_its_merged_cells():
    content = zlib.decompress(base64.b64decode(OLD_WORKBOOK))

    assert [row["identity"] for row in rows(content)] == ["农村低保", "农村低保", "特困人员"]


OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"


def ods(*tables):
    """Return an ods file; each table is (name, lines of cells), a cell is a text or (text, lines, columns)."""

    def cell(said):
        text, down, right = said if isinstance(said, tuple) else (said, 1, 1)
        if text is None:
            return "<table:covered-table-cell/>"
        spans = f' table:number-rows-spanned="{down}" table:number-columns-spanned="{right}"'
        shown = f'office:value-type="string"{spans if down * right > 1 else ""}'
        return (
            f"<table:table-cell {shown}><text:p>{text}</text:p></table:table-cell>"
            if text
            else "<table:table-cell/>"
        )

    def line(cells):
        return f"<table:table-row>{''.join(map(cell, cells))}</table:table-row>"

    body = "".join(
        f'<table:table table:name="{name}">{"".join(map(line, lines))}</table:table>'
        for name, lines in tables
    )
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{OFFICE}manifest:1.0"/>',
        "content.xml": (
            f'<office:document-content xmlns:office="{OFFICE}office:1.0" xmlns:table="{OFFICE}table:1.0" '
            f'xmlns:text="{OFFICE}text:1.0"><office:body><office:spreadsheet>{body}'
            "</office:spreadsheet></office:body></office:document-content>"
        ),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def household(*identity, name="甲村"):
    """Return a table of three people, the third cell of the lines as given."""
    said = zip(NUMBERS, "甲乙丙", identity, strict=True)
    return (name, [HEAD, *([number, f"人{who}", cell, "2024-01-01"] for number, who, cell in said)])


def test_a_merged_cell_of_an_open_document_says_so_of_every_line_it_covers():
    found = rows(ods(household(("特困", 2, 1), None, "低保")))

    assert [row["identity"] for row in found] == ["特困", "特困", "低保"]
    assert [row.fault for row in found] == [None, None, None]


def test_the_merged_cells_of_an_open_document_are_those_of_their_own_table_behind_repeated_lines():
    first, second = household("低保", "低保", "低保"), household("孤儿", ("特困", 2, 1), None, name="乙村")
    blank = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ods(first, second))) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, text.replace('table:name="乙村">', f'table:name="乙村">{blank}'))

    found = rows(content.getvalue())

    assert [(row.sheet, row.number, row["identity"]) for row in found] == [
        ("甲村", 2, "低保"),
        ("甲村", 3, "低保"),
        ("甲村", 4, "低保"),
        ("乙村", 5, "孤儿"),
        ("乙村", 6, "特困"),
        ("乙村", 7, "特困"),
    ]


def test_a_day_merged_over_two_lines_of_an_open_document_is_a_fault_of_the_second():
    table = [HEAD, *([number, "人", "低保", "2024-01-01"] for number in NUMBERS)]
    table[1][3], table[2][3] = ("2024-03-01", 2, 1), None

    first, second, third = rows(ods(("甲村", table)))

    assert first.fault is third.fault is None
    assert second.fault is not None
    assert second.fault.reason == "单元格 D2:D3 合并为一格，请取消合并、逐行填写后重新上传"


def test_a_cell_over_lines_and_columns_is_in_its_first_column():
    (table,) = look_through(ods(("甲村", [["标题"], ["空", ("文", 3, 2), None]]))).merged.values()

    assert table == [(2, 4, 1)]


def test_an_open_document_of_nothing_but_merged_cells_is_refused(monkeypatch):
    monkeypatch.setattr("exchange.parsers.open_documents.MOST_MERGED", 1)

    with pytest.raises(ListUnreadable, match="合并的单元格超过 1 个"):
        rows(ods(household(("低保", 2, 1), None, ("低保", 2, 1))))


def test_a_sheet_of_nothing_but_merged_cells_is_refused(monkeypatch):
    monkeypatch.setattr("exchange.parsers.open_documents.MOST_MERGED", 2)
    people = [[number, "文", "低保"] for number in NUMBERS]

    def merge(sheet):
        for letter in "EFG":
            sheet.merge_range(f"{letter}2:{letter}3", "")

    with pytest.raises(ListUnreadable, match="合并的单元格超过 2 个"):
        rows(book(("甲村", [HEAD, *people], merge)))
