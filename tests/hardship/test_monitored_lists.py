"""Lists of monitored people (监测对象): whose risk is gone, since when, and what the records then say of every day."""

import datetime

import pytest

from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from hardship.selectors.identities import categories_on
from tests.hardship.lists import apply, number, outcomes, people, plan
from tests.registry.factories import tangshan

pytestmark = pytest.mark.django_db

HEAD = [
    "姓名",
    "证件号码",
    "户类型",
    "监测对象类别",
    "身份类别",
    "风险是否已消除",
    "识别监测时间",
    "消除监测时间",
]


def day(text):
    return datetime.date.fromisoformat(text)


def listed(*rows, as_of="2025-03-31", **more):
    """Return a list in force; each row is what a person's line says from the column 户类型 on."""
    lines = [[f"人{serial}", number(serial), *row] for serial, row in enumerate(rows)]
    batch = plan(
        write_xlsx(HEAD, lines),
        kind="rural_affairs",
        file_name="监测.xlsx",
        as_of=day(as_of),
        area=tangshan(),
        **more,
    )
    return apply(batch)


def watched(kind="脱贫不稳定户", eliminated="", since="", until=""):
    return ["", kind, "", eliminated, since, until]


def folk(count=1):
    return people(count, living_area=tangshan(), hukou_area=tangshan(), pooling_area=tangshan())


def spells(person):
    """Return (first day, first day no longer, whether the risk is gone) of what is on record."""
    rows = Recognition.objects.filter(resident=person).order_by("valid_from")
    return [
        (str(row.valid_from), row.valid_to and str(row.valid_to), row.attributes.get("risk_eliminated"))
        for row in rows
    ]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_a_row_says_of_the_monitoring_holds_whichever_column_names_the_kind(place):
    (person,) = folk()
    kinds = ["", "", ""]
    kinds[place] = "边缘易致贫户"

    listed([*kinds, "否", "202403", ""])

    (record,) = Recognition.objects.filter(resident=person)
    assert (record.valid_from, record.attributes) == (
        day("2024-03-01"),
        {"risk_eliminated": False, "identified_month": "2024-03"},
    )


def test_what_a_row_says_of_the_monitoring_is_not_said_of_other_identities():
    (person,) = folk()

    listed(["脱贫户", "脱贫不稳定户", "低保对象", "否", "202403", ""])

    records = {row.category_id: row for row in Recognition.objects.filter(resident=person)}
    assert records["exited_poverty"].attributes == records["subsistence_allowance"].attributes == {}
    assert records["exited_poverty"].valid_from == day("2025-03-31")


def test_a_day_of_identification_is_kept_to_the_day():
    (person,) = folk()

    listed(watched(eliminated="否", since="2024-11-20"))

    assert spells(person) == [("2024-11-20", None, False)]
    assert categories_on(resident_ids=[person.pk], day=day("2024-11-19"))[person.pk] == ()


def test_a_name_that_says_the_risk_is_gone_beside_a_column_that_denies_it_is_a_conflict():
    folk(4)
    gone, stands = "已消除风险的边缘易致贫户", "未消除风险的边缘易致贫户"

    batch = listed(watched(gone, "否"), watched(stands, "是"), watched(gone, "是"), watched(gone, ""))

    assert [row[1:] for row in outcomes(batch)] == [
        ("conflict", "identities_contradict"),
        ("conflict", "identities_contradict"),
        ("new", ""),
        ("new", ""),
    ]
    assert set(Recognition.objects.values_list("attributes__risk_eliminated", flat=True)) == {True}


def test_a_column_left_blank_takes_back_nothing_that_is_known():
    (person,) = folk()
    listed(watched(eliminated="是", since="202403"))

    batch = listed(watched(since="202403"), as_of="2025-04-30")

    assert outcomes(batch) == [(2, "unchanged", "")]
    assert spells(person) == [("2024-03-01", None, True)]
