"""A list that states another first day than the record: somebody says which it is, once."""

import pytest

from exchange.models import InboundRow, RowResolution
from exchange.parsers.writer import write_xlsx
from hardship.models import Category, Recognition
from hardship.services.lists import (
    RowNotAdoptable,
    RowNotOpen,
    SecondUserNeeded,
    decisions_for,
    resolve_row,
    resolve_rows,
    undo_list,
)
from hardship.services.lists.starts import StartNotAdoptable
from hardship.services.recognitions import end_recognitions
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, day, number, outcomes, people, plan
from tests.registry.factories import UserFactory

pytestmark = pytest.mark.django_db
APRIL, MAY = day("2025-04-30"), day("2025-05-31")
RECORDED, STATED = "2024-09-01", "2023-01-01"


def listed(count=1, stated=STATED, as_of=APRIL, **more):
    """Return a list in force that states another first day than the records, of which it has as many."""
    rows = [(serial, f"人{serial}", "低保", stated) for serial in range(count)]
    return apply(plan(civil(*rows), as_of=as_of, **more))


def recorded(count=1, **more):
    for person in people(count):
        RecognitionFactory(resident=person, valid_from=day(RECORDED), **more)


def the_row(batch):
    return InboundRow.objects.select_related("batch").get(batch=batch)


def resolve(row, decision, user=None):
    return resolve_row(row=row, decision=decision, reason="已核对认定文书", user=user or UserFactory())


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


def kinds():
    rows = Recognition.objects.order_by("valid_from").values_list("valid_from", "valid_to", "attributes")
    return [(str(since), until and str(until), attributes["residence"]) for since, until, attributes in rows]


FIRST_PART = "采用名单的日期：首段自该日起，其后不变"
THIS_PART = "采用名单的日期：现段自该日起，上段到此为止"


@pytest.fixture
def two_kinds():
    """Return a list in force by which 城市低保 became 农村低保; it states 2025-03-01."""
    recorded(attributes={"residence": "urban"})
    return apply(plan(civil((0, "人0", "农村低保", "2025-03-01"))))


@pytest.mark.parametrize("as_of", [None, APRIL])
@pytest.mark.parametrize(
    ("decision", "after", "told"),
    [
        (
            "adopt",
            [("2025-03-01", "2025-03-31", "urban"), ("2025-03-31", None, "rural")],
            "低保对象（2024-09-01 → 2025-03-01）",
        ),
        (
            "adopt_part",
            [("2024-09-01", "2025-03-01", "urban"), ("2025-03-01", None, "rural")],
            "低保对象现在这一段自 2025-03-01 起，上一段到前一日止",
        ),
    ],
)
def test_of_a_spell_of_two_kinds_somebody_says_which_begins_on_the_stated_day(
    two_kinds, as_of, decision, after, told
):
    batch = apply(plan(civil((0, "人0", "农村低保", "2025-03-01")), as_of=as_of)) if as_of else two_kinds
    before = list(Recognition.objects.order_by("pk").values())
    row = the_row(batch)
    assert (
        "登记自 2024-09-01 起（城乡属性：城市），2025-03-31 起变更为另一段（城乡属性：农村）；不作改动"
        in row.message
    )
    assert list(decisions_for(row).items()) == [
        ("adopt", FIRST_PART),
        ("adopt_part", THIS_PART),
        ("keep", "保留登记的起始日期"),
    ]

    done = resolve(row, decision)

    assert kinds() == after
    assert (done.outcome, told in done.message) == ("changed", True)
    if as_of:
        asks, agrees = UserFactory.create_batch(2)
        undo_list(batch=batch, reason="名单有误", user=asks, second_user=agrees)
        assert list(Recognition.objects.order_by("pk").values()) == before


def test_a_day_after_the_second_kind_began_can_only_be_its_own(two_kinds):
    batch = apply(plan(civil((0, "人0", "农村低保", "2025-04-10")), as_of=APRIL))
    row, user = the_row(batch), UserFactory()
    assert list(decisions_for(row)) == ["adopt_part", "keep"]
    with pytest.raises(StartNotAdoptable, match="不早于该段认定的终止日期"):
        resolve(row, "adopt")

    resolve(row, "adopt_part", user)

    assert kinds() == [("2024-09-01", "2025-04-10", "urban"), ("2025-04-10", None, "rural")]
    entries = Recognition.history.filter(history_user=user)
    assert (
        sorted(entries.values_list("history_change_reason", flat=True))
        == [f"apply identities.civil_affairs 2025-04-30 批次{batch.pk}：已核对认定文书"] * 2
    )


def test_a_part_is_taken_neither_by_the_importer_nor_of_another_question_nor_over_a_third_kind(two_kinds):
    importer = UserFactory()
    row = the_row(apply(plan(civil((0, "人0", "农村低保", "2025-03-01")), as_of=APRIL, user=importer)))

    with pytest.raises(SecondUserNeeded):
        resolve(row, "adopt_part", importer)
    odd = the_row(apply(plan(civil((0, "李四", "农村低保")), as_of=MAY)))
    with pytest.raises(RowNotAdoptable):
        resolve(odd, "adopt_part")
    apply(plan(civil((0, "人0", "城市低保")), as_of=day("2025-06-15")))
    third = the_row(apply(plan(civil((0, "人0", "城市低保", "2025-03-01")), as_of=day("2025-06-30"))))
    with pytest.raises(StartNotAdoptable, match="上一段自 2025-03-31 起，不早于名单的起始日期 2025-03-01"):
        resolve(third, "adopt_part")
    assert [since for since, *_ in kinds()] == ["2024-09-01", "2025-03-31", "2025-06-15"]


def test_a_part_that_was_kept_is_not_asked_again(two_kinds):
    said = civil((0, "人0", "农村低保", "2025-03-01"))

    assert resolve(the_row(apply(plan(said, as_of=APRIL))), "keep").code == "start_kept"

    assert the_row(apply(plan(said, as_of=MAY))).code == "decided_before"


def test_an_earlier_day_is_the_first_of_a_whole_spell_of_two_kinds():
    recorded(attributes={"residence": "urban"})

    resolve(the_row(apply(plan(civil((0, "人0", "农村低保", STATED))))), "adopt")

    assert kinds() == [(STATED, "2025-03-31", "urban"), ("2025-03-31", None, "rural")]


def a_term_of_two_kinds():
    """Record 低保 of twelve months that became another kind within them."""
    people(1)
    category = Category.objects.get(code="subsistence_allowance")
    category.months = 12
    category.save(update_fields=["months"])
    apply(plan(civil((0, "人0", "城市低保", RECORDED)), as_of=day("2024-12-31")))
    apply(plan(civil((0, "人0", "农村低保"))))
    assert kinds() == [(RECORDED, "2025-03-31", "urban"), ("2025-03-31", "2025-09-01", "rural")]


def test_a_term_that_became_another_kind_moves_with_its_first_day_and_back():
    a_term_of_two_kinds()
    before = list(Recognition.objects.order_by("pk").values())
    batch = listed(stated="2024-06-01")

    done = resolve(the_row(batch), "adopt")

    assert kinds() == [("2024-06-01", "2025-03-31", "urban"), ("2025-03-31", "2025-06-01", "rural")]
    assert "（2024-09-01 → 2024-06-01，期限随之至 2025-05-31）" in done.message
    asks, agrees = UserFactory.create_batch(2)
    undo_list(batch=batch, reason="名单有误", user=asks, second_user=agrees)
    assert list(Recognition.objects.order_by("pk").values()) == before


def test_a_term_that_became_another_kind_is_not_made_longer_than_it_is():
    a_term_of_two_kinds()

    with pytest.raises(StartNotAdoptable, match="有效期到 2024-11-30 已过"):
        resolve(the_row(listed(stated="2023-12-01")), "adopt")

    assert kinds()[0][0] == RECORDED
