"""Incentive states and their corrections are worked out again from what was known when they were."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.models import Claim, IncentiveRevision, IncentiveState
from oversight.services.replay import replay, replay_of
from tests.oversight.lives import Lives
from tests.oversight.test_replay import told
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date
STATES = {"incentive_state", "incentive_revision"}


@pytest.fixture
def lives():
    return Lives()


def states():
    return [each for each in replay_of().decisions() if each.kind in STATES]


def state_of(person, year=2024):
    return IncentiveState.objects.get(resident_id=person.pk, year=year)


def insured_and_treated(lives):
    """Return the newborn, insured for 2024, with one claim: the third of all."""
    assert lives.happen(("paid", 2, 2024, DAY(2024, 3, 1), False))
    assert lives.happen(("treated", 2, DAY(2024, 6, 30), 9_000))
    return lives.people[2]


def test_a_state_replays_whatever_becomes_known_of_its_year_later(lives):
    lives.happen(("year_ended", 2024, 2))
    healthy, ill = state_of(lives.people[2]), state_of(lives.people[1])
    lives.happen(("recognized", 2, "extreme_hardship", DAY(2023, 1, 1), None))
    lives.happen(("paid", 2, 2024, DAY(2024, 3, 1), False))
    lives.happen(("employed", 1, DAY(2024, 1, 15)))

    replayed = states()

    assert replay(healthy).replayed["excluded"] is False
    assert replay(healthy).replayed["continuous_years"] == 0
    assert replay(ill).replayed["ever_insured"] is True
    assert len(replayed) == IncentiveState.objects.count() == 4
    assert [each for each in replayed if not each.equal] == []


def test_a_correction_is_a_decision_of_its_own(lives):
    person = insured_and_treated(lives)
    lives.happen(("year_ended", 2024, 2))
    lives.happen(("claim_voided", 2))

    before, after = (each for each in states() if each.resident_id == person.pk)

    revision = IncentiveRevision.objects.get()
    assert (before.kind, after.kind, after.key) == ("incentive_state", "incentive_revision", revision.pk)
    assert (before.replayed["zero_claim_pending"], after.replayed["zero_claim_pending"]) == (False, True)
    assert (before.equal, after.equal) == (True, True)
    assert revision.policy_key == "230100/2024"
    assert replay(revision) == after == replay(state_of(person))


def test_the_state_of_the_year_before_is_that_of_the_moment(lives):
    person = insured_and_treated(lives)
    lives.happen(("paid", 2, 2025, DAY(2024, 12, 20), False))
    lives.happen(("year_ended", 2024, 2))
    lives.happen(("year_ended", 2025, 2))
    lives.happen(("claim_voided", 2))

    mine = [each for each in states() if each.resident_id == person.pk]

    assert [(each.coverage_year, each.kind) for each in mine] == [
        (2024, "incentive_state"),
        (2024, "incentive_revision"),
        (2025, "incentive_state"),
        (2025, "incentive_revision"),
    ]
    assert [each.replayed["zero_claim_steps"] for each in mine] == [0, 0, 0, 1]
    assert all(each.equal for each in mine)


@pytest.mark.raw_writes("records altered past the program")
def test_a_state_that_does_not_follow_is_named(lives):
    lives.happen(("year_ended", 2024, 2))
    IncentiveState.objects.filter(resident_id=lives.people[1].pk).update(next_cap=Decimal(1))

    with pytest.raises(SystemExit) as ended:
        told()

    assert ended.value.code == 1
    differing = [each for each in states() if not each.equal]
    assert [(each.resident_id, each.differences[0].name) for each in differing] == [
        (lives.people[1].pk, "next_cap")
    ]


@pytest.mark.raw_writes("records altered past the program")
def test_states_without_a_moment_are_counted(lives):
    lives.happen(("year_ended", 2024, 2))
    whole = replay_of(coverage_year=2024)
    assert whole.undated().states == 0

    IncentiveState.objects.filter(resident_id=lives.people[1].pk).update(decided_at=None)
    Claim.objects.filter(resident=lives.people[0]).update(known_at=None, reckoned_at=None)

    assert whole.undated().states == 2
    assert replay(state_of(lives.people[1])) is None
    assert {each.resident_id for each in states()} == {lives.people[2].pk, lives.soldier.pk}


def test_states_of_many_people_cost_the_queries_of_few(lives):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            found = states()
        return len(seen), len(found)

    lives.happen(("year_ended", 2024, 2))
    few = cost()
    for _ in range(20):
        ResidentFactory()
    lives.happen(("year_ended", 2025, 2))
    many = cost()

    assert many[1] > few[1] + 20
    assert many[0] == few[0] <= 34
