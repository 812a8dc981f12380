"""The push list goes out, is filled in and comes back; every row is judged, then taken once."""

import datetime

import pytest

from benefits.models import Alert, AlertAnswer, AlertState
from benefits.selectors.alerts import push_rows
from benefits.services.alert_answers import answer_alert
from benefits.services.answer_lists import ANSWERS, apply_answers
from enrollment.services.lists import FileSource, plan_list
from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from hardship.services.load_categories import load_categories
from tests.benefits.factories import hospital, law
from tests.benefits.test_alert_answers import warned, words
from tests.exchange.factories import AgencyFactory
from tests.registry.factories import daoli, harbin, shangzhi

pytestmark = pytest.mark.django_db
HEADINGS = ANSWERS.form.headings
FOUND = {"核查人": "李四", "核查日期": "2025-04-08"}


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    load_categories()
    hospital()
    AgencyFactory(name="道里区民政局", area=daoli())


def filled(*rows):
    """Return a workbook of the push list with these columns filled in."""
    return write_xlsx(HEADINGS, [[row.get(heading, "") for heading in HEADINGS] for row in rows])


def pushed(alert, **more):
    (row,) = push_rows(Alert.objects.filter(pk=alert.pk), HEADINGS)
    return dict(zip(HEADINGS, row, strict=True)) | {"反馈部门": "道里区民政局"} | more


def planned(*rows, area=None):
    source = FileSource(
        content=filled(*rows), file_name="反馈.xlsx", area=area or harbin(), as_of=datetime.date(2025, 4, 30)
    )
    return plan_list(kind=ANSWERS, source=source)


def outcomes(batch):
    return list(
        InboundRow.objects.filter(batch=batch).order_by("number").values_list("outcome", "code", "field")
    )


def test_the_push_list_tells_what_the_agencies_need():
    alert = warned()

    row = pushed(alert)

    assert (row["预警号"], row["姓名"]) == (str(alert.pk), alert.resident.name)
    assert row["证件号码"] == alert.resident.masked_id_number
    assert (row["个人负担"], row["统计区间"]) == ("11000.00", "2025-01-01 至 2025-03-31")
    assert row["核查结果"] == ""


def test_a_filled_list_is_taken_row_by_row(django_user_model):
    acknowledged, visited, given, refused, untouched = [warned() for _ in range(5)]
    batch = planned(
        pushed(acknowledged, 核查结果="已签收"),
        pushed(visited, 核查结果="已入户", **FOUND),
        pushed(given, 核查结果="纳入困难身份", 纳入类别="低保对象", 认定文书="民1号", **FOUND),
        pushed(refused, 核查结果="不符合条件", 不符合原因="收入超过标准", **FOUND),
        pushed(untouched),
    )
    assert batch.counts == {"new": 4, "unchanged": 1}
    assert not AlertAnswer.objects.exists()
    clerk = django_user_model.objects.create(username="clerk")

    apply_answers(batch=batch, user=clerk)

    states = dict(Alert.objects.values_list("pk", "state"))
    assert [states[each.pk] for each in (acknowledged, visited, given, refused, untouched)] == [
        AlertState.ACKNOWLEDGED,
        AlertState.VISITED,
        AlertState.ANSWERED,
        AlertState.ANSWERED,
        AlertState.SENT,
    ]
    answer = AlertAnswer.objects.get(outcome="recognized")
    assert (answer.batch, answer.row_number, answer.recorded_by) == (batch, 4, clerk)
    assert answer.plan.counts == {"new": 1}
    assert AlertAnswer.objects.get(outcome="not_eligible").reason_code == "income"
    assert not Recognition.objects.filter(category="subsistence_allowance").exists()
    assert planned_again_changes_nothing(refused)


def planned_again_changes_nothing(alert):
    batch = planned(pushed_answered(alert, 核查结果="不符合条件", 不符合原因="收入超过标准", **FOUND))
    return batch.counts == {"unchanged": 1}


def pushed_answered(alert, **more):
    return {"预警号": str(alert.pk), "姓名": alert.resident.name, "反馈部门": "道里区民政局"} | more


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"核查结果": "不符合条件"} | FOUND, ("refused", "alert_answer_incomplete", "说明")),
        (
            {"核查结果": "纳入困难身份", "纳入类别": "贵族"} | FOUND,
            ("refused", "alert_answer_incomplete", "纳入类别"),
        ),
        ({"核查结果": "已签收", "反馈部门": "无此局"}, ("refused", "agency_unknown", "反馈部门")),
        ({"核查结果": "已签收", "姓名": "张冠李"}, ("conflict", "name_differs", "姓名")),
        ({"核查结果": "已签收", "预警号": "999999"}, ("refused", "alert_not_found", "")),
        ({"核查结果": "已签收", "预警号": "甲"}, ("refused", "alert_not_found", "预警号")),
        ({"核查结果": "也许"} | FOUND, ("refused", "word_unknown", "核查结果")),
        (
            {"核查结果": "已入户", "核查人": "李四", "核查日期": "2025-13-01"},
            ("refused", "date_unreadable", "核查日期"),
        ),
    ],
)
def test_rows_that_cannot_be_taken_say_why(changes, expected):
    assert outcomes(planned(pushed(warned(), **changes))) == [expected]


def test_a_list_of_another_county_names_nobody():
    (row,) = InboundRow.objects.filter(
        batch=planned(pushed(warned(), 核查结果="已签收", 姓名="猜"), area=shangzhi())
    )

    assert (row.outcome, row.code) == ("refused", "outside_area")
    assert "登记" not in row.message


def test_a_row_twice_is_said_once():
    alert = warned()
    same = pushed(alert, 核查结果="给予救助", **FOUND)
    other = same | {"核查结果": "不符合条件", "说明": "无"}

    assert [code for _, code, _ in outcomes(planned(same, same, other))] == ["", "repeated", "contradictory"]


def test_what_was_answered_meanwhile_is_not_answered_twice():
    alert = warned()
    batch = planned(pushed(alert, 核查结果="给予救助", **FOUND))
    agency = AgencyFactory._meta.model.objects.get(name="道里区民政局")
    answer_alert(alert=alert, agency=agency, words=words(outcome="assisted", reason=""))

    applied = apply_answers(batch=batch)

    assert applied.counts == {"unchanged": 1}
    assert AlertAnswer.objects.count() == 1
