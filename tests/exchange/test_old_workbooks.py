"""Old workbooks (xls): formulas that nobody calculated, and days counted from 1904; also in the new format."""

import base64
import io
import struct
import zlib

import pytest
import xlsxwriter

from exchange.parsers.cells import parse_date, since_1900
from exchange.parsers.old_records import old_records
from exchange.parsers.old_workbooks import old_sheets
from exchange.parsers.tables import read_table
from tests.exchange.test_reading_sheets import COLUMNS, HEAD, NUMBER, OTHER, read

# Written by a program that does not calculate: a hidden sheet; 名单 with days from 1904, the second one's =TODAY(),
# and a line of nothing but ="".
UNCALCULATED = (
    "eNrtGEtIVFH03Pve6Mzo6GhaaCAiZKUu5pOlC5sMylWjqZVWUJpDhKIxVGRFaeZKiiBaJG0ENxFYbvpQC921CIxcBIEw1rJNgX0W"
    "jq9zzrtv/DQLB0qy3nncc88595zz7r3n3M97b6ZyYiPjhbOwAnaDBguGC9KWyAQWl8V4AdsNg0irdmIxbFhX4HJiINMc8MLzOp1i"
    "SPGeBQmP9UnEAB+wHIezEO7pjhSvIezlPrQJ6kON0DH3JNzHkgUF3K9cxqcYb2D8iHVfMt7DkpuMa1A3Jo7CVChcVqXyuEWWYJtA"
    "b4Sfss171vZDPryiPL52W5i6DqiNnmnr+jsbivRMGAWMXF2kOxJt64pBHoZwFL4axQBz1lqdKLblaysXgPIfy+XpSeR3pA7QB8ZJ"
    "QYk4CJlQrlN4pXCHnaeJ73eQphSe5kNN83ABMpDLMDfji7gsHt6KhyeHvjeh+XSrp1lJLl8pb0RydGj42LfI3N1cgEDQ56+u9lfv"
    "rPQh5dsRqBIgAufRLFw/U48K/qAvQAqVQd8ufPzBFlRoDaNCb/TzYTdt/bxVeJdtFR5eQJmIOyCb6RxeRl48DOYffHl7oL0hdIIl"
    "fXw8mIfIFho1GNBPFmiclWgxcRlblDO+zl43M13IOA+TH+vShnxF7B9gnRvcWorvCTJMh7YuobchPfjp4LOiwY+h7UiP1c1eyht7"
    "FxqBEjzUOtCengGoEBVi+B7B85BVC7XdzDAu+GXrcUqv6ruhTspsiIObyRzzOJW58IRUcWtahLWYVT2B1+us6klnlUZsctbsmJxE"
    "TktwGnK68iWS+BLsy6H0BftKS3Dki4JyVRJHvkrGJfuSSXxJ9uVU1mbUXAmOfLk5vjRSTfWSLkymEw1qZ9i1xoNYdE0GGrteabAJ"
    "VKNI3shJB8mSzgYbbLDBBhts+J9B8G0D+PpAFyWHuoKmq/86cSwL9m+SfxYaoQefc/hZug+6sY5Cb0r5sxEcwvIlVmlj/S8kOIJv"
    "j0IntHM/OlPOX/yEEEvHs2pD7+9bQqm+fyGVfv7h9/8EUBIXeg=="
)


def old():
    return zlib.decompress(base64.b64decode(UNCALCULATED))


def test_an_old_formula_without_a_result_is_a_fault_naming_its_cell():
    first, second = read(old()).rows

    assert (first.fault, second["since"]) == (None, "")
    assert second.fault is not None
    assert second.fault.field == "since"
    assert second.fault.reason == "单元格 D3 的公式没有保存计算结果，或结果是空的，请改成文字后重新上传"


def test_a_number_of_days_counts_from_where_the_workbook_begins():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"date_1904": True}) as made:
        sheet = made.add_worksheet("名单")
        sheet.write_row(0, 0, [*HEAD, "认定时间"])
        sheet.write_row(1, 0, [NUMBER, "44104", "低保", 44104])
        sheet.write_row(2, 0, [OTHER, "乙", "特困", "20241001"])

    new = read_table(stream.getvalue(), "名单.xlsx", columns=COLUMNS).rows

    assert [parse_date(row["since"]).isoformat() for row in new] == ["2024-10-01", "2024-10-01"]
    assert new[0]["name"] == "44104"
    assert parse_date(read(old()).rows[0]["since"]).isoformat() == "2024-10-01"


@pytest.mark.parametrize(
    ("text", "said"), [("44104", "45566"), ("202409", "202409"), ("", ""), ("79999", "79999")]
)
def test_only_numbers_of_days_are_counted_anew(text, said):
    assert since_1900(text) == said


def test_the_lines_of_an_old_sheet_are_unpacked_whenever_they_are_asked_for():
    (sheet,) = old_sheets(old())

    first, again = sheet.lines(), sheet.lines()

    assert next(first)[:3] == next(again)[:3] == HEAD
    assert list(first) == list(again)
    assert isinstance(sheet.packed, bytes)


@pytest.mark.parametrize("length", [40, 600, 3000])
def test_a_file_cut_off_says_so(length):
    with pytest.raises((struct.error, ValueError)):
        old_records(old()[:length])


def test_a_chain_in_circles_ends():
    content = bytearray(old())
    (table,) = struct.unpack_from("<I", content, 76)
    at = (table + 1) * 512
    content[at : at + 400] = struct.pack("<100I", *([0] * 100))

    with pytest.raises(ValueError, match=r"chain|workbook"):
        old_records(bytes(content))
