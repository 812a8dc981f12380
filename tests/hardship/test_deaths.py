"""The list of the dead: planned, shown, applied, taken back; it never ends an identity and never revives anybody."""

import datetime

import pytest

from benefits.services.settle import settle_claims
from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.parsers.templates import sample_of
from exchange.parsers.writer import write_xlsx
from exchange.services.batches import AsOfInFuture
from hardship.models import Recognition
from hardship.parsers.deaths import FORM, read_deaths
from hardship.selectors.since_planned import people_changed_since_planned
from hardship.services.deaths import (
    DeathsOutdated,
    apply_deaths,
    apply_held_deaths,
    ask_to_undo_deaths,
    plan_deaths,
    replan_deaths,
    undo_deaths,
)
from hardship.services.lists import ListCannotBeUndone, SecondUserNeeded
from registry.models import Resident
from registry.services import change_id_number, move_resident
from registry.services.change_residents import ImpossibleDate
from registry.services.merge_residents import merge_residents
from registry.services.record_deaths import record_deaths
from tests.benefits.factories import bill, hospital, insured, law
from tests.hardship.factories import RecognitionFactory, UserFactory
from tests.registry.factories import ResidentFactory, area, harbin, identity_number, shangzhi, tangshan

pytestmark = pytest.mark.django_db
DAY = datetime.date(2025, 3, 31)
DIED = datetime.date(2025, 3, 8)


def dead(*rows, headings=("序号", "姓名", "身份证号码", "死亡时间")):
    lines = [
        [place, name, identity_number(who) if isinstance(who, int) else who, when]
        for place, (who, name, when) in enumerate(rows, start=1)
    ]
    return write_xlsx(headings, lines, title="三月")


def plan(*rows, **more):
    values = {"content": dead(*rows), "file_name": "死亡.xlsx", "area": harbin(), "as_of": DAY} | more
    return plan_deaths(**values)


def known(serial=0, **more):
    return ResidentFactory(number=identity_number(serial), name=f"人{serial}", **more)


def told(batch):
    return list(
        InboundRow.objects.filter(batch=batch)
        .order_by("sheet", "number")
        .values_list("number", "outcome", "code")
    )


def test_a_death_is_recorded_with_history_that_names_its_list():
    person = known()
    held = RecognitionFactory(resident=person)

    batch = plan((0, "人0", "2025年3月8日"))
    planned = Resident.objects.get(pk=person.pk).died_on
    apply_deaths(batch=batch, user=(clerk := UserFactory()))

    person.refresh_from_db()
    change = person.history.latest()
    assert (planned, person.died_on) == (None, DIED)
    assert (change.history_user_id, change.history_batch, change.died_on) == (clerk.pk, batch.pk, DIED)
    assert change.history_change_reason == f"apply deaths 2025-03-31 批次{batch.pk}"
    assert Recognition.objects.get().valid_to == held.valid_to


def test_the_same_list_again_is_the_same_batch_and_next_months_finds_nothing_new():
    known()
    content = dead((0, "人0", "2025-03-08"))  # written once: a workbook says when it was made
    batch, again = plan(content=content), plan(content=content)
    apply_deaths(batch=batch)

    later = plan((0, "人0", "20250308"), as_of=datetime.date(2025, 4, 30))

    assert again.pk == batch.pk
    assert told(later) == [(2, RowOutcome.UNCHANGED, "")]


@pytest.mark.parametrize(
    ("row", "outcome", "code", "column"),
    [
        ((9, "无名", "2025-03-08"), RowOutcome.HELD, "unknown_person", "证件号码"),
        ((0, "人一", "2025-03-08"), RowOutcome.CONFLICT, "name_differs", "姓名"),
        ((0, "人0", "2025-04-01"), RowOutcome.CONFLICT, "died_later", "死亡时间"),
        ((0, "人0", "1965-02-28"), RowOutcome.CONFLICT, "died_before_birth", "死亡时间"),
        ((1, "人1", "2025-03-09"), RowOutcome.CONFLICT, "other_day", "死亡时间"),
        ((1, "人1", "2025-03-08"), RowOutcome.UNCHANGED, "", ""),
        ((2, "人2", "2025-03-08"), RowOutcome.CONFLICT, "outside_area", "地区"),
        ((0, "人0", "202503"), RowOutcome.REFUSED, "date_unreadable", "死亡时间"),
        ((0, "人0", ""), RowOutcome.REFUSED, "blank_date", "死亡时间"),
        (("230199", "人0", "2025-03-08"), RowOutcome.REFUSED, "identity_number_invalid", "身份证号码"),
        ((0, identity_number(0), "2025-03-08"), RowOutcome.REFUSED, "name_unreadable", "姓名"),
    ],
)
def test_what_is_not_simply_recorded_says_where_and_why(row, outcome, code, column):
    known(0)
    known(1, died_on=DIED)
    known(2, living_area=area("230201", parent=area("230200", parent=area("230000", name="黑龙江省"))))

    batch = plan(row)

    (kept,) = InboundRow.objects.filter(batch=batch)
    assert (kept.outcome, kept.code, kept.field, kept.sheet, kept.number) == (
        outcome,
        code,
        column,
        "三月",
        2,
    )
    assert identity_number(0) not in f"{kept.message}{kept.payload}"


def test_a_person_named_twice_is_one_or_a_contradiction():
    known(0)
    known(1)

    batch = plan(
        (0, "人0", "2025-03-08"), (0, "人0", "2025/3/8"), (1, "人1", "2025-03-08"), (1, "人1", "2025-03-09")
    )

    assert told(batch) == [
        (2, RowOutcome.NEW, ""),
        (3, RowOutcome.DUPLICATE, "same_person"),
        (4, RowOutcome.CONFLICT, "contradictory"),
        (5, RowOutcome.CONFLICT, "contradictory"),
    ]


def test_a_list_overtaken_by_the_register_is_not_applied_until_planned_anew():
    person = known()
    batch = plan((0, "人0", "2025-03-08"))
    record_deaths(deaths={person.pk: datetime.date(2025, 3, 9)}, reason="close")

    with pytest.raises(DeathsOutdated):
        apply_deaths(batch=batch)
    replan_deaths(batch=batch)

    assert told(batch) == [(2, RowOutcome.CONFLICT, "other_day")]
    assert Resident.objects.get().died_on == datetime.date(2025, 3, 9)


def test_held_rows_are_recorded_once_the_person_is_known():
    batch = apply_deaths(batch=plan((0, "人0", "2025-03-08")))
    person = known()

    apply_held_deaths(batch=batch)

    person.refresh_from_db()
    batch.refresh_from_db()
    assert person.died_on == DIED
    assert batch.counts == {RowOutcome.NEW: 1}


def test_undoing_takes_two_and_brings_back_whom_the_list_recorded():
    person, dead_before = known(0), known(1, died_on=DIED)
    batch = apply_deaths(batch=plan((0, "人0", "2025-03-08"), (1, "人1", "2025-03-08")))
    clerk, colleague = UserFactory(), UserFactory()
    ask_to_undo_deaths(batch=batch, reason="名单有误", user=clerk)

    with pytest.raises(SecondUserNeeded):
        undo_deaths(batch=batch, reason="名单有误", user=clerk, second_user=clerk)
    undo_deaths(batch=batch, reason="名单有误", user=clerk, second_user=colleague)

    days = dict(Resident.objects.values_list("pk", "died_on"))
    assert days == {person.pk: None, dead_before.pk: DIED}
    assert InboundBatch.objects.get().status == BatchStatus.UNDONE
    assert person.history.latest().history_batch == batch.pk
    assert plan((0, "人0", "2025-03-08")).pk != batch.pk


def test_undoing_passes_over_a_record_that_became_part_of_another_whose_death_is_on_record():
    born, other = datetime.date(2024, 10, 1), known()
    theirs = identity_number(1, born_on=born)
    gone = ResidentFactory(number=theirs, born_on=born, name="小宝")
    kept = ResidentFactory(number="S230000001", id_kind="birth_certificate", born_on=born, name="小宝")
    batch = plan((0, "人0", "2025-03-08"), (theirs, "小宝", "2025-03-08"))
    apply_deaths(batch=batch)
    record_deaths(deaths={kept.pk: DIED}, reason="死亡证明")
    merge_residents(kept=kept, gone=gone, reason="同一人", user=UserFactory())

    asked, agreed = UserFactory.create_batch(2)
    undo_deaths(batch=batch, reason="误报", user=asked, second_user=agreed)

    died = dict(Resident.objects.values_list("pk", "died_on"))
    assert died == {other.pk: None, kept.pk: DIED}


def moved_away(person):
    move_resident(
        resident=person, living_area=tangshan(), hukou_area=tangshan(), reason="迁出", user=UserFactory()
    )


def renamed(person):
    person.name = "王五"
    person.save()


def renumbered(person):
    change_id_number(resident=person, id_number=identity_number(8), reason="换证", user=UserFactory())


@pytest.mark.parametrize(
    ("happens", "outcome"),
    [
        (moved_away, (2, RowOutcome.CONFLICT, "outside_area")),
        (renamed, (2, RowOutcome.CONFLICT, "name_differs")),
        (renumbered, (2, RowOutcome.NEW, "")),
    ],
)
def test_who_is_not_as_they_were_when_the_list_was_planned_stops_it_until_it_is_planned_anew(
    happens, outcome
):
    person = known()
    batch = plan((0, "人0", "2025-03-08"))
    happens(person)

    with pytest.raises(DeathsOutdated):
        apply_deaths(batch=batch)
    assert Resident.objects.get().died_on is None
    replan_deaths(batch=batch)

    assert told(batch) == [outcome]
    assert apply_deaths(batch=batch).status == BatchStatus.APPLIED


def test_who_was_registered_since_a_list_was_planned_stops_it_and_others_do_not():
    known()
    batch = plan((0, "人0", "2025-03-08"), (1, "人1", "2025-03-09"))
    known(2)
    assert not people_changed_since_planned(batch)
    known(1)

    with pytest.raises(DeathsOutdated):
        apply_deaths(batch=batch)
    assert apply_deaths(batch=plan((0, "人0", "2025-03-08"), (1, "人1", "2025-03-09"))).counts == {"new": 2}


def test_a_list_is_not_undone_once_a_day_was_corrected():
    person = known()
    batch = apply_deaths(batch=plan((0, "人0", "2025-03-08")))
    record_deaths(deaths={person.pk: datetime.date(2025, 3, 9)}, reason="close")

    with pytest.raises(DeathsOutdated):
        undo_deaths(batch=batch, reason="名单有误", user=UserFactory(), second_user=UserFactory())

    assert Resident.objects.get().died_on == datetime.date(2025, 3, 9)


def test_what_was_settled_since_for_the_dead_stands_in_the_way_and_what_was_settled_for_others_does_not():
    law()
    hospital()
    person, other = insured(known(0)), insured(known(1))
    batch = apply_deaths(batch=plan((0, "人0", "2025-03-08")))
    clerk, colleague = UserFactory(), UserFactory()

    settle_claims(claims=[bill(other, "B1", 30_000)], user=None)
    ask_to_undo_deaths(batch=batch, reason="名单有误", user=clerk)
    (outcome,) = settle_claims(claims=[bill(person, "B2", 30_000, day=DIED)], user=None)
    assert outcome.claim is not None

    with pytest.raises(ListCannotBeUndone) as asking:
        ask_to_undo_deaths(batch=batch, reason="名单有误", user=clerk)
    with pytest.raises(ListCannotBeUndone) as agreeing:
        undo_deaths(batch=batch, reason="名单有误", user=clerk, second_user=colleague)
    assert asking.value.details == agreeing.value.details == {"depends": {"费用已结算": 1}}
    assert asking.value.message == "不能撤销：1 人费用已结算。请先办理这些事项，或逐人更正"
    assert Resident.objects.get(pk=person.pk).died_on == DIED


def test_a_death_before_birth_records_nobody():
    early, fine = known(0), known(1)

    with pytest.raises(ImpossibleDate):
        record_deaths(deaths={fine.pk: DIED, early.pk: datetime.date(1960, 1, 1)}, reason="close")

    assert set(Resident.objects.values_list("died_on", flat=True)) == {None}


def test_the_sample_reads_without_an_error():
    parsed = read_deaths(sample_of(FORM), "样例.xlsx", on=DAY)

    assert parsed.errors == ()
    assert [each.died_on.day for each in parsed.people] == [8, 15]


def test_planning_and_applying_cost_the_same_for_three_rows_and_thirty(django_assert_num_queries):
    for serial in range(33):
        known(serial, living_area=shangzhi())
    few = plan(*[(serial, f"人{serial}", "2025-03-08") for serial in range(3)])
    many = [(serial, f"人{serial}", "2025-03-08") for serial in range(3, 33)]

    with django_assert_num_queries(
        24
    ) as first:  # lock, changed since, deaths, residents, stage, history, mark
        apply_deaths(batch=few)
    batch = plan(*many)
    with django_assert_num_queries(len(first.captured_queries)):
        apply_deaths(batch=batch)


def test_a_list_of_a_day_to_come_is_no_list():
    with pytest.raises(AsOfInFuture):
        plan(as_of=datetime.date(2052, 3, 31))

    assert not InboundBatch.objects.exists()
