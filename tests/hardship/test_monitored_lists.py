"""Lists of monitored people (监测对象): whose risk is gone, since when, and what the records then say of every day."""

import datetime

import pytest
from django.utils import timezone

from enrollment.services.quote import quote
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from hardship.selectors.identities import categories_on
from hardship.services.lists import undo_list
from policy.services.versions import load_shipped_policies
from tests.hardship.lists import apply, number, outcomes, people, plan, reviewer
from tests.registry.factories import UserFactory, tangshan

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


def gone_on(person, on, **more):
    (identity,) = categories_on(resident_ids=[person.pk], day=on, **more)[person.pk]
    return identity.attributes.get("risk_eliminated")


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

    listed(["脱贫户", "脱贫不稳定户", "", "否", "202403", ""])

    record = Recognition.objects.get(resident=person, category="exited_poverty")
    assert (record.attributes, record.valid_from) == ({}, day("2025-03-31"))


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


@pytest.mark.parametrize(
    ("eliminated", "until"),
    [("202409", "2024-10-01"), ("2024-09-10", "2024-09-10"), ("202503", "2025-03-31")],
)
def test_somebody_new_was_watched_until_the_risk_was_gone(eliminated, until):
    (person,) = folk()

    batch = listed(watched(eliminated="是", since="202403", until=eliminated))

    assert outcomes(batch) == [(2, "new", "")]
    assert spells(person) == [("2024-03-01", until, False), (until, None, True)]
    last = day(until) - datetime.timedelta(days=1)
    assert [gone_on(person, each) for each in (day("2024-03-01"), last, day(until))] == [False, False, True]
    (identity,) = categories_on(resident_ids=[person.pk], day=day("2025-04-01"))[person.pk]
    assert identity.since == day("2024-03-01")


def test_what_is_on_record_is_split_on_the_day_the_list_states_and_stays_what_it_was_before():
    (person,) = folk()
    listed(watched(eliminated="否", since="202403"), as_of="2024-10-31")
    before = timezone.now()

    batch = listed(watched(eliminated="是", since="202403", until="2024-11-10"))

    assert outcomes(batch) == [(2, "changed", "")]
    assert spells(person) == [("2024-03-01", "2024-11-10", False), ("2024-11-10", None, True)]
    assert gone_on(person, day("2024-11-15")) is True
    assert gone_on(person, day("2024-11-15"), known_at=before) is False


def test_the_same_list_again_changes_nothing():
    (person,) = folk()
    row = watched(eliminated="是", since="202403", until="202409")
    listed(row)

    assert outcomes(listed(row, as_of="2025-04-30")) == [(2, "unchanged", "")]
    assert outcomes(listed(row, as_of="2025-05-31", mode="supplementary")) == [(2, "unchanged", "")]
    assert spells(person) == [("2024-03-01", "2024-10-01", False), ("2024-10-01", None, True)]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (("是", "202403", "202409"), ("是", "202403", "202410")),
        (("是", "202403", ""), ("是", "202403", "202410")),
        (("否", "", ""), ("是", "", "202409")),
    ],
)
def test_a_day_that_contradicts_what_is_on_record_waits_for_somebody(first, then):
    (person,) = folk()
    listed(watched("脱贫不稳定户", *first), as_of="2024-12-31")
    before = spells(person)

    batch = listed(watched("脱贫不稳定户", *then))

    assert outcomes(batch) == [(2, "conflict", "turn_differs")]
    assert spells(person) == before


def test_a_risk_gone_since_the_record_began_is_gone_all_along():
    (person,) = folk()
    listed(watched(eliminated="否", since="202410"), as_of="2024-10-31")

    listed(watched(eliminated="是", since="202410", until="2024-10-01"))

    assert spells(person) == [("2024-10-01", None, True)]


def test_somebody_watched_anew_is_so_since_the_month_the_list_states():
    (person,) = folk()
    listed(watched(eliminated="是", since="202301", until="202409"), as_of="2024-10-31")

    listed(watched(eliminated="否", since="202502"))

    assert spells(person) == [
        ("2023-01-01", "2024-10-01", False),
        ("2024-10-01", "2025-02-01", True),
        ("2025-02-01", None, False),
    ]


def test_a_list_of_the_same_day_takes_back_both_parts_of_what_an_earlier_one_began():
    person, other = folk(2)
    gone = watched(eliminated="是", since="202403", until="202409")
    stands = watched(eliminated="否", since="202403")
    listed(gone, stands)

    corrected = plan(
        write_xlsx(HEAD, [["人1", number(1), *stands]]),
        kind="rural_affairs",
        area=tangshan(),
        as_of=day("2025-03-31"),
    )
    apply(corrected, second_user=reviewer(tangshan()))

    assert spells(person) == []
    assert spells(other) == [("2024-03-01", None, False)]


def test_two_names_of_one_kind_keep_what_each_says_before_and_after_the_turn():
    (person,) = folk()

    listed(["", "边缘易致贫户", "未消除风险的边缘易致贫户", "", "202403", ""])
    listed(["", "边缘易致贫户", "边缘户", "是", "202403", "202409"], as_of="2025-04-30")

    assert spells(person) == [("2024-03-01", "2024-10-01", False), ("2024-10-01", None, True)]


def test_undoing_the_list_leaves_one_record_as_it_was():
    (person,) = folk()
    listed(watched(eliminated="否", since="202403"), as_of="2024-10-31")
    batch = listed(watched(eliminated="是", since="202403", until="202501"))

    undo_list(batch=batch, reason="误报", user=UserFactory(), second_user=reviewer(tangshan()))

    assert spells(person) == [("2024-03-01", None, False)]


@pytest.mark.parametrize(
    ("kind", "household", "paid_on", "expected"),
    [
        ("脱贫不稳定户", "脱贫户", "2024-11-30", 390),
        ("脱贫不稳定户", "脱贫户", "2024-12-01", 270),
        ("边缘易致贫户", "一般农户", "2024-11-30", 270),
        ("边缘易致贫户", "一般农户", "2024-12-01", 0),
    ],
)
def test_aid_follows_the_day_on_which_the_risk_was_gone(kind, household, paid_on, expected):
    load_shipped_policies()
    (person,) = folk()

    listed([household, kind, "", "是", "202403", "202411"])

    found = quote(resident_ids=[person.pk], coverage_year=2025, paid_on=day(paid_on))
    assert found[person.pk].dues.assisted == expected
