"""A later full list replaces an earlier one as far as it speaks: of people of its area, of categories it names."""

import datetime
from decimal import Decimal

import pytest

from exchange.models import InboundRow
from hardship.selectors import held_by
from hardship.services.lists import (
    ListOutOfDate,
    apply_held,
    apply_list,
    compare_row_again,
    map_identity_name,
    replan_list,
    resolve_row,
    undo_list,
)
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, number, outcomes, people, plan, reviewer
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin, shangzhi

pytestmark = pytest.mark.django_db
APRIL = datetime.date(2025, 4, 30)
LOW, EXTREME = {"subsistence_allowance"}, {"extreme_hardship"}


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


def in_force(*rows, **more):
    return apply(plan(civil(*rows), **more))


def somebody(serial, name=None, **more):
    return ResidentFactory(number=number(serial), name=name or f"人{serial}", **more)


def daoli_in_april(identity="低保"):
    somebody(70, living_area=daoli())
    return in_force((70, "人70", identity), area=daoli(), as_of=APRIL)


def the_row(batch, name):
    return InboundRow.objects.select_related("batch").get(batch=batch, payload__name=name)


def test_a_list_of_one_county_does_not_replace_the_citys_about_another():
    people(1, living_area=shangzhi())
    city = in_force((0, "人0", "低保"), (1, "人1", "低保"), (2, "人2", "低保"), area=harbin())
    theirs = daoli_in_april()
    here = somebody(1, living_area=shangzhi())
    there = somebody(2, living_area=shangzhi(), hukou_area=daoli())

    assert apply_held(user=UserFactory(), batch=city) == {"new": 1, "kept": 1}

    assert held_by(here.pk, day=APRIL) == LOW
    assert held_by(there.pk, day=APRIL) == set()
    row = the_row(city, "人2")
    assert (row.outcome, row.code) == ("kept", "replaced")
    assert row.message == f"已由 2025-04-30 的全量名单（批次{theirs.pk}）代替"


def test_who_is_not_registered_waits_on_while_only_a_list_of_part_of_the_area_is_newer():
    people(1)
    city = in_force((0, "人0", "低保"), (1, "人1", "低保"), area=harbin())
    daoli_in_april()

    assert apply_held(batch=city) == {"held": 1}
    in_force((0, "人0", "低保"), area=harbin(), as_of=APRIL)
    assert apply_held(batch=city) == {"kept": 1}


def test_a_name_explained_takes_effect_where_the_newer_list_is_of_another_county():
    (person,) = people(1, living_area=shangzhi())
    in_force((0, "人0", "五保老人"), area=harbin())
    daoli_in_april("特困人员")

    map_identity_name(name="五保老人", category="extreme_hardship", reason="来函", user=reviewer())

    assert held_by(person.pk, day=APRIL) == EXTREME


def test_a_contradiction_is_adopted_where_the_newer_list_is_of_another_county():
    (person,) = people(1, living_area=shangzhi())
    city = in_force((0, "人零", "低保"), area=harbin())
    daoli_in_april()

    resolve_row(row=the_row(city, "人零"), decision="adopt", reason="曾用名", user=UserFactory())

    assert held_by(person.pk, day=APRIL) == LOW


def test_an_ending_that_waits_for_a_second_person_outlasts_the_list_of_another_county(settings):
    people(3, living_area=shangzhi())
    first, second = people_of = list(type(somebody(90)).objects.filter(name__in=["人0", "人1"]))
    for person in people_of:
        RecognitionFactory(resident=person, of="extreme_hardship")
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal("0.05")
    clerk, colleague = UserFactory.create_batch(2)
    city = plan(civil((0, "人0", "新名称"), (1, "人1", "特困人员"), (2, "人2", "低保")), user=clerk)
    apply_list(batch=city, user=clerk)
    map_identity_name(name="新名称", category="subsistence_allowance", reason="x", user=reviewer())
    assert the_row(city, "人0").code == "endings_need_second"
    daoli_in_april()

    apply_held(user=colleague, batch=city)

    assert held_by(first.pk, day=APRIL) == LOW
    assert held_by(second.pk, day=APRIL) == EXTREME


@pytest.mark.parametrize("later", [MARCH, APRIL])
def test_files_of_one_category_each_do_not_replace_one_another(later):
    renamed, _ = people(2)
    low = in_force((0, "人零", "低保"), (5, "人5", "低保"))
    in_force((1, "人1", "特困人员"), as_of=later)
    late = somebody(5)

    assert apply_held(user=UserFactory(), batch=low) == {"new": 1}
    resolve_row(row=the_row(low, "人零"), decision="adopt", reason="曾用名", user=UserFactory())

    assert held_by(late.pk, day=APRIL) == held_by(renamed.pk, day=APRIL) == LOW


@pytest.mark.parametrize("later", [MARCH, APRIL])
def test_of_a_row_only_what_the_newer_list_speaks_of_is_left_to_it(later):
    people(2)
    both = in_force((0, "人0", "低保"), (5, "人5", "低保、特困人员"))
    newer = in_force((1, "人1", "特困人员"), as_of=later)
    late = somebody(5)

    assert apply_held(user=UserFactory(), batch=both) == {"new": 1}

    assert held_by(late.pk, day=APRIL) == LOW
    assert f"特困人员已由 {later} 的全量名单（批次{newer.pk}）代替" in the_row(both, "人5").message


def test_an_identity_the_newer_list_gives_is_not_ended_by_a_row_it_partly_replaces():
    (person,) = people(1)
    both = in_force((0, "人零", "低保、孤儿"))
    in_force((0, "人0", "低保"), as_of=APRIL)

    resolve_row(row=the_row(both, "人零"), decision="adopt", reason="曾用名", user=UserFactory())

    assert held_by(person.pk, day=APRIL) == {*LOW, "orphan"}
    assert [each.valid_from for each in person.recognitions.order_by("category")] == [MARCH, APRIL]


def test_a_row_wholly_replaced_is_neither_adopted_nor_compared_again():
    people(1)
    march = in_force((0, "人零", "低保"))
    in_force((0, "人0", "低保"), as_of=APRIL)
    row = the_row(march, "人零")

    with pytest.raises(ListOutOfDate, match="代替，只能保留登记"):
        resolve_row(row=row, decision="adopt", reason="曾用名", user=UserFactory())
    with pytest.raises(ListOutOfDate):
        compare_row_again(row=row, user=UserFactory())

    assert outcomes(march) == [(2, "conflict", "name_differs")]


def test_whom_a_list_left_out_is_ended_only_while_no_newer_list_speaks_of_them():
    people(2)
    for serial in (7, 8):
        RecognitionFactory(resident=somebody(serial, name="人甲" if serial == 7 else "人乙"))
    low = in_force((0, "人0", "低保"), (40, "人甲", "低保"), (41, "人乙", "低保"))
    asked = InboundRow.objects.select_related("batch").filter(batch=low, code="possibly_listed")
    in_force((1, "人1", "特困人员"), as_of=APRIL)

    one, other = asked.order_by("pk")
    assert resolve_row(row=one, decision="adopt", reason="非同一人", user=UserFactory()).outcome == "ended"
    in_force((0, "人0", "低保"), (7, "人甲", "低保"), (8, "人乙", "低保"), as_of=APRIL)
    with pytest.raises(ListOutOfDate):
        resolve_row(row=other, decision="adopt", reason="非同一人", user=UserFactory())


def taken_back(batch):
    asked, agreed = UserFactory.create_batch(2)
    return undo_list(batch=batch, reason="报错", user=asked, second_user=agreed)


def test_a_row_at_rest_waits_again_once_the_list_that_spoke_in_its_place_is_taken_back():
    people(1)
    march = in_force((0, "人0", "低保"), (5, "人5", "低保"), (6, "人6", "低保"))
    april = in_force((0, "人0", "低保"), as_of=APRIL)
    late = somebody(5)
    assert apply_held(batch=march) == {"kept": 2}

    taken_back(april)

    march.refresh_from_db()
    assert march.counts == {"held": 2, "new": 1}
    assert outcomes(march)[1:] == [(3, "held", "replacing_list_undone"), (4, "held", "unknown_person")]
    assert f"（批次{april.pk}）已撤销，在清单页重试后办理" in the_row(march, "人5").message
    assert held_by(late.pk, day=APRIL) == set()
    assert apply_held(batch=march) == {"new": 1, "held": 1}
    assert held_by(late.pk, day=APRIL) == LOW


def test_a_row_at_rest_rests_on_while_another_list_speaks_in_its_place():
    people(1)
    march = in_force((0, "人0", "低保"), (5, "人5", "低保"))
    april = in_force((0, "人0", "低保"), as_of=APRIL)
    may = in_force((0, "人0", "低保"), as_of=datetime.date(2025, 5, 31))
    somebody(5)
    apply_held(batch=march)
    assert f"批次{may.pk}" in the_row(march, "人5").message

    taken_back(may)

    row = the_row(march, "人5")
    assert (row.outcome, row.message) == ("kept", f"已由 2025-04-30 的全量名单（批次{april.pk}）代替")


def test_a_file_of_another_category_is_not_refused_for_being_a_day_older():
    low, extreme = people(2)
    older = plan(civil((0, "人0", "低保")), as_of=MARCH)
    in_force((1, "人1", "特困人员"), as_of=APRIL)

    apply(replan_list(batch=older))

    assert held_by(low.pk, day=APRIL) == LOW
    assert held_by(extreme.pk, day=APRIL) == EXTREME
    assert plan(civil((0, "人0", "低保")), as_of=datetime.date(2025, 4, 29)).counts == {"unchanged": 1}


@pytest.mark.parametrize(
    ("older", "newer", "is_refused"),
    [("农村低保", "城市低保", False), ("农村低保", "低保", True), ("低保、孤儿", "孤儿", True)],
)
def test_a_list_is_out_of_date_only_where_a_later_one_speaks_of_the_same(older, newer, is_refused):
    people(2)
    march = plan(civil((0, "人0", older)))
    in_force((1, "人1", newer), as_of=APRIL)

    if is_refused:
        with pytest.raises(ListOutOfDate):
            apply(march)
    else:
        assert apply(replan_list(batch=march)).status == "applied"
