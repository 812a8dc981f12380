"""Two connections at one list, at two lists about one person, at an undoing and a decision: nothing half done."""

from decimal import Decimal

import pytest

from benefits.models import Claim
from benefits.services.settle import settle_claims
from casework.models import Case
from exchange.models import BatchStatus, InboundBatch
from exchange.services.batches import BatchNotPlanned
from hardship.models import Recognition
from hardship.selectors import held_by
from hardship.services.deaths import apply_deaths, plan_deaths, replan_deaths, undo_deaths
from hardship.services.lists import (
    ListCannotBeUndone,
    ListOutOfDate,
    NameAlreadyKnown,
    NameInUse,
    PlanOutdated,
    apply_held,
    apply_list,
    map_identity_name,
    replan_list,
    undo_list,
    unmap_identity_name,
)
from tests.benefits.factories import bill, hospital, insured, law
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, day, number, outcomes, people, plan, reviewer
from tests.hardship.test_deaths import dead
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin
from tests.together import at_once, meanwhile, under_way

pytestmark = pytest.mark.django_db(transaction=True)
APRIL = day("2025-04-30")
LOW = {"subsistence_allowance"}


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


def test_one_list_applied_by_two_takes_effect_once():
    people(30)
    batch = plan(civil(*((serial, f"人{serial}", "低保") for serial in range(30))))

    results = at_once(lambda: apply_list(batch=batch), lambda: apply_list(batch=batch))

    assert sorted(type(each) for each in results if isinstance(each, Exception)) == [BatchNotPlanned]
    assert Recognition.objects.count() == Recognition.history.count() == 30
    assert InboundBatch.objects.get().status == BatchStatus.APPLIED


def test_of_two_lists_that_change_one_record_the_second_is_planned_anew():
    stays, moves = people(2)
    for person in (stays, moves):
        RecognitionFactory(resident=person)
    ends = plan(civil((0, "人0", "低保")))
    splits = plan(civil((1, "人1", "城市低保")), as_of=APRIL, mode="supplementary")

    results = at_once(lambda: apply_list(batch=ends), lambda: apply_list(batch=splits))

    (refused,) = (each for each in results if isinstance(each, Exception))
    assert isinstance(refused, PlanOutdated), refused
    assert sorted(InboundBatch.objects.values_list("status", flat=True)) == ["applied", "planned"]
    assert Recognition.history.filter(resident=moves, history_type="~").count() == 1


def test_a_plan_made_while_another_list_takes_effect_has_not_seen_it_and_is_outdated():
    kept, ended = people(2)
    for person in (kept, ended):
        RecognitionFactory(resident=person)
    march = plan(civil((0, "人0", "低保")))

    with under_way(lambda: apply_list(batch=march)):
        april = plan(civil((0, "人0", "低保"), (1, "人1", "低保")), as_of=APRIL)
        assert april.counts == {"unchanged": 2}

    with pytest.raises(PlanOutdated):
        apply_list(batch=april)
    assert apply(replan_list(batch=april)).counts == {"unchanged": 1, "changed": 1}
    assert held_by(ended.pk, day=APRIL) == LOW


def test_a_plan_made_while_a_list_is_taken_back_is_outdated():
    people(1)
    march = apply(plan(civil((0, "人0", "低保"))))
    users = UserFactory.create_batch(2)

    def take_back():
        undo_list(batch=march, reason="报错", user=users[0], second_user=users[1])

    with under_way(take_back):
        april = plan(civil((0, "人0", "低保")), as_of=APRIL)
        assert april.counts == {"unchanged": 1}

    with pytest.raises(PlanOutdated):
        apply_list(batch=april)
    assert replan_list(batch=april).counts == {"new": 1}


def test_a_name_is_mapped_by_one_of_two():
    people(1)
    batch = apply(plan(civil((0, "人0", "五保老人"))))
    first, second = reviewer(), reviewer()

    results = at_once(
        lambda: map_identity_name(name="五保老人", category="extreme_hardship", reason="来函", user=first),
        lambda: map_identity_name(name="五保老人", category="orphan", reason="来函", user=second),
    )

    assert [type(each) for each in results if isinstance(each, Exception)] == [NameAlreadyKnown]
    assert outcomes(batch) == [(2, "new", "")]


def test_a_mapping_waits_for_a_plan_that_asks_about_the_name_and_answers_it():
    people(1)
    user = reviewer()

    mapped = meanwhile(
        lambda: plan(civil((0, "人0", "五保老人"))),
        map_identity_name,
        name="五保老人",
        category="extreme_hardship",
        reason="来函",
        user=user,
    )

    batch = InboundBatch.objects.get()
    assert (mapped.name, outcomes(batch), batch.counts) == ("五保老人", [(2, "new", "")], {"new": 1})
    assert Case.objects.get().state == "closed"


def test_unmapping_waits_for_a_list_that_takes_effect_by_the_name_and_is_refused():
    (person,) = people(1)
    user = reviewer()
    alias = map_identity_name(name="五保老人", category="extreme_hardship", reason="来函", user=user)
    batch = plan(civil((0, "人0", "五保老人")))

    refused = meanwhile(
        lambda: apply_list(batch=batch), unmap_identity_name, alias=alias, reason="对错了", user=user
    )

    assert isinstance(refused, NameInUse), refused
    assert held_by(person.pk, day=APRIL) == {"extreme_hardship"}


@pytest.fixture
def claimed():
    """Return an insured person, the list that says they hold 低保, and the bill of their stay in April."""
    law()
    hospital()
    (person,) = people(1)
    insured(person)
    batch = apply(plan(civil((0, "人0", "低保"))))
    return person, batch, bill(person, "A1", 5000, day=day("2025-04-10"))


def test_an_undoing_waits_for_a_claim_that_is_being_settled_and_refuses(claimed):
    person, batch, stay = claimed
    users = UserFactory.create_batch(2)

    refused = meanwhile(
        lambda: settle_claims(claims=[stay], user=None),
        undo_list,
        batch=batch,
        reason="报错",
        user=users[0],
        second_user=users[1],
    )

    assert isinstance(refused, ListCannotBeUndone), refused
    assert InboundBatch.objects.get().status == BatchStatus.APPLIED
    assert held_by(person.pk, day=APRIL) == LOW


def test_a_claim_waits_for_an_undoing_and_is_settled_without_what_was_taken_back(claimed):
    person, batch, stay = claimed
    users = UserFactory.create_batch(2)

    meanwhile(
        lambda: undo_list(batch=batch, reason="报错", user=users[0], second_user=users[1]),
        settle_claims,
        claims=[stay],
        user=None,
    )

    assert InboundBatch.objects.get().status == BatchStatus.UNDONE
    claim = Claim.objects.get()
    assert held_by(person.pk, day=APRIL) == frozenset()
    assert claim.recorded_at > InboundBatch.objects.get().undone_at


def undone(batch):
    asked, agreed = UserFactory.create_batch(2)
    return undo_list(batch=batch, reason="报错", user=asked, second_user=agreed)


@pytest.mark.parametrize("again", ["replan", "same file"])
def test_a_plan_is_not_made_anew_over_what_the_list_did_meanwhile(again):
    new, gone, stays = people(3)
    for person in (gone, stays):
        RecognitionFactory(resident=person)
    content = civil((0, "人0", "低保"), (2, "人2", "低保"))
    batch = plan(content)
    work, given = (replan_list, {"batch": batch}) if again == "replan" else (plan, {"content": content})

    came = meanwhile(lambda: apply_list(batch=batch), work, **given)

    assert isinstance(came, BatchNotPlanned) if again == "replan" else came.status == BatchStatus.APPLIED
    assert [outcome for _, outcome, _ in outcomes(batch)] == ["ended", "new", "unchanged"]
    assert undone(batch).status == BatchStatus.UNDONE
    assert (held_by(new.pk, day=APRIL), held_by(gone.pk, day=APRIL)) == (set(), LOW)


def test_a_list_of_the_dead_is_not_planned_anew_over_what_it_did_meanwhile():
    person = ResidentFactory(number=number(0), name="人0")
    batch = plan_deaths(
        content=dead((0, "人0", "2025-03-08")), file_name="死亡.xlsx", area=harbin(), as_of=APRIL
    )

    refused = meanwhile(lambda: apply_deaths(batch=batch), replan_deaths, batch=batch)

    assert isinstance(refused, BatchNotPlanned), refused
    users = UserFactory.create_batch(2)
    undo_deaths(batch=batch, reason="报错", user=users[0], second_user=users[1])
    person.refresh_from_db()
    assert person.died_on is None


def test_an_older_full_list_waits_for_the_newer_one_under_way_and_is_refused():
    older, _ = people(2)
    march = plan(civil((0, "人0", "低保")))
    april = plan(civil((1, "人1", "低保")), as_of=APRIL)

    refused = meanwhile(lambda: apply_list(batch=april), apply_list, batch=march)

    assert isinstance(refused, ListOutOfDate), refused
    assert held_by(older.pk, day=APRIL) == set()


def test_of_two_full_lists_of_one_day_the_second_is_planned_anew_and_revises_the_first():
    first, second = people(2)
    one = plan(civil((0, "人0", "低保")))
    two = plan(civil((1, "人1", "低保")), area=daoli())

    refused = meanwhile(lambda: apply_list(batch=one), apply_list, batch=two)

    assert isinstance(refused, PlanOutdated), refused
    apply(replan_list(batch=two))
    assert held_by(first.pk, day=APRIL) == set()
    assert held_by(second.pk, day=APRIL) == LOW


def test_rows_that_wait_come_to_rest_by_the_newer_list_under_way():
    people(1)
    march = apply(plan(civil((0, "人0", "低保"), (5, "人5", "低保"))))
    april = plan(civil((0, "人0", "低保")), as_of=APRIL)
    late = ResidentFactory(number=number(5), name="人5")

    done = meanwhile(lambda: apply_list(batch=april), apply_held, batch=march)

    assert done == {"kept": 1}
    assert held_by(late.pk, day=APRIL) == set()
