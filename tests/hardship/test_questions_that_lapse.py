"""A question what a name means ends when the last row that waited for it is planned, decided or compared otherwise."""

import pytest

from casework.models import Case
from exchange.models import InboundRow
from hardship import tasks
from hardship.models import CategoryAlias
from hardship.services.lists import compare_row_again, replan_list, resolve_row
from hardship.services.lists.background import run_planning
from tests.hardship.lists import apply, number, outcomes, people, reviewer
from tests.hardship.test_questions_about_names import UNKNOWN, asked, the_list
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.django_db


def known_by_now():
    CategoryAlias.objects.create(name=UNKNOWN, category_id="orphan")


def test_a_list_planned_anew_after_the_register_was_mended_asks_no_more():
    people(1)
    batch = the_list(1)
    known_by_now()

    assert replan_list(batch=batch).counts == {"new": 1}

    assert asked() == [(batch.pk, "closed")]


def test_so_does_a_big_one_planned_anew_by_a_worker(settings):
    people(1)
    batch = the_list(1)
    known_by_now()
    settings.LIST_ROWS_COMPARED_AT_ONCE = 0
    tasks.plan_again(batch=batch, user=reviewer())
    assert asked() == [(batch.pk, "open")]

    assert run_planning(batch_id=batch.pk).counts == {"new": 1}

    assert asked() == [(batch.pk, "closed")]


def test_the_last_row_kept_as_the_record_is_ends_the_question():
    people(1)
    batch = apply(the_list(1))

    resolve_row(row=InboundRow.objects.get(batch=batch), decision="keep", reason="不认", user=reviewer())

    assert asked() == [(batch.pk, "closed")]
    second = the_list(2)
    assert asked()[1:] == [(second.pk, "open")]


def test_the_last_row_compared_again_ends_the_question():
    people(1)
    batch = apply(the_list(1))
    known_by_now()

    compare_row_again(row=InboundRow.objects.get(batch=batch), user=reviewer())

    assert (outcomes(batch)[0][1], asked()) == ("new", [(batch.pk, "closed")])


def test_a_row_that_comes_to_wait_for_a_name_when_compared_again_asks():
    batch = apply(the_list(1))
    Case.objects.all().delete()
    ResidentFactory(number=number(0), name="人0")

    compare_row_again(row=InboundRow.objects.get(batch=batch), user=reviewer())

    assert asked() == [(batch.pk, "open")]
