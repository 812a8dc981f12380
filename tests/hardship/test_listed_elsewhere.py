"""Two areas, one resident: what the list of one says in force, a full list of the other does not end in silence."""

import datetime
from decimal import Decimal

import pytest

from exchange.models import InboundRow
from hardship.selectors import held_by
from hardship.services.lists import PlanOutdated, replan_list, resolve_row, undo_list
from registry.services import change_id_number
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, number, outcomes, people, plan
from tests.registry.factories import ResidentFactory, UserFactory, area, daoli, harbin, shangzhi

pytestmark = pytest.mark.django_db
APRIL, MAY = datetime.date(2025, 4, 30), datetime.date(2025, 5, 31)
LOW = {"subsistence_allowance"}


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


@pytest.fixture
def person():
    """Return somebody registered in 尚志市 who lives in 道里区 and holds 低保, as do two of their neighbours."""
    people(3)
    both = ResidentFactory(number=number(9), name="人9", living_area=daoli(), hukou_area=shangzhi())
    RecognitionFactory(resident=both)
    return both


def in_daoli(*rows, as_of=APRIL, **more):
    return plan(civil((0, "人0", "低保"), *rows), area=daoli(), as_of=as_of, **more)


def in_shangzhi(*rows, as_of=MARCH, **more):
    return apply(plan(civil(*rows), area=shangzhi(), as_of=as_of, **more))


def about(batch, person):
    return InboundRow.objects.select_related("batch").get(batch=batch, key=bytes(person.id_index))


def attributes_of(person):
    """Return how the one recognition that stands is described."""
    return person.recognitions.get(valid_to=None).attributes


def test_who_is_named_elsewhere_since_is_ended_only_once_somebody_decided_about_that(person):
    batch = apply(in_daoli((12, "人9", "低保")))
    assert about(batch, person).code == "possibly_listed"
    theirs = in_shangzhi((9, "人9", "低保"))

    asked = resolve_row(row=about(batch, person), decision="adopt", reason="不是同一人", user=UserFactory())

    assert (asked.outcome, asked.code) == ("conflict", "listed_elsewhere")
    assert asked.message == (
        f"清单中没有此人，但尚志市 2025-03-31 的名单（批次{theirs.pk}）仍列其为低保对象，暂不取消，请与该地区核对"
    )
    assert held_by(person.pk, day=MAY) == LOW

    done = resolve_row(row=about(batch, person), decision="adopt", reason="已与尚志核对", user=UserFactory())

    assert done.outcome == "ended"
    assert not held_by(person.pk, day=MAY)


@pytest.mark.parametrize("mode", ["full", "supplementary"])
def test_who_stands_on_another_areas_list_is_not_ended_until_somebody_says_so(person, mode):
    theirs = in_shangzhi((9, "人9", "低保"), mode=mode)
    assert theirs.counts == {"unchanged": 1}

    batch = apply(in_daoli())

    row = about(batch, person)
    assert (row.outcome, row.code) == ("conflict", "listed_elsewhere")
    assert row.message == (
        f"清单中没有此人，但尚志市 2025-03-31 的名单（批次{theirs.pk}）仍列其为低保对象，暂不取消，请与该地区核对"
    )
    assert held_by(person.pk, day=APRIL) == LOW
    resolve_row(row=row, decision="adopt", reason="已与尚志市核实", user=UserFactory())
    assert not held_by(person.pk, day=APRIL)


@pytest.mark.parametrize("row", [(9, "人9", "低保、新名称"), (9, "人9", "新名称"), (9, "人九", "低保")])
@pytest.mark.parametrize("rows", [[], [(9, "人9", "孤儿")]])
def test_whom_a_row_that_waits_there_may_name_is_asked_about(person, row, rows):
    theirs = in_shangzhi(row)
    assert [each[1] in ("held", "conflict") for each in outcomes(theirs)] == [True]

    batch = apply(in_daoli(*rows))

    asked = about(batch, person)
    assert (asked.outcome, asked.code) == ("conflict", "listed_elsewhere")
    assert f"尚志市 2025-03-31 的名单（批次{theirs.pk}）写到此人的行尚待处理，暂不取消" in asked.message
    assert held_by(person.pk, day=APRIL) == LOW


def test_a_row_that_waits_there_for_something_else_or_is_replaced_keeps_nobody(person):
    in_shangzhi((9, "人九", "孤儿"))
    assert about(in_daoli(), person).outcome == "ended"
    in_shangzhi((9, "人九", "低保"), mode="supplementary")
    assert about(in_daoli(as_of=MAY), person).code == "listed_elsewhere"
    person.hukou_area = daoli()
    person.save()
    in_shangzhi((8, "人8", "低保"), as_of=APRIL)  # 人9 moved away: not ended by it
    assert about(in_daoli(as_of=MAY), person).outcome == "ended"


def test_a_plan_that_ends_whom_a_row_there_may_name_since_is_outdated(person):
    batch = in_daoli()
    in_shangzhi((9, "人九", "低保"))

    with pytest.raises(PlanOutdated):
        apply(batch)

    assert about(replan_list(batch=batch), person).code == "listed_elsewhere"


@pytest.mark.parametrize("rows", [[], [(50, "人9", "孤儿")]])
def test_who_stands_there_by_a_number_given_up_since_is_asked_about(person, rows):
    theirs = in_shangzhi((9, "人9", "低保"))
    change_id_number(resident=person, id_number=number(50), reason="换证")
    person.refresh_from_db()

    batch = apply(in_daoli(*rows))

    row = about(batch, person)
    assert (row.outcome, row.code) == ("conflict", "listed_elsewhere")
    assert f"批次{theirs.pk}" in row.message
    assert held_by(person.pk, day=APRIL) == LOW


def test_who_is_named_without_what_the_other_list_says_is_asked_about(person):
    theirs = in_shangzhi((9, "人9", "低保"))

    batch = apply(in_daoli((9, "人9", "孤儿")))

    row = about(batch, person)
    assert (row.outcome, row.code) == ("conflict", "listed_elsewhere")
    assert f"批次{theirs.pk}" in row.message
    assert held_by(person.pk, day=APRIL) == LOW
    resolve_row(row=row, decision="adopt", reason="已与尚志市核实", user=UserFactory())
    assert held_by(person.pk, day=APRIL) == {"orphan"}


def test_a_list_that_says_something_else_or_holds_no_more_keeps_nobody(person):
    orphan = in_shangzhi((9, "人9", "孤儿"), mode="supplementary")
    undone = in_shangzhi((9, "人9", "低保"))
    undo_list(batch=undone, reason="报错", user=UserFactory(), second_user=UserFactory())

    batch = in_daoli()

    assert orphan.status == "applied"
    assert about(batch, person).outcome == "ended"


def test_a_list_that_a_later_full_one_has_replaced_keeps_nobody(person):
    in_shangzhi((9, "人9", "低保"))
    waits = in_daoli(as_of=MAY)
    assert about(waits, person).code == "listed_elsewhere"
    person.hukou_area = daoli()
    person.save()
    in_shangzhi((8, "人8", "低保"), as_of=APRIL)  # 人9 moved away: not ended by it

    assert about(replan_list(batch=waits), person).outcome == "ended"


@pytest.mark.parametrize("later", [MARCH, APRIL])
def test_a_later_full_list_of_another_category_replaces_nothing(person, later):
    theirs = in_shangzhi((9, "人9", "低保"))
    in_shangzhi((8, "人8", "孤儿"), as_of=later)

    row = about(in_daoli(as_of=MAY), person)

    assert (row.outcome, row.code) == ("conflict", "listed_elsewhere")
    assert f"批次{theirs.pk}" in row.message


def test_of_two_areas_that_name_somebody_one_replaced_leaves_the_other(person):
    in_shangzhi((9, "人9", "低保"))
    person.living_area = area("230110", parent=harbin())
    person.save()
    theirs = apply(plan(civil((9, "人9", "低保")), area=person.living_area))
    person.living_area = daoli()
    person.save()
    in_shangzhi((8, "人8", "低保"), as_of=APRIL)

    row = about(in_daoli(as_of=MAY), person)

    assert row.code == "listed_elsewhere"
    assert f"批次{theirs.pk}" in row.message


def test_the_list_of_the_city_above_both_replaces_theirs_and_ends_whom_it_leaves_out(person):
    in_shangzhi((9, "人9", "低保"))

    batch = apply(plan(civil((0, "人0", "低保")), area=harbin(), as_of=APRIL))

    assert about(batch, person).outcome == "ended"


def test_a_plan_that_ends_whom_another_areas_list_names_since_is_outdated(person):
    batch = in_daoli()
    assert about(batch, person).outcome == "ended"
    in_shangzhi((9, "人9", "低保"))

    with pytest.raises(PlanOutdated):
        apply(batch)

    assert about(replan_list(batch=batch), person).code == "listed_elsewhere"
    apply(batch)
    assert held_by(person.pk, day=APRIL) == LOW


def test_two_lists_that_describe_somebody_otherwise_do_not_take_turns(person):
    here = apply(in_daoli((9, "人9", "农村低保"), as_of=MARCH))
    assert about(here, person).outcome == "changed"

    there = in_shangzhi((9, "人9", "城市低保"))

    row = about(there, person)
    assert (row.outcome, row.code) == ("conflict", "listed_elsewhere")
    assert row.message == (
        f"道里区 2025-03-31 的名单（批次{here.pk}）仍列其为低保对象（城乡属性：农村），"
        "本清单列为（城乡属性：城市），暂不更改，请与该地区核对"
    )
    assert attributes_of(person) == {"residence": "rural"}
    assert about(in_daoli((9, "人9", "农村低保")), person).outcome == "unchanged"
    resolve_row(row=row, decision="adopt", reason="已与道里区核实", user=UserFactory())
    assert attributes_of(person) == {"residence": "urban"}
    assert about(apply(in_daoli((9, "人9", "农村低保"), as_of=MAY)), person).code == "listed_elsewhere"


def test_what_the_other_list_does_not_say_or_says_too_may_be_added(person):
    in_shangzhi((9, "人9", "低保"))
    here = apply(in_daoli((9, "人9", "城市低保")))
    assert about(here, person).outcome == "changed"

    assert about(in_shangzhi((9, "人9", "城市低保"), as_of=MAY), person).outcome == "unchanged"


@pytest.mark.parametrize("count", [2, 20])
def test_looking_elsewhere_costs_the_same_queries_for_two_people_and_for_twenty(
    count, django_assert_num_queries
):
    people(1)
    for serial in range(1, count + 1):
        RecognitionFactory(
            resident=ResidentFactory(
                number=number(serial), name=f"人{serial}", living_area=daoli(), hukou_area=shangzhi()
            )
        )
    in_shangzhi(*((serial, f"人{serial}", "低保") for serial in range(1, count + 1)))
    content, place = civil((0, "人0", "低保")), daoli()

    with django_assert_num_queries(75):  # two for rows there that wait
        batch = plan(content, area=place, as_of=APRIL)

    assert batch.counts == {"new": 1, "conflict": count}
