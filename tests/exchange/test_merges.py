"""Cells merged over several lines: what they say of each line, and what they cannot say."""

import base64
import zlib

import pytest

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


def test_a_sheet_of_nothing_but_merged_cells_is_refused(monkeypatch):
    monkeypatch.setattr("exchange.parsers.archives.MOST_MERGED", 2)
    people = [[number, "文", "低保"] for number in NUMBERS]

    def merge(sheet):
        for letter in "EFG":
            sheet.merge_range(f"{letter}2:{letter}3", "")

    with pytest.raises(ListUnreadable, match="合并的单元格超过 2 个"):
        rows(book(("甲村", [HEAD, *people], merge)))
