"""A list of the same kind and day revises what an earlier one said: it never was, or it never ended."""

import datetime
from decimal import Decimal

import pytest

from exchange.models import InboundRow
from hardship.models import Recognition
from hardship.selectors import held_by
from hardship.selectors.changes import identity_changes
from hardship.selectors.endings import endings_guard
from hardship.services.lists import (
    ListOutOfDate,
    SecondUserNeeded,
    apply_held,
    apply_list,
    map_identity_name,
    replan_list,
    resolve_row,
    undo_list,
)
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, day, number, outcomes, people, plan
from tests.registry.factories import ResidentFactory, UserFactory, daoli, shangzhi

pytestmark = pytest.mark.django_db
APRIL = datetime.date(2025, 4, 30)


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


def in_force(*rows, **more):
    return apply(plan(civil(*rows), **more))


def spells(resident):
    """Return (category, from, to, attributes) of all recognitions, oldest first."""
    rows = Recognition.objects.filter(resident=resident).order_by("valid_from", "category")
    return [
        (code, str(since), until and str(until), attributes)
        for code, since, until, attributes in rows.values_list(
            "category", "valid_from", "valid_to", "attributes"
        )
    ]


def register():
    return list(Recognition.objects.order_by("pk").values())


def messages(batch):
    return dict(InboundRow.objects.filter(batch=batch).values_list("payload__name", "message"))


@pytest.mark.parametrize("since", ["", "2024-01-01", "2025-03-31"])
def test_whom_only_an_earlier_list_of_the_day_named_never_held_it(since):
    _, _, wrong = people(3)
    in_force((0, "人0", "低保"), (1, "人1", "低保"), (2, "人2", "低保", since))
    assert spells(wrong)

    batch = plan(civil((0, "人0", "低保"), (1, "人1", "低保")))

    assert batch.counts == {"unchanged": 2, "ended": 1}
    assert messages(batch)["人2"] == (
        f"清单中没有此人：撤回 低保对象（自 {since or MARCH}，同日较早的名单所列，视为误列）"
    )
    assert (endings_guard(batch).ending, endings_guard(batch).standing) == (1, 3)
    apply(batch)
    assert spells(wrong) == []
    struck = Recognition.history.filter(resident=wrong, history_type="-").get()
    assert (struck.history_batch, struck.history_change_reason) == (
        batch.pk,
        f"apply identities.civil_affairs 2025-03-31 批次{batch.pk}",
    )


def test_what_is_struck_out_counts_as_an_error_for_what_was_decided_on_it():
    _, wrong = people(2)
    first = in_force((0, "人0", "低保"), (1, "人1", "低保"))

    in_force((0, "人0", "低保"))

    now = datetime.datetime.now(tz=datetime.UTC)
    rows = Recognition.history.filter(resident=wrong).order_by("history_id")
    (change,) = identity_changes(
        resident_ids=[wrong.pk],
        since=first.applied_at,
        until=now,
        after={wrong.pk: rows.first().history_id},
    )
    assert change.on(APRIL)["subsistence_allowance"].is_error


def test_the_fuller_list_second_adds_and_takes_nothing_back():
    _, added = people(2)
    in_force((0, "人0", "低保"))

    assert in_force((0, "人0", "低保"), (1, "人1", "低保")).counts == {"unchanged": 1, "new": 1}
    assert held_by(added.pk, day=MARCH) == {"subsistence_allowance"}


@pytest.mark.parametrize("term", [None, "2025-12-31"])
def test_whom_only_an_earlier_list_of_the_day_left_out_never_ended(term):
    _, missed = people(2)
    RecognitionFactory(
        resident=missed, attributes={"residence": "rural"}, valid_to=term and day(term), document="哈民1号"
    )
    before = register()
    in_force((0, "人0", "低保"))
    assert spells(missed)[0][2] == "2025-03-31"

    batch = in_force((0, "人0", "低保"), (1, "人1", "低保"))

    assert messages(batch)["人1"] == "恢复 低保对象（自 2025-03-31，视为未曾终止）"
    assert batch.counts == {"unchanged": 1, "changed": 1}
    assert [row for row in register() if row["resident_id"] == missed.pk] == before


def test_who_ended_by_mistake_and_is_of_another_kind_now_begins_that_with_what_was_known():
    _, missed = people(2)
    RecognitionFactory(resident=missed, attributes={"residence": "rural"})
    in_force((0, "人0", "低保"))

    in_force((0, "人0", "低保"), (1, "人1", "城市低保"))

    assert spells(missed) == [
        ("subsistence_allowance", "2024-01-01", "2025-03-31", {"residence": "rural"}),
        ("subsistence_allowance", "2025-03-31", None, {"residence": "urban"}),
    ]


def test_an_identity_listed_by_mistake_gives_way_to_the_right_one():
    person, _ = people(2)
    in_force((0, "人0", "特困"), (1, "人1", "特困"))

    batch = in_force((0, "人0", "低保"), (1, "人1", "特困"))

    assert batch.counts == {"unchanged": 1, "changed": 1}
    assert spells(person) == [("subsistence_allowance", "2025-03-31", None, {})]


def test_a_kind_listed_by_mistake_never_was():
    (person,) = people(1)
    in_force((0, "人0", "农村低保", "2024-06-01"))

    in_force((0, "人0", "城市低保", "2024-06-01"))

    assert spells(person) == [("subsistence_allowance", "2024-06-01", None, {"residence": "urban"})]


def test_of_a_change_taken_back_the_record_before_ends_with_the_day():
    changed, other = people(2)
    RecognitionFactory(resident=changed, attributes={"residence": "rural"})
    in_force((0, "人0", "城市低保"), (1, "人1", "农村低保"))

    in_force((1, "人1", "低保"))

    assert spells(changed) == [("subsistence_allowance", "2024-01-01", "2025-03-31", {"residence": "rural"})]
    assert held_by(other.pk, day=MARCH) == {"subsistence_allowance"}


def test_a_supplement_of_the_day_is_revised_by_the_full_list_and_itself_ends_nobody():
    kept, added = people(2)
    in_force((1, "人1", "低保"), mode="supplementary")

    assert in_force((0, "人0", "低保")).counts == {"new": 1, "ended": 1}
    assert held_by(added.pk, day=MARCH) == set()
    assert in_force((1, "人1", "低保", "2025-03-01"), mode="supplementary").counts == {"new": 1}
    assert held_by(kept.pk, day=MARCH) == {"subsistence_allowance"}


def test_what_others_recorded_on_the_day_and_what_a_sister_county_listed_is_left_alone():
    by_hand, listed, _ = people(3, living_area=daoli(), hukou_area=shangzhi())
    RecognitionFactory(resident=by_hand, valid_from=MARCH)
    in_force((1, "人1", "低保"), area=shangzhi())

    assert in_force((2, "人2", "低保"), area=daoli()).counts == {"new": 1}
    for person in (by_hand, listed):
        assert held_by(person.pk, day=MARCH) == {"subsistence_allowance"}


def test_a_list_of_a_later_day_ends_and_strikes_out_nothing():
    _, gone = people(2)
    in_force((0, "人0", "低保"), (1, "人1", "低保"))

    in_force((0, "人0", "低保"), as_of=APRIL)

    assert spells(gone) == [("subsistence_allowance", "2025-03-31", "2025-04-30", {})]


def test_too_many_taken_back_need_a_second_person(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal("0.05")
    people(3)
    clerk, colleague = UserFactory.create_batch(2)
    in_force((0, "人0", "低保"), (1, "人1", "低保"), (2, "人2", "低保"))
    batch = plan(civil((0, "人0", "低保")), user=clerk)

    with pytest.raises(SecondUserNeeded, match="将取消或提前终止 2 条认定，超过现有 3 条的 5%"):
        apply_list(batch=batch, user=clerk)
    assert apply_list(batch=batch, user=clerk, second_user=colleague).status == "applied"


def test_planned_together_the_second_is_planned_anew_and_then_revises_the_first():
    _, wrong = people(2)
    first = plan(civil((0, "人0", "低保"), (1, "人1", "低保")))
    second = plan(civil((0, "人0", "低保")))
    assert second.counts == {"new": 1}
    apply(first)

    assert apply(replan_list(batch=second)).counts == {"unchanged": 1, "ended": 1}
    assert held_by(wrong.pk, day=MARCH) == set()


def test_undoing_the_second_brings_back_field_by_field_what_the_first_did():
    wrong, missed, changed, kept = people(4)
    for person in (missed, kept):
        RecognitionFactory(resident=person)
    in_force((0, "人0", "低保"), (2, "人2", "农村低保"), (3, "人3", "低保"))
    before = register()
    second = in_force((1, "人1", "低保"), (2, "人2", "城市低保"), (3, "人3", "低保"))
    assert second.counts == {"changed": 2, "unchanged": 1, "ended": 1}
    clerk, colleague = UserFactory.create_batch(2)

    undo_list(batch=second, reason="报错", user=clerk, second_user=colleague)

    assert register() == before
    restored = Recognition.history.filter(resident=wrong).order_by("history_id")
    assert list(restored.values_list("history_type", flat=True)) == ["+", "-", "+"]
    assert held_by(changed.pk, day=MARCH) == {"subsistence_allowance"}


def test_rows_of_the_first_that_still_waited_come_to_rest():
    people(2)
    first = in_force((0, "人0", "低保"), (1, "人1", "五好家庭"))
    second = in_force((0, "人0", "低保、孤儿"))

    map_identity_name(name="五好家庭", category="orphan", reason="问过民政", user=UserFactory())

    row = InboundRow.objects.get(batch=first, payload__name="人1")
    assert (row.outcome, row.code) == ("kept", "replaced")
    assert row.message == f"已由 2025-03-31 的全量名单（批次{second.pk}）代替"
    assert apply_held(batch=first) == {}


def test_a_namesake_of_a_misread_row_is_struck_out_once_somebody_says_so():
    _, asked = people(2)
    in_force((0, "人0", "低保"), (1, "人1", "低保"))
    batch = in_force((0, "人0", "低保"), (40, "人1", "低保"))
    row = InboundRow.objects.get(batch=batch, code="possibly_listed")
    assert held_by(asked.pk, day=MARCH) == {"subsistence_allowance"}

    resolve_row(row=row, decision="adopt", reason="不是同一人", user=UserFactory())

    assert spells(asked) == []
    assert outcomes(batch)[0] == (0, "ended", "possibly_listed")


NEWER = "newer_list_says_otherwise"


def the_row(batch, name):
    return InboundRow.objects.select_related("batch").get(batch=batch, payload__name=name)


@pytest.mark.parametrize("mode", ["full", "supplementary"])
def test_a_row_that_waited_does_not_change_what_a_later_supplement_of_the_day_says(mode):
    people(1)
    first = in_force((0, "人0", "农村低保"), (5, "人5", "农村低保"), mode=mode)
    second = in_force((5, "人5", "城市低保"), mode="supplementary")
    late = ResidentFactory(number=number(5), name="人5")

    assert apply_held(batch=second) == {"new": 1}
    assert apply_held(batch=first) == {"conflict": 1}

    assert the_row(first, "人5").message == (
        f"哈尔滨市 2025-03-31 的名单（批次{second.pk}）所列 低保对象 与此不同，不按较早的名单办理，请核对"
    )
    assert spells(late) == [("subsistence_allowance", "2025-03-31", None, {"residence": "urban"})]


@pytest.mark.parametrize("mode", ["full", "supplementary"])
def test_a_row_adopted_does_not_change_what_a_later_supplement_of_the_day_says(mode):
    (person,) = people(1)
    first = in_force((0, "人零", "农村低保"), mode=mode)
    in_force((0, "人0", "城市低保"), mode="supplementary")

    row = resolve_row(row=the_row(first, "人零"), decision="adopt", reason="曾用名", user=UserFactory())

    assert (row.outcome, row.code) == ("conflict", NEWER)
    assert spells(person) == [("subsistence_allowance", "2025-03-31", None, {"residence": "urban"})]


def test_a_row_of_a_supplement_brings_back_nobody_a_later_full_list_of_the_day_leaves_out():
    renamed, _ = people(2)
    first = in_force((0, "人零", "低保"), (5, "人5", "低保"), mode="supplementary")
    second = in_force((1, "人1", "低保"))
    late = ResidentFactory(number=number(5), name="人5")

    assert apply_held(batch=first) == {"conflict": 1}
    row = resolve_row(row=the_row(first, "人零"), decision="adopt", reason="曾用名", user=UserFactory())

    assert (row.outcome, row.code) == ("conflict", NEWER)
    assert f"批次{second.pk}）没有认定 低保对象" in row.message
    assert spells(renamed) == spells(late) == []


@pytest.mark.parametrize("later", [MARCH, APRIL])
def test_whom_a_list_left_out_is_not_ended_once_a_later_supplement_gives_it(later):
    _, asked = people(2)
    RecognitionFactory(resident=asked)
    first = in_force((0, "人0", "低保"), (40, "人1", "低保"))
    row = InboundRow.objects.select_related("batch").get(batch=first, code="possibly_listed")
    in_force((1, "人1", "低保"), mode="supplementary", as_of=later)

    with pytest.raises(ListOutOfDate, match="所列 低保对象 与此不同，该行只能保留登记"):
        resolve_row(row=row, decision="adopt", reason="不是同一人", user=UserFactory())

    assert held_by(asked.pk, day=APRIL) == {"subsistence_allowance"}
