"""A fact that comes while a year end is at work, after its person's chunk: the state closed is one that knows it."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from benefits.batch.run_tables import digest_of
from benefits.models import Claim, IncentiveRevision, IncentiveRun, IncentiveState, RunState
from benefits.services import year_end
from benefits.services.replay_states import replay_benefits
from benefits.services.retroactive.follow import follow_changes
from benefits.services.settle import settle_claims
from benefits.services.year_end_decisions import undo_year_end
from casework.models import Case
from policy.models import PolicyStatus, PolicyVersion
from registry.models import Resident
from tests.benefits.factories import (
    approved,
    bill,
    closed_year,
    hospital,
    insured,
    law,
    recognized,
    reviewer,
    somebody,
)
from tests.registry.factories import harbin

pytestmark = pytest.mark.django_db
DAY = datetime.date
NEW_YEAR = DAY(2026, 1, 5)


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


@pytest.fixture
def person() -> Resident:
    return insured(somebody(1))


@pytest.fixture
def at_work(person: Resident) -> IncentiveRun:
    """Return a run that is computed and waits to be approved."""
    return year_end.propose_year_end(area=harbin(), year=2025, today=NEW_YEAR)


def late_claim(person: Resident) -> None:
    settle_claims(claims=[bill(person, "A1", 5000, settled_on=DAY(2026, 2, 1))], user=None)


def state_of(person: Resident) -> IncentiveState:
    return IncentiveState.objects.get(resident_id=person.pk, year=2025)


def differing(person: Resident) -> list[str]:
    return [each.kind for each in replay_benefits(resident_ids=[person.pk]) if not each.equal]


def test_a_late_claim_corrects_the_state_before_the_run_is_closed(person, at_work):
    digest = digest_of(at_work.pk)

    late_claim(person)
    assert (digest_of(at_work.pk), IncentiveRevision.objects.count()) == (digest, 0)
    done = approved(at_work)

    assert (state_of(person).zero_claim_pending, state_of(person).next_cap) == (False, Decimal(400000))
    assert (done.state, done.counts["caps"], done.counts["corrected"]) == (
        RunState.APPLIED, {"404000.00": 1}, 1
    )  # fmt: skip
    revision = IncentiveRevision.objects.get()
    assert (revision.run, revision.changed_by) == (done, done.decided_by)
    assert (revision.before["next_cap"], revision.after["next_cap"]) == ("404000.00", "400000.00")
    assert differing(person) == []


def test_the_close_gives_no_claim_a_cap_the_late_claim_took_back(person, at_work):
    for version in PolicyVersion.objects.filter(year=2025):
        text = version.text.replace("year = 2025", "year = 2026", 1).replace('/2025"', '/2026"')
        PolicyVersion.objects.create(
            area=version.area,
            year=2026,
            number=1,
            text=text,
            status=PolicyStatus.APPROVED,
            title="沿用",
            approved_at=timezone.now(),
        )
    insured(person, 2026)
    settle_claims(claims=[bill(person, "B1", 900000, day=DAY(2026, 1, 2), basic_paid=0)], user=None)
    late_claim(person)

    assert Claim.objects.get(number="B1").critical_illness_paid == Decimal(400000)
    approved(at_work)

    assert Claim.objects.get(number="B1").critical_illness_paid == Decimal(400000)
    assert differing(person) == []


def test_an_identity_that_becomes_known_before_the_run_is_in_force_is_not_retroactive(person, at_work):
    began = timezone.now()
    recognized(person, "subsistence_allowance", DAY(2025, 6, 1))

    follow_changes(since=began, until=timezone.now(), day=DAY(2026, 1, 10))
    assert not Case.objects.exists()
    approved(at_work)

    assert (state_of(person).excluded, state_of(person).next_cap) == (True, Decimal(400000))
    assert differing(person) == []


def test_corrections_of_a_run_taken_back_are_not_those_of_the_one_made_anew(person, at_work):
    late_claim(person)
    first = approved(at_work)
    undo_year_end(run_id=first.pk, user=reviewer(), reason="重新核算")

    closed_year(area=harbin(), year=2025, today=NEW_YEAR)

    assert (IncentiveRevision.objects.count(), state_of(person).next_cap) == (1, Decimal(400000))
    kinds = [each.kind for each in replay_benefits(resident_ids=[person.pk])]
    assert kinds.count("incentive_state") == 1
    assert "incentive_revision" not in kinds
    assert differing(person) == []
