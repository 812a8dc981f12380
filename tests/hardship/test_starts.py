"""A list that states another first day than the record: somebody says which it is, once."""

import pytest

from exchange.models import InboundRow, RowResolution
from exchange.parsers.writer import write_xlsx
from hardship.models import Category, Recognition
from hardship.services.lists import (
    RowNotOpen,
    SecondUserNeeded,
    decisions_for,
    resolve_rows,
    undo_list,
)
from hardship.services.lists.starts import StartNotAdoptable
from hardship.services.recognitions import end_recognitions
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, day, number, outcomes, people, plan
from tests.hardship.starts import APRIL, MAY, RECORDED, STATED, listed, recorded, resolve, the_row
from tests.registry.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_the_stated_first_day_is_taken_with_reason_and_history_once():
    recorded()
    row, user = the_row(listed()), UserFactory()
    assert (row.outcome, row.code) == ("unchanged", "start_differs")
    assert decisions_for(row) == {"adopt": "采用名单的起始日期", "keep": "保留登记的起始日期"}

    done = resolve(row, "adopt", user)

    record = Recognition.objects.get()
    latest = record.history.latest()
    assert (str(record.valid_from), latest.history_user, latest.history_batch) == (STATED, user, row.batch_id)
    assert (done.outcome, done.code) == ("changed", "start_adopted")
    assert done.message == "采用名单的起始日期：低保对象（2024-09-01 → 2023-01-01）"
    assert RowResolution.objects.get().reason == "已核对认定文书"
    with pytest.raises(RowNotOpen):
        resolve(row, "adopt")
    assert Recognition.history.count() == 2


def test_who_imported_the_list_does_not_take_its_first_day():
    recorded()
    importer = UserFactory()
    row = the_row(listed(user=importer))

    with pytest.raises(SecondUserNeeded):
        resolve(row, "adopt", importer)

    assert resolve(row, "keep", importer).code == "start_kept"
    assert str(Recognition.objects.get().valid_from) == RECORDED


def test_what_was_kept_is_not_asked_again_until_another_day_is_stated():
    recorded()
    kept = resolve(the_row(listed()), "keep")

    again, other = the_row(listed(as_of=MAY)), the_row(listed(stated="2022-02-02", as_of=day("2025-06-30")))

    assert (again.code, decisions_for(again), again.payload["decided_rows"]) == (
        "decided_before",
        {},
        [kept.pk],
    )
    assert f"决定保留登记（批次{kept.batch_id}工作表“名单”第2行）" in again.message
    assert (other.code, bool(decisions_for(other))) == ("start_differs", True)


def test_a_list_taken_back_takes_the_first_day_back_too():
    recorded()
    batch = listed()
    resolve(the_row(batch), "adopt")
    asks, agrees = UserFactory.create_batch(2)

    undo_list(batch=batch, reason="名单有误", user=asks, second_user=agrees)

    record = Recognition.objects.get()
    assert (str(record.valid_from), record.valid_to) == (RECORDED, None)


def test_a_first_day_that_cannot_be_is_refused_and_nothing_is_written():
    recorded()
    RecognitionFactory(
        resident=Recognition.objects.get().resident, valid_from=day("2022-01-01"), valid_to=day("2024-01-01")
    )
    row = the_row(listed())

    with pytest.raises(StartNotAdoptable, match="与更早的同类认定重叠"):
        resolve(row, "adopt")

    row.refresh_from_db()
    assert (row.code, RowResolution.objects.count()) == ("start_differs", 0)
    Recognition.objects.filter(valid_to=None).update(valid_from=day("2024-10-01"))
    with pytest.raises(StartNotAdoptable, match="变动过"):
        resolve(row, "adopt")
    assert decisions_for(row)


test_a_first_day_that_cannot_be_is_refused_and_nothing_is_written.pytestmark = [
    pytest.mark.raw_writes("a record that changed behind the plan")
]


def test_what_the_row_did_besides_stays_told_and_the_history_says_why():
    recorded()
    margin = RecognitionFactory(of="subsistence_margin", resident=Recognition.objects.get().resident)
    end_recognitions(recognition_ids=[margin.pk], on=day("2024-06-01"), reason="收入变化")
    row, other = (
        the_row(apply(plan(civil((0, "人0", "低保、特困、低保边缘家庭成员", STATED))))),
        UserFactory(),
    )
    assert (row.outcome, row.code) == ("changed", "reappeared")

    done = resolve(row, "adopt", other)

    assert (done.outcome, done.code) == ("changed", "reappeared")
    words = "采用名单的起始日期：低保对象（2024-09-01 → 2023-01-01）"
    assert words in done.message
    assert all(word in done.message for word in ("新增 特困人员", "恢复 低保边缘家庭成员"))
    assert "可在本行采用" not in done.message
    assert words in done.payload["remarks"]
    latest = Recognition.history.get(category="subsistence_allowance", valid_from=day(STATED))
    assert latest.history_change_reason == (
        f"apply identities.civil_affairs 2025-03-31 批次{row.batch_id}：已核对认定文书"
    )
    began = Recognition.history.get(category="extreme_hardship")
    assert began.history_change_reason.endswith(f"批次{row.batch_id}")  # nobody had to decide that


def test_a_new_row_stays_new_and_says_that_the_recorded_day_is_kept():
    recorded()
    row = the_row(apply(plan(civil((0, "人0", "低保、特困", STATED)))))
    before = row.outcome

    done = resolve(row, "keep")

    assert (done.outcome, done.code) == (before, "start_kept")
    assert "新增 特困人员" in done.message
    assert "保留登记的起始日期：低保对象（登记自 2024-09-01 起，名单称自 2023-01-01 起）" in done.message


def test_several_rows_are_decided_alike_and_again_nothing_happens():
    recorded(3)
    batch, user = listed(3), UserFactory()
    rows = list(InboundRow.objects.filter(batch=batch).select_related("batch").order_by("number"))
    resolve(rows[0], "keep")

    left = resolve_rows(rows=rows, decision="adopt", reason="民政局来函", user=user)
    again = resolve_rows(rows=rows, decision="adopt", reason="民政局来函", user=user)

    assert [(row.number, why) for row, why in left] == [(2, "该行已为“未变”，不需处置")]
    assert len(again) == 3
    assert sorted(map(str, Recognition.objects.values_list("valid_from", flat=True))) == [
        STATED,
        STATED,
        RECORDED,
    ]
    assert RowResolution.objects.count() == 3
    assert [code for _, _, code in outcomes(batch)] == ["start_kept", "start_adopted", "start_adopted"]


@pytest.mark.parametrize(
    ("stated", "code"),
    [("202409", ""), ("2024年9月", ""), ("2024-09-01", "start_differs"), ("202408", "start_differs")],
)
def test_a_month_in_which_the_record_begins_is_not_another_day(stated, code):
    (person,) = people(1)
    RecognitionFactory(resident=person, valid_from=day("2024-09-15"))

    assert the_row(listed(stated=stated)).code == code


def test_the_months_of_the_monitoring_export_agree_with_days_on_record():
    (person,) = people(1)
    attributes = {"risk_eliminated": False, "identified_month": "2024-09"}
    RecognitionFactory(
        resident=person, of="unstable_exit", valid_from=day("2024-09-15"), attributes=attributes
    )
    header = ["户编号", "姓名", "证件号码", "户类型", "监测对象类别", "风险是否已消除", "识别监测时间"]
    row = ["H1", "人0", number(0), "", "脱贫不稳定户", "否", "202409"]

    batch = plan(write_xlsx(header, [row]), kind="rural_affairs", mode="supplementary")

    (found,) = InboundRow.objects.filter(batch=batch)
    assert (found.outcome, found.payload.get("starts")) == ("unchanged", None)


@pytest.mark.parametrize(
    ("stated", "begins"), [(("202409", "2024-09-01"), False), (("202409", "202409"), True)]
)
def test_of_two_rows_the_one_that_states_a_day_says_more_than_a_month(stated, begins):
    (person,) = people(1)
    RecognitionFactory(resident=person, valid_from=day("2024-09-15"))

    batch = plan(civil(*((0, "人0", "低保", each) for each in stated)))

    first = InboundRow.objects.filter(batch=batch).order_by("number").first()
    assert (first.code == "") is begins


def recorded_for_months(months=12):
    """Record somebody for whom a category holds some months; return its label."""
    (person,) = people(1)
    category = Category.objects.get(code="illness_impoverished")
    category.months = months
    category.save(update_fields=["months"])
    RecognitionFactory(
        resident=person, category=category, valid_from=day(RECORDED), valid_to=day("2025-09-01")
    )
    return category.label


def terms():
    return [tuple(map(str, each)) for each in Recognition.objects.values_list("valid_from", "valid_to")]


def test_a_term_of_the_categorys_months_moves_with_its_first_day_and_back():
    label = recorded_for_months()
    batch = apply(plan(civil((0, "人0", label, "2024-06-01"))))

    done = resolve(the_row(batch), "adopt")

    assert terms() == [("2024-06-01", "2025-06-01")]
    assert f"{label}（2024-09-01 → 2024-06-01，期限随之至 2025-05-31）" in done.message
    asks, agrees = UserFactory.create_batch(2)
    undo_list(batch=batch, reason="名单有误", user=asks, second_user=agrees)
    assert terms() == [(RECORDED, "2025-09-01")]


def test_a_first_day_from_which_the_term_is_over_is_refused():
    row = the_row(apply(plan(civil((0, "人0", recorded_for_months(), STATED)))))

    with pytest.raises(StartNotAdoptable, match="有效期到 2023-12-31 已过"):
        resolve(row, "adopt")

    assert terms() == [(RECORDED, "2025-09-01")]


def test_an_end_that_somebody_said_stays_where_it_is():
    label = recorded_for_months(months=6)

    resolve(the_row(apply(plan(civil((0, "人0", label, STATED))))), "adopt")

    assert terms() == [(STATED, "2025-09-01")]


def test_of_two_categories_one_that_cannot_be_taken_does_not_keep_back_the_other():
    recorded()
    person = Recognition.objects.get().resident
    margin = {"resident": person, "of": "subsistence_margin"}
    RecognitionFactory(**margin, valid_from=day("2020-01-01"), valid_to=day("2023-06-01"))
    RecognitionFactory(**margin, valid_from=day("2024-01-01"))
    batch = apply(plan(civil((0, "人0", "低保、低保边缘家庭成员", STATED)), as_of=APRIL))

    done = resolve(the_row(batch), "adopt")

    assert str(Recognition.objects.get(category="subsistence_allowance").valid_from) == STATED
    assert (
        str(Recognition.objects.get(category="subsistence_margin", valid_to=None).valid_from) == "2024-01-01"
    )
    assert (done.outcome, done.code, decisions_for(done)) == ("changed", "start_adopted", {})
    why = "未采用低保边缘家庭成员的起始日期：名单的起始日期 2023-01-01 与更早的同类认定重叠"
    assert why in done.message
    assert "可在本行采用" not in done.message
    assert "采用名单的起始日期：低保对象（2024-09-01 → 2023-01-01）" in done.message
    again = the_row(apply(plan(civil((0, "人0", "低保、低保边缘家庭成员", STATED)), as_of=MAY)))
    assert [each["category"] for each in again.payload["starts"]] == ["subsistence_margin"]
