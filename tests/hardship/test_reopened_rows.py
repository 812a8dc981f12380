"""A list taken back is as if it had never come: rows that came out as they did because of it are open again."""

from decimal import Decimal

import pytest

from exchange.models import InboundRow, RowResolution
from hardship.models import Recognition
from hardship.selectors import held_by
from hardship.services.deaths import apply_deaths, plan_deaths, undo_deaths
from hardship.services.lists import (
    ListOutOfDate,
    PlanOutdated,
    apply_held,
    apply_list,
    decisions_for,
    replan_list,
    resolve_row,
    undo_list,
)
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, day, number, outcomes, people, plan
from tests.hardship.test_deaths import dead
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin, shangzhi

pytestmark = pytest.mark.django_db
FEBRUARY, APRIL = day("2025-02-28"), day("2025-04-30")
LOW, EXTREME = "subsistence_allowance", "extreme_hardship"
AWAKE = "replacing_list_undone"


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


def in_force(*rows, **more):
    return apply(plan(civil(*rows), **more))


def somebody(serial, name=None, **more):
    return ResidentFactory(number=number(serial), name=name or f"人{serial}", **more)


def taken_back(batch):
    asked, agreed = UserFactory.create_batch(2)
    return undo_list(batch=batch, reason="报错", user=asked, second_user=agreed)


def the_row(batch, name):
    return InboundRow.objects.select_related("batch").get(batch=batch, payload__name=name)


def decide(batch, name, decision):
    return resolve_row(row=the_row(batch, name), decision=decision, reason="已核对", user=UserFactory())


@pytest.fixture
def half_in_force():
    """Return March's list, April's that speaks of 特困, and somebody of whom March's row gave 低保 only."""
    people(2)
    march = in_force((0, "人0", "低保"), (5, "人5", "低保、特困人员"))
    april = in_force((1, "人1", "特困人员"), as_of=APRIL)
    late = somebody(5)
    assert apply_held(batch=march) == {"new": 1}
    assert held_by(late.pk, day=APRIL) == {LOW}
    return march, april, late


def test_the_part_of_a_row_that_was_left_to_a_list_waits_once_that_is_taken_back(half_in_force):
    march, april, late = half_in_force

    taken_back(april)

    row = the_row(march, "人5")
    assert (row.outcome, row.code) == ("held", AWAKE)
    assert f"名单（批次{april.pk}）已撤销，在清单页重试后办理" in row.message
    assert held_by(late.pk, day=APRIL) == {LOW}
    assert apply_held(batch=march) == {"new": 1}
    assert held_by(late.pk, day=APRIL) == {LOW, EXTREME}
    changes = the_row(march, "人5").payload["changes"]
    assert [(each["do"], each["category"]) for each in changes] == [("start", LOW), ("start", EXTREME)]


@pytest.mark.parametrize("is_tried_again", [False, True])
def test_a_row_of_two_rounds_is_taken_back_whole(half_in_force, is_tried_again):
    march, april, late = half_in_force
    taken_back(april)
    if is_tried_again:
        apply_held(batch=march)

    taken_back(march)

    assert not Recognition.objects.filter(resident=late).exists()


def test_a_waiting_part_that_is_left_keeps_the_row_among_those_that_changed_something(half_in_force):
    march, april, late = half_in_force
    taken_back(april)

    row = decide(march, "人5", "keep")

    assert (row.outcome, held_by(late.pk, day=APRIL)) == ("changed", {LOW})
    taken_back(march)
    assert held_by(late.pk, day=APRIL) == set()


def test_what_was_struck_out_by_hand_meanwhile_does_not_come_back_with_the_rest(half_in_force):
    march, april, late = half_in_force
    record = late.recognitions.get()
    record._change_reason = "登记错误，作废"
    record.delete()
    taken_back(april)

    apply_held(batch=march)

    assert held_by(late.pk, day=APRIL) == {EXTREME}


def test_what_a_narrowed_row_would_have_ended_waits():
    people(2)
    late = somebody(5, name="人五")
    RecognitionFactory(resident=late, of=EXTREME, valid_from=day("2024-01-01"))
    march = in_force((0, "人0", "低保"), (1, "人1", "特困人员"), (5, "人5", "低保"))
    april = in_force((1, "人1", "特困人员"), (5, "人五", "特困人员"), as_of=APRIL)
    decide(march, "人5", "adopt")
    assert held_by(late.pk, day=APRIL) == {LOW, EXTREME}

    taken_back(april)

    assert the_row(march, "人5").code == AWAKE
    apply_held(batch=march)
    assert held_by(late.pk, day=APRIL) == {LOW}


def test_a_row_kept_as_it_could_only_be_kept_is_asked_again():
    people(1)
    march = in_force((0, "人零", "低保"))
    april = in_force((0, "人0", "低保"), as_of=APRIL)
    with pytest.raises(ListOutOfDate):
        decide(march, "人零", "adopt")
    assert decide(march, "人零", "keep").outcome == "kept"

    taken_back(april)

    row = the_row(march, "人零")
    assert (row.outcome, row.code) == ("conflict", "name_differs")
    assert {*decisions_for(row)} == {"keep", "adopt"}
    assert decide(march, "人零", "adopt").outcome == "new"
    first, second = RowResolution.objects.order_by("pk")
    assert (first.decision, first.reopened_by, second.reopened_by) == ("keep", april, None)


def test_a_row_kept_for_what_it_says_itself_stays_kept():
    people(2)
    march = in_force((0, "人零", "低保"))
    april = in_force((1, "人1", "特困人员"), as_of=APRIL)
    decide(march, "人零", "keep")

    taken_back(april)

    assert the_row(march, "人零").outcome == "kept"
    assert RowResolution.objects.get().reopened_by is None


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_change_against_which_a_later_list_stood_waits(is_kept):
    people(1)
    march = in_force((0, "人0", "低保"), (5, "人5", "低保"), mode="supplementary")
    april = in_force((0, "人0", "低保"), as_of=APRIL)
    late = somebody(5)
    assert apply_held(batch=march) == {"conflict": 1}
    if is_kept:
        decide(march, "人5", "keep")

    taken_back(april)

    assert (the_row(march, "人5").outcome, the_row(march, "人5").code) == ("held", AWAKE)
    apply_held(batch=march)
    assert held_by(late.pk, day=APRIL) == {LOW}


def test_a_row_that_found_the_records_as_a_list_taken_back_had_made_them_is_compared_anew():
    people(1)
    march = in_force((0, "人0", "低保"), (5, "人5", "低保"))
    february = in_force((5, "人5", "低保"), as_of=FEBRUARY, mode="supplementary")
    late = somebody(5)
    assert apply_held(batch=february) == {"conflict": 1}
    assert decide(february, "人5", "adopt").outcome == "new"
    assert apply_held(batch=march) == {"unchanged": 1}

    taken_back(february)

    assert held_by(late.pk, day=APRIL) == set()
    assert apply_held(batch=march) == {"new": 1}
    assert held_by(late.pk, day=APRIL) == {LOW}


def test_a_row_that_could_not_be_adopted_for_a_later_recognition_is_asked_again():
    people(1)
    march = in_force((5, "人5", "低保"), mode="supplementary")
    april = in_force((5, "人5", "低保"), as_of=APRIL, mode="supplementary")
    late = somebody(5)
    apply_held(batch=april)
    assert apply_held(batch=march) == {"conflict": 1}
    assert {*decisions_for(the_row(march, "人5"))} == {"keep"}
    decide(march, "人5", "keep")

    taken_back(april)

    assert apply_held(batch=march) == {"new": 1}
    assert late.recognitions.get().valid_from == MARCH


def test_a_part_kept_while_another_list_spoke_of_it_is_asked_again(half_in_force):
    march, april, late = half_in_force
    taken_back(april)
    may = in_force((1, "人1", "特困人员"), as_of=day("2025-05-31"))
    assert decide(march, "人5", "keep").outcome == "changed"

    taken_back(may)

    assert (the_row(march, "人5").outcome, the_row(march, "人5").code) == ("held", AWAKE)
    assert decide(march, "人5", "keep").outcome == "changed"
    assert list(RowResolution.objects.order_by("pk").values_list("reopened_by", flat=True)) == [may.pk, None]
    assert held_by(late.pk, day=APRIL) == {LOW}


def test_a_list_taken_back_long_ago_outdates_no_plan():
    people(1)
    taken_back(in_force((0, "人0", "低保"), mode="supplementary"))

    april = plan(civil((0, "人零", "低保")), as_of=APRIL)

    assert outcomes(april) == [(2, "conflict", "name_differs")]
    assert apply(april).counts == {"conflict": 1}


@pytest.fixture
def two_areas():
    """Return somebody registered in both, the list of one area that names them and that of the other that does not."""
    people(1, living_area=daoli())
    both = somebody(9, living_area=daoli(), hukou_area=shangzhi())
    RecognitionFactory(resident=both, valid_from=day("2024-01-01"))
    theirs = in_force((9, "人9", "低保"), area=shangzhi())
    ours = in_force((0, "人0", "低保"), area=daoli(), as_of=APRIL)
    return both, theirs, ours


@pytest.mark.parametrize("is_kept", [False, True])
def test_whom_another_areas_list_kept_from_being_ended_is_asked_about(two_areas, is_kept):
    both, theirs, ours = two_areas
    assert the_row(ours, "人9").code == "listed_elsewhere"
    if is_kept:
        decide(ours, "人9", "keep")

    taken_back(theirs)

    row = the_row(ours, "人9")
    assert (row.outcome, row.code) == ("conflict", "list_undone")
    assert f"名单（批次{theirs.pk}）已撤销，请决定取消还是保留" in row.message
    assert held_by(both.pk, day=APRIL) == {LOW}
    assert decide(ours, "人9", "adopt").outcome == "ended"
    assert held_by(both.pk, day=APRIL) == set()


def test_a_plan_resting_on_a_list_taken_back_is_made_anew():
    people(1, living_area=daoli())
    both = somebody(9, living_area=daoli(), hukou_area=shangzhi())
    RecognitionFactory(resident=both, valid_from=day("2024-01-01"))
    theirs = in_force((9, "人9", "低保"), area=shangzhi())
    ours = plan(civil((0, "人0", "低保")), area=daoli(), as_of=APRIL)
    taken_back(theirs)

    with pytest.raises(PlanOutdated):
        apply_list(batch=ours)

    apply_list(batch=replan_list(batch=ours))
    assert outcomes(ours) == [(0, "ended", ""), (2, "new", "")]


def test_a_row_that_followed_a_decision_about_a_list_taken_back_is_asked_again():
    (person,) = people(1)
    march = in_force((0, "人0", "计划生育特殊家庭"))
    decide(march, "人0", "keep")
    april = in_force((0, "人0", "低保、计划生育特殊家庭"), as_of=APRIL)
    assert (the_row(april, "人0").outcome, held_by(person.pk, day=APRIL)) == ("new", {LOW})

    taken_back(march)

    row = the_row(april, "人0")
    assert (row.outcome, row.code) == ("conflict", "not_the_issuer")
    assert decide(april, "人0", "adopt").outcome == "new"
    assert held_by(person.pk, day=APRIL) == {LOW, "special_family_planning"}
    taken_back(april)
    assert held_by(person.pk, day=APRIL) == set()


@pytest.mark.parametrize("count", [2, 12])
def test_opening_rows_again_costs_the_same_queries(count, django_assert_max_num_queries):
    people(1)
    march = in_force((0, "人0", "低保"), *((serial, f"人{serial}", "低保") for serial in range(5, 5 + count)))
    april = in_force((0, "人0", "低保"), as_of=APRIL)
    for serial in range(5, 5 + count):
        somebody(serial)
    apply_held(batch=march)

    with django_assert_max_num_queries(75):
        taken_back(april)

    assert march.rows.filter(code=AWAKE).count() == count


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_row_about_somebody_a_list_said_was_dead_waits_once_that_list_is_taken_back(is_kept):
    people(1)
    content = dead((0, "人0", "2025-03-08"))
    deaths = plan_deaths(content=content, file_name="死亡.xlsx", area=harbin(), as_of=MARCH)
    apply_deaths(batch=deaths)
    march = in_force((0, "人0", "低保"))
    assert (the_row(march, "人0").code, {*decisions_for(the_row(march, "人0"))}) == ("dead", {"keep"})
    if is_kept:
        assert decide(march, "人0", "keep").outcome == "kept"
    asked, agreed = UserFactory.create_batch(2)

    undo_deaths(batch=deaths, reason="误报", user=asked, second_user=agreed)

    row = the_row(march, "人0")
    assert (row.outcome, row.code) == ("held", AWAKE)
    assert f"名单（批次{deaths.pk}）已撤销，在清单页重试后办理" in row.message
    assert [each.reopened_by for each in RowResolution.objects.all()] == [deaths] * is_kept
    assert apply_held(batch=march) == {"new": 1}
    assert Recognition.objects.get().category_id == LOW


def test_a_row_about_somebody_who_died_by_their_own_record_stays_kept_when_the_dead_are_taken_back():
    people(1)
    somebody(5, died_on=day("2025-03-01"))
    content = dead((0, "人0", "2025-03-08"))
    deaths = plan_deaths(content=content, file_name="死亡.xlsx", area=harbin(), as_of=MARCH)
    apply_deaths(batch=deaths)
    march = in_force((5, "人5", "低保"))
    decide(march, "人5", "keep")
    asked, agreed = UserFactory.create_batch(2)

    undo_deaths(batch=deaths, reason="误报", user=asked, second_user=agreed)

    assert (the_row(march, "人5").outcome, the_row(march, "人5").code) == ("kept", "dead")
