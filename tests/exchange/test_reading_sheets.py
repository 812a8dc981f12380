"""Workbooks as offices keep them: a sheet a town, headings merged over lines, hidden things, formulas, old formats."""

import base64
import io
import zlib

import pytest
import xlsxwriter

from exchange.parsers.cells import CellUnreadable, hidden_numbers, parse_date, parse_day, shown_cell
from exchange.parsers.tables import Column, ListUnreadable, read_table

NUMBER, OTHER = "230199196503010428", "13029919530707013X"
HEAD = ["身份证号", "姓名", "身份类别"]
COLUMNS = (
    Column("id_number", ("身份证号", "身份证号码"), is_key=True),
    Column("name", ("姓名",)),
    Column("identity", ("医疗救助身份", "身份类别")),
    Column("since", ("认定时间",), required=False),
)
OLD_WORKBOOK = (
    "eNrtWE1IVFEU/u6bN+OM+TOaFhqICVmZwoyTqYVOheXKGXWCNKLSHCoMjakWBZlpsxLLiIqijWELCawI+qEWCS1cCEYugkDQWrYK"
    "LFuo07nnvRkdS3DABOt9j3vePeeec+5995x7333v/UjKeO/TzAksQDlMmA3ZYJknE1RsYcYOag+FZDV8t1IJGVhVsFkpkBYzXicO"
    "x8kYynhPQMETdZAo8JnKYZyBp7XFn72C2MtjaBByDGVCpdxTcJ9KEjJ4XKlMjzNdy/Qx675hupsl3UzLSHdcHMKI25NXoudxnZLD"
    "bUlEBV6wzSeWOJGOIZnHl3uEpmvGnsCphtOrrCFLTUAfKKSV/hZ/QPLJeIh4oJ5QUFVVUFExjjQKdx++h7KByfC6fpttyFdWLkDy"
    "n9HyuEXkVgriQvlNRQXaETomZDIHKakvqbLFJHw9wzd2+oJIwJBF5oYiem6PBKfRIROBC1lcPzLlo/X16NqMZ7BrykeS0frEAxaI"
    "Xb4752v8/bWyhdhnbf6aiu7+2h/+yVupQKHL4SwtdZbuKHJQzbG9sMQE0XW2+GSXl1x4vGNeUnK6HIVSqcjlKKbL6aojJc8JqSR7"
    "1zYfe9Tmk8hLMoFoE5K5nsIL007PPt3/7UNVY7X7KEva+YWjvZY2yTlACFekBRkncYuJqZlKHltsY9rBXjdwPZNpGunQPbc6Xa/s"
    "72Sdq9yaS/24GKPuzfPqW6ge/FrzMiv4xb2V6gOVExfTBj66e5FDr8kmspdXJ/JFvrh3V+KVO3wX+gY2xjTjt83Mqtj1sYf0d28y"
    "ZjhioPmQ0Dg5OyLCKfpcaZyJOFOEU4lTdc9igec2JZ5lKRwBqS/YsznCKVFt0rMMmGan0rM8eKewZ4V7ivassOd43VqLqDXCSc82"
    "jv1GqofHLA8SmpM1WC8onYiMea3lSiqeS3+0w89h+VIJi6bSHFZbKvGc4U9zZsCAAQMGDBj4PyH42KgdlVX9sCzPTnH6f50ZKrPG"
    "b5J/FrVopescfVLuQwvdA7gQU/6sg1mEfYkl2oT/F0ocpN4DaEYjj6M55vyls6+Y/zxLNrQv3xKKtf/ZWMb5l/v/BTuyKQ8="
)


def book(*sheets):
    """Return a workbook; each sheet is (name, rows) and perhaps what else is done to it."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as made:
        for name, rows, *more in sheets:
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    sheet.write(number, place, cell)
            for change in more:
                change(sheet)
    return stream.getvalue()


def read(content):
    return read_table(content, "名单.xlsx", columns=COLUMNS)


def refusal(content):
    with pytest.raises(ListUnreadable) as caught:
        read(content)
    return caught.value.message


def test_a_list_of_one_sheet_a_town_is_read_whole_and_rows_know_their_sheet():
    rows = read(
        book(
            ("统计", [["乡镇", "人数"], ["一镇", 1]]),
            ("一镇", [HEAD, [NUMBER, "甲", "低保"]]),
            ("二镇", [["标题"], ["姓名", "身份类别", "身份证号码"], ["乙", "特困", OTHER]]),
        )
    ).rows

    assert [(row.sheet, row.number, row["name"], row["id_number"]) for row in rows] == [
        ("一镇", 2, "甲", NUMBER),
        ("二镇", 3, "乙", OTHER),
    ]


def test_a_sheet_of_people_that_lacks_a_column_is_not_passed_over():
    message = refusal(book(("一镇", [HEAD, [NUMBER, "甲", "低保"]]), ("二镇", [HEAD[:2], [OTHER, "乙"]])))

    assert "工作表“二镇”也列有人员（第2行），但前10行的表头缺少“医疗救助身份”一栏" in message


def test_headings_merged_over_two_lines_are_one_header():
    def merge(sheet):
        sheet.merge_range("A2:A3", "序号")
        sheet.merge_range("B2:C2", "基本信息")
        sheet.merge_range("D2:D3", "身份类别")

    rows = [["低保名单"], [], ["", "姓名", "身份证号", "", "认定时间"], [1, "甲", NUMBER, "低保", "202401"]]

    (row,) = read(book(("名单", rows, merge))).rows

    assert (row.number, row["id_number"], row["name"], row["identity"], row["since"]) == (
        4,
        NUMBER,
        "甲",
        "低保",
        "202401",
    )


def test_the_first_alias_wins_and_one_heading_twice_is_refused():
    both = [["身份证号", "姓名", "身份类别", "医疗救助身份"], [NUMBER, "甲", "户主", "低保"]]
    twice = [["身份证号", "姓名", "姓名", "身份类别"], [NUMBER, "户主", "甲", "低保"]]

    assert read(book(("名单", both))).rows[0]["identity"] == "低保"
    assert "“姓名”出现两次（B列、C列）" in refusal(book(("名单", twice)))


def test_a_hint_in_brackets_is_no_part_of_a_heading():
    hinted = [
        "身份证号（18位）（必填）",
        "姓名(与证件一致、勿简写)",
        "医疗救助身份（低保、特困等）",
        "认定时间（如2024-01-05）",
    ]

    (row,) = read(book(("名单", [hinted, [NUMBER, "甲", "低保", "202409"]]))).rows

    assert (row["id_number"], row["name"], row["identity"], row["since"]) == (NUMBER, "甲", "低保", "202409")


@pytest.mark.parametrize(
    "heading", ["姓名（户主）", "姓名（监护人）", "姓名（父、母）", "姓名（万元）", "姓名（原）"]
)
def test_brackets_that_say_whose_or_how_much_belong_to_the_heading(heading):
    assert "缺少“姓名”一栏" in refusal(book(("名单", [[HEAD[0], heading, HEAD[2]], [NUMBER, "甲", "低保"]])))


def test_headings_repeated_page_by_page_and_signatures_are_no_people():
    rows = [
        HEAD,
        [NUMBER, "甲", "低保"],
        HEAD,
        [OTHER, "乙", "特困"],
        ["填表人：张三", "", "审核：李四"],
        ["合计：2人"],
    ]

    assert [row.number for row in read(book(("名单", rows))).rows] == [2, 4]


def test_hidden_rows_and_columns_are_read_and_hidden_sheets_are_not():
    def hide(sheet):
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column(0, 0, None, None, {"hidden": True})

    content = book(
        ("名单", [HEAD, [NUMBER, "甲", "低保"]], hide),
        ("上月", [HEAD, [OTHER, "乙", "特困"]], lambda s: s.hide()),
    )

    assert [row["id_number"] for row in read(content).rows] == [NUMBER]


@pytest.mark.parametrize(
    ("result", "reason"), [("", "单元格 C2 的公式没有保存计算结果"), ("#N/A", "单元格 C2 的公式结果是错误值")]
)
def test_a_formula_without_a_result_is_a_fault_and_not_a_blank(result, reason):
    def compute(sheet):
        sheet.write_formula("C2", "=VLOOKUP(A2,名册!A:B,2,0)", None, result)
        sheet.write_formula("H2", "=ROW()", None, "")

    (row,) = read(book(("名单", [HEAD, [NUMBER, "甲"]], compute))).rows

    assert row.fault is not None
    assert (row.fault.field, row.fault.reason) == ("identity", f"{reason}，请改成文字后重新上传")


def test_an_old_workbook_is_read_and_its_hidden_sheet_is_not():
    rows = read(zlib.decompress(base64.b64decode(OLD_WORKBOOK))).rows

    assert [(row.sheet, row.number, row["id_number"]) for row in rows] == [
        ("道里区", 2, NUMBER),
        ("道里区", 3, OTHER),
    ]


@pytest.mark.parametrize("text", ["2024.1", "2024.1 "])
def test_a_month_that_may_have_lost_its_zero_is_not_guessed(text):
    with pytest.raises(CellUnreadable, match="可能是1月，也可能是10月"):
        parse_date(text)


@pytest.mark.parametrize("text", ["202401", "2024-01", "2024年1月"])
def test_a_month_alone_is_no_day(text):
    with pytest.raises(CellUnreadable, match="只有年月"):
        parse_day(text)


def test_what_a_message_quotes_is_short_and_without_full_numbers():
    assert shown_cell(f"{NUMBER}42") == "230199********042842"
    assert hidden_numbers(f"证{OTHER}号") == "证130299********013X号"
    assert shown_cell("长" * 60) == f"{'长' * 40}…"
