"""Until when a certificate holds, in the ways it is written; and what is no day at all."""

import datetime

import pytest

from exchange.parsers.cells import CellUnreadable
from exchange.parsers.writer import write_xlsx
from hardship.parsers.civil_affairs import read_civil_affairs
from hardship.parsers.disabled_federation import read_disabled_federation
from hardship.parsers.terms import last_day_of_term
from tests.exchange.test_reading_sheets import NUMBER

DAY = datetime.date(2024, 10, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2030-12-31",
        "2030年12月31日",
        "20301231",
        "2030-12-31 00:00:00",
        "2030-12-31止",
        "至2030年12月31日",
        "2020.12.31-2030.12.31",
        "2020/12/31-2030/12/31",
        "2020-12-31-2030-12-31",
        "20201231-20301231",
        "2020-12-31至2030-12-31",
        "2020-12-31 到 2030-12-31",
        "2020年12月31日—2030年12月31日",
        "自2020年12月31日起至2030年12月31日止",
        "2020.12.31——2030.12.31",
        "2020.12.31~2030.12.31",
        "2030年12月",
        "203012",
        "2030.12",
        "2020.12-2030.12",
        "202012-203012",
        "47848",
    ],
)
def test_a_term_ends_on_its_last_day(text):
    assert last_day_of_term(text) == datetime.date(2030, 12, 31)


def test_a_month_ends_on_its_own_last_day():
    assert last_day_of_term("2028年2月") == datetime.date(2028, 2, 29)


@pytest.mark.parametrize(
    "text", ["长期", "永久有效", "9999-12-31", "99991231", "2020-12-31至长期", "2020.12.31-9999.12.31"]
)
def test_a_term_without_end(text):
    assert last_day_of_term(text) is None


@pytest.mark.parametrize(
    "text", ["10年", "2030-13-01", "2024.1", "2030-12-31至2020-12-31", "有效", "2020-01-01至"]
)
def test_what_is_no_term(text):
    with pytest.raises(CellUnreadable):
        last_day_of_term(text)


@pytest.mark.parametrize("mark", ["/", "无", "-", "—", "——", "－", "暂无", "\\"])
def test_a_mark_for_nothing_in_a_column_of_days_is_blank(mark):
    federation = write_xlsx(["姓名", "残疾人证号", "有效期"], [["王", f"{NUMBER}42", mark]])
    civil = write_xlsx(["身份证号", "姓名", "医疗救助身份", "纳入资助时间"], [[NUMBER, "王", "低保", mark]])

    certified = read_disabled_federation(federation, "残联.xlsx", on=DAY)
    assisted = read_civil_affairs(civil, "民政.xlsx", on=DAY)

    assert (certified.errors, assisted.errors) == ((), ())
    assert certified.people[0].identities[0].until is None
    assert assisted.people[0].identities[0].since is None
