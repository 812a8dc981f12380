"""Whom a list may mean by another number than that on record: nobody is ended by a number."""

from decimal import Decimal

import pytest

from exchange.models import InboundRow
from hardship.selectors import held_by
from hardship.services.lists import PlanOutdated, replan_list
from registry.services import change_id_number
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, number, outcomes, people, plan
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.django_db
MISREAD = number(7)[:-1] + ("0" if number(7)[-1] != "0" else "1")


@pytest.fixture
def listed(settings):
    """Three people who hold 低保; a list may end all of them."""
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)
    residents = people(3)
    for person in residents:
        RecognitionFactory(resident=person)
    return residents


def question(batch):
    row = InboundRow.objects.get(batch=batch, code="possibly_listed")
    return row.payload["name"], row.message


def test_somebody_listed_by_a_number_nobody_has_is_not_ended(listed):
    batch = apply(plan(civil((0, "人0", "低保"), (2, "人2", "低保"), (40, "人1", "低保"))))

    assert question(batch) == (
        "人1",
        "清单工作表“名单”第4行的证件号码没有登记，且与其同名，暂不取消，请核对是否同一人",
    )
    assert held_by(listed[1].pk, day=MARCH) == {"subsistence_allowance"}


def test_somebody_listed_by_the_number_of_another_is_not_ended(listed):
    batch = apply(plan(civil((0, "人0", "低保"), (2, "人1", "低保"))))

    assert question(batch)[0] == "人1"
    assert "第3行的证件号码属于他人" in question(batch)[1]
    assert held_by(listed[1].pk, day=MARCH) == {"subsistence_allowance"}


WAITS = {
    "a name nobody knows": [("人1", "新名称")],
    "a known and an unknown name": [("人1", "低保、新名称")],
    "a contradiction": [("人1", "农村低保、城市低保")],
    "two first days": [("人1", "低保", "2024-01-01"), ("人1", "低保", "2024-02-02")],
    "a day not come yet": [("人1", "低保", "2025-06-01")],
}


@pytest.mark.parametrize("rows", WAITS.values(), ids=WAITS.keys())
@pytest.mark.parametrize(("listed_by", "whose"), [(40, "没有登记"), (2, "属于他人")])
def test_somebody_listed_by_another_number_is_not_ended_whatever_the_row_waits_for(
    listed, rows, listed_by, whose
):
    batch = apply(plan(civil((0, "人0", "低保"), *((listed_by, *row) for row in rows))))

    assert question(batch)[0] == "人1"
    assert f"第3行的证件号码{whose}" in question(batch)[1]
    assert held_by(listed[1].pk, day=MARCH) == {"subsistence_allowance"}


def test_a_row_that_waits_under_the_right_number_keeps_no_namesake(listed):
    ResidentFactory(number=number(9), name="人1")

    batch = apply(plan(civil((0, "人0", "低保"), (2, "人2", "低保"), (9, "人1", "低保、新名称"))))

    assert outcomes(batch)[0][1] == "ended"
    assert not held_by(listed[1].pk, day=MARCH)


@pytest.mark.parametrize("name", ["人·1", "人 1", "人１", "人-1", "人\ue863"])
def test_a_misread_row_is_known_by_its_name_however_it_is_written(listed, name):
    batch = apply(plan(civil((0, "人0", "低保"), (2, "人2", "低保"), (MISREAD, name, "低保"))))

    assert question(batch)[0] == "人1"
    assert held_by(listed[1].pk, day=MARCH) == {"subsistence_allowance"}


@pytest.mark.parametrize("name", ["人?", "□1", "人\ue863"])
def test_a_lost_character_makes_nobody_another_person(listed, name):
    batch = apply(plan(civil((0, "人0", "低保"), (2, "人2", "低保"), (40, name, "低保"))))

    assert question(batch)[0] == "人1"
    assert held_by(listed[1].pk, day=MARCH) == {"subsistence_allowance"}


def test_a_lost_character_is_no_contradiction_of_the_register_and_another_name_is(listed):
    batch = apply(plan(civil((0, "人\ue863", "低保"), (1, "王\ue863", "低保"), (2, "人2", "低保"))))

    assert outcomes(batch) == [(2, "unchanged", ""), (3, "conflict", "name_differs"), (4, "unchanged", "")]


def test_two_rows_of_one_person_are_one_though_a_character_was_lost(listed):
    rows = ((0, "人\ue863", "低保"), (0, "人0", "低保"), (1, "人\ue863", "低保"), (1, "王1", "低保"))
    batch = apply(plan(civil(*rows, (2, "人2", "低保"))))

    assert [each[1:] for each in outcomes(batch)] == [
        ("unchanged", ""),
        ("duplicate", "same_person"),
        ("conflict", "names_differ_in_list"),
        ("conflict", "names_differ_in_list"),
        ("unchanged", ""),
    ]


UNREAD = {
    "a garbled name": [(1, "人?", "低保")],
    "a changed name and no day": [(1, "人一", "低保", "2024.1")],
    "two names": [(1, "人1甲", "低保"), (1, "人1乙", "低保")],
}


@pytest.mark.parametrize("rows", UNREAD.values(), ids=UNREAD.keys())
def test_somebody_listed_by_a_number_they_gave_up_is_not_ended_though_the_row_is_not_read(listed, rows):
    change_id_number(resident=listed[1], id_number=number(50), reason="换证")

    batch = apply(plan(civil((0, "人0", "低保"), *rows)))

    left_out = InboundRow.objects.filter(batch=batch, number=0)
    assert list(left_out.values_list("payload__name", "outcome")) == [("人2", "ended")]
    assert held_by(listed[1].pk, day=MARCH) == {"subsistence_allowance"}


def test_somebody_whose_number_changes_after_the_plan_is_not_ended_by_planning_anew(listed):
    batch = plan(civil((0, "人0", "低保"), (2, "人2", "低保"), *UNREAD["a changed name and no day"]))
    change_id_number(resident=listed[1], id_number=number(50), reason="换证")

    with pytest.raises(PlanOutdated):
        apply(batch)

    assert apply(replan_list(batch=batch)).counts == {"unchanged": 2, "refused": 1}
    assert held_by(listed[1].pk, day=MARCH) == {"subsistence_allowance"}


@pytest.mark.parametrize("blank", ["无", "-", "/", "待补", "0", "＊＊＊", "NONE", "暂无号码"])
def test_a_number_that_says_there_is_none_sends_a_full_list_back(listed, blank):
    batch = plan(civil((0, "人0", "低保"), (blank, "张三", "低保")))

    assert batch.status == "refused"
    assert outcomes(batch) == [(3, "refused", "blank_id_number")]


@pytest.mark.parametrize("name", ["", "·", "王?"])
def test_a_row_of_neither_number_nor_name_sends_a_full_list_back(listed, name):
    rows = civil((0, "人0", "低保"), (MISREAD, name, "低保"))
    batch = plan(rows)

    assert batch.status == "refused"
    assert "工作表“名单”第3行缺少证件号码或身份，或号码、姓名都无法读取" in batch.error
    assert plan(rows, mode="supplementary").counts == {"unchanged": 1, "refused": 1}


@pytest.mark.parametrize("days", [("2024-01-01", "2025-03-01"), ("2025-03-01", "2024-01-01")])
def test_one_person_with_two_first_days_is_asked_about_and_not_guessed(days):
    people(1)
    batch = plan(civil(*((0, "人0", "低保", since) for since in days)))

    assert outcomes(batch) == [(2, "conflict", "days_contradict"), (3, "duplicate", "same_person")]


def test_dots_and_spaces_in_a_name_are_no_other_name():
    people(2)
    batch = plan(civil((0, "人·0", "低保"), (1, "人 1", "低保"), (1, "人1", "孤儿")))

    assert outcomes(batch) == [(2, "new", ""), (3, "new", ""), (4, "duplicate", "same_person")]
