"""Cases that ask what a name means stand as long as a list waits for the answer, and no longer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.models import Case
from casework.services import assign_case
from exchange.models import InboundBatch
from hardship.services.lists import map_identity_name, refuse_list, undo_list, unmap_identity_name
from hardship.services.lists.asking import put_questions_right
from tests.hardship.lists import apply, civil, day, people, plan, reviewer
from tests.registry.factories import UserFactory, daoli, shangzhi

pytestmark = pytest.mark.django_db
UNKNOWN = "五保老人"


def asked():
    """Return (list that asks, state) of the cases about the name."""
    cases = Case.objects.filter(kind="unknown_identity_name", detail__name=UNKNOWN).order_by("pk")
    return [(case.detail["batch"], case.state) for case in cases]


def take_back(batch):
    asker, agrees = UserFactory.create_batch(2)
    return undo_list(batch=batch, reason="报错", user=asker, second_user=agrees)


def the_list(month, **more):
    """Return a planned list of a month that uses the name."""
    return plan(civil((0, "人0", UNKNOWN)), as_of=day(f"2025-{month:02}-28"), mode="supplementary", **more)


def test_a_question_ends_with_the_only_list_that_asked_and_comes_back_with_the_next():
    people(2)
    first = apply(the_list(1))

    take_back(first)

    assert asked() == [(first.pk, "closed")]
    events = Case.objects.get().events.order_by("pk").values_list("kind", "text")
    assert events[1] == ("closed", "提出的清单已不再等这个名称")
    second = the_list(2)
    assert asked() == [(first.pk, "closed"), (second.pk, "open")]


def test_another_list_that_waits_asks_in_the_place_of_the_one_taken_back():
    people(2)
    first, second, there = apply(the_list(1)), apply(the_list(2)), the_list(3, area=shangzhi())
    assert asked() == [(first.pk, "open")]

    take_back(first)
    assert asked() == [(first.pk, "closed"), (second.pk, "open")]

    take_back(second)
    assert asked()[2:] == [(there.pk, "open")]
    assert Case.objects.get(state="open").area == there.area


def test_a_list_sent_back_asks_no_more_and_its_case_is_closed_though_somebody_has_it():
    people(2)
    clerk = reviewer()
    batch = the_list(1)
    assign_case(case=Case.objects.get(), assignee=clerk, user=clerk)

    assert refuse_list(batch=batch, error="重报", user=clerk).status == "refused"

    assert asked() == [(batch.pk, "closed")]


def test_a_list_of_which_another_is_the_asker_goes_without_a_word():
    people(2)
    first, second = apply(the_list(1)), apply(the_list(2))

    take_back(second)

    assert asked() == [(first.pk, "open")]


def test_an_answer_stays_an_answer_when_its_list_is_taken_back():
    people(2)
    first = apply(the_list(1))
    map_identity_name(name=UNKNOWN, category="extreme_hardship", reason="同特困", user=reviewer())
    take_back(first)

    case = Case.objects.get()

    assert (case.state, case.decision) == ("closed", "extreme_hardship")
    the_list(2)
    assert Case.objects.count() == 1


def test_a_name_that_lists_in_force_use_is_asked_about_once_its_meaning_is_taken_back():
    people(1, living_area=shangzhi())
    there = apply(the_list(1, area=shangzhi()))
    alias = map_identity_name(name=UNKNOWN, category="orphan", reason="来函", user=reviewer(daoli()))

    unmap_identity_name(alias=alias, reason="对错了", user=reviewer())

    assert asked() == [(there.pk, "closed"), (there.pk, "open")]


def test_putting_questions_right_costs_the_same_for_one_list_and_for_many():
    people(1)
    costs = []
    for months in (range(1, 2), range(2, 7)):
        for month in months:
            the_list(month)
        with CaptureQueriesContext(connection) as queries:
            put_questions_right(user=None)
        costs.append(len(queries))
    assert costs[0] == costs[1] < 25
    assert InboundBatch.objects.count() == 6
    assert [state for _, state in asked()] == ["open"]
