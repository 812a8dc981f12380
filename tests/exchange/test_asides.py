"""Which lines of a list are about nobody. Places: 序号, 身份证号 (key), 姓名, 身份类别, 纳入时间."""

import pytest

from exchange.parsers.asides import Places, is_closing, is_numbers_of_columns, is_sum, may_say_who
from tests.exchange.test_reading_sheets import HEAD, NUMBER, OTHER, book, read

PLACES = Places(keys=(1,), name=2, said=(2, 3))
SUMS = [
    ["合计", "3", "", "", ""],
    ["合计", "3人", "", "", "1,070.00"],
    ["小计", "", "1人", "", ""],
    ["一镇", "", "小计", "12人", ""],
    ["样例镇小计", "", "", "3户5人", ""],
    ["", "合 计", "", "", ""],
    ["", "总计：3人", "", "", ""],
    ["共3人", "", "", "", ""],
]
NUMBERS = [
    ["1", "2", "3", "4", "5"],
    ["甲", "乙", "丙", "丁", "戊"],
    ["A", "B", "C", "D", "E"],
    ["（1）", "（2）", "（3）", "（4）", "（5）=（3）+（4）"],
    ["甲", "乙", "丙", "1", "2"],
    ["栏次", "1栏", "2栏", "3栏", "4栏"],
]
CLOSING = [
    ["", "", "", "", "2024年10月31日"],
    ["", "2024-10-31", "", "", ""],
    ["", "", "", "二〇二四年十月三十一日", ""],
    ["", "样例县民政局（盖章）", "", "", ""],
    ["", "", "样例县民政局", "", ""],
    ["", "", "样例县民政局", "", "2024年10月31日"],
    ["", "", "", "（公章）", ""],
    ["", "", "", "本月新增1人，取消0人", ""],
    ["", "本月新增1人，取消0人。", "", "", ""],
    ["", "第1页，共3页", "", "", ""],
    ["", "填表人", "张三", "", ""],
    ["", "", "共1人", "", ""],
]
PEOPLE = [
    ["1", NUMBER, "王", "低保", ""],
    ["合计", NUMBER, "王", "低保", ""],
    ["合计", "", "王样例", "", ""],
    ["小计", "3", "王样例", "", ""],
    ["", "", "王样例", "", "2024年10月31日"],
    ["", "", "", "低保", "2024-10-31"],
    ["", "", "", "低保", "共3人"],
    ["", "", "", "低保，重残", ""],
    ["合计", "230199", "", "", ""],
    ["合计", "2.30199E+17", "", "", ""],
    ["", "3", "合计", "", ""],
    ["1", "", "2", "", ""],
    ["1", "2", "王样例", "4", "5"],
    ["乙", "甲", "丙", "", ""],
    ["", "待补", "", "低保", ""],
    ["", "无", "", "", ""],
]


def kinds(cells):
    """Return all that a line is taken for."""
    closes = not may_say_who(cells[1]) and is_closing(cells, PLACES)
    return {
        name
        for name, holds in (
            ("sum", is_sum(cells, PLACES)),
            ("numbers", is_numbers_of_columns(cells, PLACES)),
            ("closing", closes),
        )
        if holds
    }


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        *(("sum", cells) for cells in SUMS),
        *(("numbers", cells) for cells in NUMBERS),
        *(("closing", cells) for cells in CLOSING),
    ],
)
def test_lines_about_nobody(kind, cells):
    assert kind in kinds(cells)


@pytest.mark.parametrize("cells", PEOPLE)
def test_a_line_that_could_be_a_person_is_none_of_them(cells):
    assert kinds(cells) == set()


def test_nobody_is_passed_over_where_a_sheet_has_no_keys():
    assert not is_sum(["合计", "3"], Places(name=1))
    assert not is_numbers_of_columns(["1", "2"], Places(name=1))


def test_a_list_with_sums_numbers_and_a_seal_has_its_people_alone():
    rows = [
        ["序号", *HEAD, "认定时间"],
        ["甲", "乙", "丙", "丁", "1"],
        [1, NUMBER, "王", "低保", "202409"],
        ["小计", "1人", "", "", ""],
        [2, OTHER, "李", "特困", "202410"],
        ["小计", 1, "", "", ""],
        ["合计", 2, "", "", ""],
        ["", "样例县民政局（盖章）", "", "", ""],
        ["", "", "", "", "2024年10月31日"],
    ]

    assert [row.number for row in read(book(("名单", rows))).rows] == [3, 5]


def test_what_closes_a_page_is_no_person_and_what_stands_between_people_is_a_row():
    head = [*HEAD, "认定时间"]
    paged = [
        head,
        ["1", "2", "3", "4"],
        [NUMBER, "王", "低保"],
        ["", "填表人：张三", "", "2024年10月"],
        head,
        ["1", "2", "3", "4"],
        [OTHER, "李", "特困"],
    ]
    between = [
        head,
        [NUMBER, "王", "低保"],
        ["", "", "", "2024-10-31"],
        ["1", "2", "3", "4"],
        [OTHER, "李", "特困"],
    ]

    assert [row.number for row in read(book(("名单", paged))).rows] == [3, 7]
    assert [row.number for row in read(book(("名单", between))).rows] == [2, 3, 4, 5]


def test_a_sum_with_a_lost_result_is_a_row():
    def compute(sheet):
        sheet.write_formula("B3", "=VLOOKUP(A2,名册!A:B,2,0)", None, "")

    rows = read(book(("名单", [HEAD, [NUMBER, "王", "低保"], ["合计"]], compute))).rows

    assert [row.number for row in rows] == [2, 3]
