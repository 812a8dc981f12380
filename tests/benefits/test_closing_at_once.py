"""A claim settled while a year end closes: whichever comes first, it ends with the cap the year end gives."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from benefits.models import Claim, IncentiveRun, RunState
from benefits.services import year_end
from benefits.services.settle import settle_claims
from policy.models import PolicyStatus, PolicyVersion
from registry.models import Resident
from tests.benefits.factories import bill, hospital, insured, law, somebody
from tests.registry.factories import harbin
from tests.together import meanwhile

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
    """Return a run whose chunks are done and that is not closed yet."""
    run = year_end.open_year_end(area=harbin(), year=2025, today=DAY(2026, 1, 5))
    year_end.run_year_end_chunks(run_id=run.pk)
    return run


def settle(person: Resident) -> None:
    stay = bill(person, "B1", 900000, day=DAY(2026, 1, 2), basic_paid=0)
    settle_claims(claims=[stay], user=None)


def test_a_close_waits_for_a_claim_that_is_being_settled_and_settles_it_anew(person, at_work):
    done = meanwhile(lambda: settle(person), year_end.close_year_end, run_id=at_work.pk)

    assert (done.state, done.counts["resettled"]) == (RunState.APPLIED, 1)
    assert Claim.objects.get().critical_illness_paid == BY_THE_NEW_CAP
    first, last = Claim.history.order_by("history_id")
    assert (first.critical_illness_paid, last.critical_illness_paid) == (BY_THE_OLD_CAP, BY_THE_NEW_CAP)


def test_a_claim_waits_for_a_close_and_is_settled_by_the_new_cap(person, at_work):
    def close() -> None:
        assert year_end.close_year_end(run_id=at_work.pk).state == RunState.APPLIED

    meanwhile(close, settle, person=person)

    assert Claim.objects.get().critical_illness_paid == BY_THE_NEW_CAP
    assert Claim.history.count() == 1
