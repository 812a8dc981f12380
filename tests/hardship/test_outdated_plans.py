"""A plan is put in force only while all it rests on stands: also what it would leave as it is."""

import datetime
from decimal import Decimal

import pytest

from hardship.selectors import held_by
from hardship.services.lists import PlanOutdated, apply_list, replan_list, undo_list
from hardship.tasks import confirm_list
from registry.services import change_id_number, move_resident
from registry.services.record_deaths import record_deaths
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, day, number, people, plan
from tests.registry.factories import UserFactory, tangshan

pytestmark = pytest.mark.django_db
APRIL = datetime.date(2025, 4, 30)


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


def refuse_then_plan_anew(batch):
    """Return the batch in force after it was refused as it was planned first."""
    with pytest.raises(PlanOutdated):
        apply_list(batch=batch)
    with pytest.raises(PlanOutdated):
        confirm_list(batch=batch, user=UserFactory())
    return apply(replan_list(batch=batch))


def test_who_is_listed_unchanged_and_was_ended_since_by_another_list_is_held_again():
    kept, ended = people(2)
    for person in (kept, ended):
        RecognitionFactory(resident=person)
    march = plan(civil((0, "人0", "低保")))
    april = plan(civil((0, "人0", "低保"), (1, "人1", "低保")), as_of=APRIL)
    assert april.counts == {"unchanged": 2}
    apply(march)

    assert refuse_then_plan_anew(april).counts == {"unchanged": 1, "changed": 1}
    assert held_by(ended.pk, day=APRIL) == {"subsistence_allowance"}


def test_who_was_listed_since_by_an_earlier_list_and_is_left_out_ends():
    people(3)
    earlier = plan(civil((0, "人0", "低保"), (2, "人2", "低保")))
    later = plan(civil((0, "人0", "低保")), as_of=APRIL)
    apply(earlier)

    assert refuse_then_plan_anew(later).counts == {"unchanged": 1, "ended": 1}


def test_who_was_confirmed_by_a_list_that_was_taken_back_since_is_listed_anew():
    people(1)
    clerk, colleague = UserFactory.create_batch(2)
    march = apply(plan(civil((0, "人0", "低保"))))
    april = plan(civil((0, "人0", "低保")), as_of=APRIL)
    undo_list(batch=march, reason="报错月份", user=clerk, second_user=colleague)

    assert refuse_then_plan_anew(april).counts == {"new": 1}


def test_a_death_a_move_and_a_new_number_since_are_seen():
    dead, moved, renumbered = people(3)
    for person in (dead, moved, renumbered):
        RecognitionFactory(resident=person)
    clerk = UserFactory()

    batch = plan(civil((0, "人0", "低保"), (8, "人2", "低保")))
    assert batch.counts == {"unchanged": 1, "held": 1, "ended": 1, "conflict": 1}
    record_deaths(deaths={dead.pk: day("2025-01-15")}, reason="死亡", user=clerk)
    with pytest.raises(PlanOutdated):
        apply(batch)
    replan_list(batch=batch)
    move_resident(resident=moved, living_area=tangshan(), hukou_area=tangshan(), reason="迁出", user=clerk)
    with pytest.raises(PlanOutdated):
        apply(batch)
    replan_list(batch=batch)
    change_id_number(resident=renumbered, id_number=number(8), reason="换证", user=clerk)

    assert refuse_then_plan_anew(batch).counts == {"conflict": 1, "unchanged": 1}
    assert held_by(renumbered.pk, day=APRIL) == {"subsistence_allowance"}


def test_what_the_plan_does_not_rest_on_may_change_meanwhile():
    listed, other = people(2)
    batch = plan(civil((0, "人0", "低保")), mode="supplementary")
    RecognitionFactory(resident=other)
    RecognitionFactory(resident=listed, of="severe_disability")
    listed.phone = "13800000000"
    listed.save()

    assert apply(batch).counts == {"new": 1}
