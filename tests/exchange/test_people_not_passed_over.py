"""People whom a file lists where they are easily passed over: beside the table read, at its end, inside a quote."""

import pytest

from exchange.parsers.tables import ListUnreadable
from tests.exchange.test_reading_sheets import HEAD, NUMBER, OTHER, book, read, refusal

FIRST = ("一镇", [HEAD, [NUMBER, "甲", "低保"]])
LONG = [*HEAD, "备注"]


@pytest.mark.parametrize(
    "lines",
    [
        [[OTHER, "乙", "低保"]],
        [*([["说明"]] * 11), HEAD, [OTHER, "乙", "低保"]],
        [["身分证号", "姓名", "身份类别"], [OTHER, "乙", "低保"]],
        [["身份号码", "名字", "类型"], [OTHER, "乙", "低保"]],
        [["身份证号", "名字", "类型"], [OTHER, "乙", "低保"]],
        [["残疾人证", "名字"], [OTHER + "43", "乙"]],
        [["号码", "名字"], [2.30199196503010e17, "乙"]],
        [["号码", "名字"], ["230199650301042", "乙"]],
        [["姓名", "身份类别"], ["乙", "低保"]],
    ],
)
def test_a_sheet_that_lists_people_is_never_passed_over(lines):
    message = refusal(book(FIRST, ("二镇", lines)))

    assert "工作表“二镇”也列有人员" in message
    assert "表头缺少“" in message


@pytest.mark.parametrize(
    "lines",
    [
        [["填表说明"], ["身份证号", "按文本填写，18位"], ["姓名", "与身份证一致"]],
        [["身份类别", "人数"], ["低保", 12], ["合计", 12]],
        [["乡镇", "联系人", "电话", "账号"], ["一镇", "张三", "13800000000", "6222020200112233445"]],
        [],
    ],
)
def test_notes_counts_and_contacts_are_no_list(lines):
    assert len(read(book(FIRST, ("其他", lines))).rows) == 1


@pytest.mark.parametrize(
    "line",
    [
        ["", "乙", "", "联系不上"],
        ["", "乙", "", "备注：号码待补"],
        ["单位未报", "乙", "", ""],
        ["备注：同上", "乙", "低保", ""],
        [None, "乙"],
    ],
)
def test_a_last_line_that_names_somebody_is_a_row(line):
    rows = read(book(("名单", [LONG, [NUMBER, "甲", "低保"], line]))).rows

    assert [row["name"] for row in rows] == ["甲", "乙"]


@pytest.mark.parametrize(
    "line",
    [
        ["填表人：", "张三", "", "2025年4月"],
        ["制表人", "张三", "审核人", "李四"],
        ["合计", "25人"],
        ["", "填表人：张三", "日期：2025-04-01"],
    ],
)
def test_a_signature_or_a_sum_is_no_row(line):
    assert len(read(book(("名单", [LONG, [NUMBER, "甲", "低保"], line]))).rows) == 1


def text(*lines):
    return "\n".join(["身份证号,姓名,身份类别,备注", *lines]).encode()


@pytest.mark.parametrize(
    "lines",
    [
        (f'{NUMBER},"甲,低保,', f'{OTHER},乙",低保,'),
        (f'{NUMBER},甲,低保,"东', f'{OTHER},乙,低保,西"'),
        (f'{NUMBER},甲,低保,"东', f"{OTHER},乙,低保,", f'{OTHER},丙,低保,西"'),
        (f'{NUMBER},甲,低保,"东', f'{OTHER}",乙,低保,'),
        (f'{NUMBER},"甲,低保,', f'{OTHER},乙,低保"'),
        (f'{NUMBER},甲,低保,"东', f"{OTHER},乙,低保,"),
    ],
)
def test_a_quote_that_swallows_the_next_line_is_refused(lines):
    with pytest.raises(ListUnreadable, match=r"第2行到第.行连成了一行，多半是引号不配对"):
        read(text(*lines))


def test_a_cell_of_several_lines_is_read():
    rows = read(text(f'{NUMBER},甲,低保,"东，', '西, 南"', f"{OTHER},乙,特困,")).rows

    assert [(row.number, row["name"]) for row in rows] == [(2, "甲"), (3, "乙")]
    header = f'"身份证\n号","姓名","身份类别"\n{NUMBER},甲,低保\n'.encode()
    assert [row["name"] for row in read(header).rows] == ["甲"]
