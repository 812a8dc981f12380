"""The register of those who exited poverty: what a blank cell means, and where nobody can say."""

import datetime

import pytest

from hardship.parsers.poverty_exit import read_poverty_exit
from tests.exchange.test_reading_sheets import book
from tests.registry.factories import identity_number

HEAD = ["户编号", "姓名", "证件号码", "户类型", "脱贫年度"]
DAY = datetime.date(2025, 3, 31)
PEOPLE = [identity_number(serial) for serial in range(4)]


def line(serial, household="", kind="", year=""):
    return [household, f"人{'甲乙丙丁'[serial]}", PEOPLE[serial], kind, year]


def register(*sheets):
    """Return the register as read; each sheet is (name, rows) and perhaps what else is done to it."""
    content = book(*((name, [HEAD, *rows], *more) for name, rows, *more in sheets))
    return read_poverty_exit(content, "名册.xlsx", on=DAY)


def documents(parsed):
    return [each.document for each in parsed.people]


def refusals(parsed):
    return [(error.sheet, error.number, error.code) for error in parsed.errors]


@pytest.mark.parametrize(
    ("lost", "below"),
    [
        ("A3", [("甲村", 4, "blank_household")]),
        ("D3", [("甲村", 4, "blank_identity")]),
        ("E3", []),
    ],
)
def test_what_a_line_lost_to_a_formula_is_not_taken_from_the_household_above(lost, below):
    rows = [line(0, "99001", "脱贫户", "2019"), line(1, "99002", "一般农户"), line(2)]

    parsed = register(("甲村", rows, lambda sheet: sheet.write_formula(lost, "=1+1", None, "")))

    assert refusals(parsed) == [("甲村", 3, "formula_without_result"), *below]
    assert [each.number for each in parsed.people if each.identities] == [2]


def test_a_household_does_not_go_on_in_the_next_sheet():
    parsed = register(
        ("甲村", [line(0, "99001", "脱贫户", "2019")]), ("乙村", [line(1), line(2, "99002", "脱贫户")])
    )

    assert documents(parsed) == ["户编号 99001", "户编号 99002"]
    assert refusals(parsed) == [("乙村", 2, "blank_household")]


def test_a_number_kept_as_a_number_and_rounded_is_no_household():
    rounded = 99010000000000000001.0
    rows = [
        line(0, rounded, "脱贫户", "2019"),
        line(1),
        line(2, rounded, "一般农户"),
        line(3, "99001", "脱贫户"),
    ]

    parsed = register(("甲村", rows))

    assert documents(parsed) == ["户编号 99001"]
    assert refusals(parsed) == [
        ("甲村", 2, "household_number_rounded"),
        ("甲村", 3, "blank_household"),
        ("甲村", 4, "household_number_rounded"),
    ]


@pytest.mark.parametrize("kind", ["脱贫户（享受政策）", "脱贫户(继续享受政策)", "脱贫户 （ 享受政策 ）"])
def test_a_household_that_still_enjoys_the_policy_has_exited_poverty(kind):
    (person,) = register(("甲村", [line(0, "99001", kind, "2019")])).people

    assert [each.name for each in person.identities] == ["脱贫人口"]


@pytest.mark.parametrize("kind", ["脱贫户（不享受政策）", "未脱贫户（享受政策）"])
def test_a_household_of_which_that_is_not_sure_is_refused(kind):
    assert refusals(register(("甲村", [line(0, "99001", kind, "2019")]))) == [
        ("甲村", 2, "household_type_unknown")
    ]
