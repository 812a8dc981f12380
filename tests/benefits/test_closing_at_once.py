"""A claim settled while a year end closes: whichever comes first, it ends with the cap the year end gives."""

import datetime
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from benefits.models import Claim, IncentiveRun, IncentiveState, RunState
from benefits.services import year_end
from benefits.services.settle import settle_claims
from benefits.services.year_end_decisions import YearEndRefused, approve_year_end, undo_year_end
from policy.models import PolicyStatus, PolicyVersion
from registry.models import Resident
from tests.benefits.factories import bill, hospital, insured, law, reviewer, somebody
from tests.registry.factories import harbin
from tests.together import at_once, meanwhile, under_way

pytestmark = pytest.mark.django_db(transaction=True)
DAY = datetime.date
BY_THE_OLD_CAP, BY_THE_NEW_CAP = Decimal(400000), Decimal(404000)


def carried_over() -> None:
    """Approve the law of 2025 for 2026 as well."""
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


@pytest.fixture
def person() -> Resident:
    law()
    carried_over()
    hospital()
    return insured(somebody(1), 2025, 2026)


@pytest.fixture
def at_work(person: Resident) -> IncentiveRun:
    """Return a run that is computed and waits to be approved."""
    return year_end.propose_year_end(area=harbin(), year=2025, today=DAY(2026, 1, 5))


def approve(run: IncentiveRun) -> IncentiveRun:
    return approve_year_end(run_id=run.pk, user=reviewer(), reason="抽查无误")


def settle(person: Resident) -> None:
    stay = bill(person, "B1", 900000, day=DAY(2026, 1, 2), basic_paid=0)
    settle_claims(claims=[stay], user=None)


def test_a_close_waits_for_a_claim_that_is_being_settled_and_settles_it_anew(person, at_work):
    meanwhile(lambda: settle(person), approve, run=at_work)
    done = year_end.run_year_end_chunks(run_id=at_work.pk)

    assert (done.state, done.counts["resettled"]) == (RunState.APPLIED, 1)
    assert Claim.objects.get().critical_illness_paid == BY_THE_NEW_CAP
    first, last = Claim.history.order_by("history_id")
    assert (first.critical_illness_paid, last.critical_illness_paid) == (BY_THE_OLD_CAP, BY_THE_NEW_CAP)


def test_a_claim_waits_for_a_close_and_is_settled_by_the_new_cap(person, at_work):
    reviewer()
    meanwhile(lambda: approve(at_work), settle, person=person)
    done = year_end.run_year_end_chunks(run_id=at_work.pk)

    assert Claim.objects.get().critical_illness_paid == BY_THE_NEW_CAP
    assert (Claim.history.count(), done.counts["resettled"]) == (1, 0)


def test_of_two_who_approve_at_once_one_is_refused(at_work):
    first, second = (reviewer(name) for name in ("one", "two"))

    results = at_once(
        *(
            partial(approve_year_end, run_id=at_work.pk, user=each, reason="抽查无误")
            for each in (first, second)
        )
    )

    (refused,) = (each for each in results if isinstance(each, YearEndRefused))
    (applied,) = (each for each in results if isinstance(each, IncentiveRun))
    assert "已生效" in refused.message
    assert IncentiveRun.objects.get().decided_by == applied.decided_by


def test_an_undo_does_not_wait_long_for_a_reader(at_work):
    approve(at_work)
    done = year_end.run_year_end_chunks(run_id=at_work.pk)

    with under_way(IncentiveState.objects.count), pytest.raises(YearEndRefused, match="正在读取"):
        undo_year_end(run_id=done.pk, user=reviewer(), reason="名单有误")

    assert IncentiveState.objects.count() == 1
