"""Somebody confirms the plan they looked at, or none."""

import pytest

from exchange.models import BatchStatus
from exchange.services.seen_plans import PlanChanged, plan_mark
from hardship.services.deaths import apply_deaths, plan_deaths, replan_deaths
from hardship.services.lists import apply_list, replan_list
from hardship.services.lists.background import open_applying
from tests.hardship.lists import MARCH, civil, people, plan
from tests.hardship.test_deaths import dead
from tests.registry.factories import UserFactory, harbin

pytestmark = pytest.mark.django_db


def planned_deaths():
    return plan_deaths(
        content=dead((0, "人0", "2025-03-08")),
        file_name="死亡.xlsx",
        area=harbin(),
        as_of=MARCH,
        user=UserFactory(),
    )


@pytest.mark.parametrize("put_in_force", [apply_list, open_applying])
def test_a_list_planned_anew_is_not_put_in_force_by_who_saw_the_plan_before(put_in_force):
    people(1)
    batch = plan(civil((0, "人0", "低保")))
    seen = plan_mark(batch)
    batch = replan_list(batch=batch)
    assert plan_mark(batch) != seen

    with pytest.raises(PlanChanged, match="方案已重新比对，请重新查看"):
        put_in_force(batch=batch, user=UserFactory(), seen=seen)

    batch.refresh_from_db()
    assert batch.status == BatchStatus.PLANNED
    put_in_force(batch=batch, user=UserFactory(), seen=plan_mark(batch))


def test_deaths_planned_anew_are_not_recorded_by_who_saw_the_plan_before():
    people(1)
    batch = planned_deaths()
    seen = plan_mark(batch)
    batch = replan_deaths(batch=batch)

    with pytest.raises(PlanChanged):
        apply_deaths(batch=batch, seen=seen)

    assert apply_deaths(batch=batch, seen=plan_mark(batch)).status == BatchStatus.APPLIED
