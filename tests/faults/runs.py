"""What can be struck: how staff begin a run, what they do in the midst of it, when it rests, and what it wrote."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from unittest import mock

from django.contrib.auth.models import User

from benefits.models import IncentiveRun, RunState
from benefits.services import year_end
from benefits.services.year_end_decisions import approve_year_end
from benefits.tasks import kick_year_end
from enrollment.models import BillingRun, BillingState
from enrollment.services.billing import runs as billing
from enrollment.tasks import kick_billing
from exchange.models import JobStatus
from registry.models import Area

YEAR = 2025
CHUNK = 20
BILLED_ON, CLOSED_ON = datetime.date(YEAR, 10, 8), datetime.date(YEAR + 1, 1, 5)


@dataclass(frozen=True)
class Runs:
    """A kind of run.

    :ivar begin: opens one and tells the workers
    :ivar rests: whether it is over; does what a person has to do
    :ivar do_alone: all of it in this process
    """

    begin: Callable[[Area], int]
    rests: Callable[[int], bool]
    do_alone: Callable[[Area], int]


def _open_billing(area: Area) -> BillingRun:
    with mock.patch.object(billing, "CHUNK", CHUNK):
        return billing.open_billing(area=area, coverage_year=YEAR + 1, today=BILLED_ON)


def _begin_billing(area: Area) -> int:
    run = _open_billing(area)
    kick_billing(run)
    return run.pk


def _confirm_billing(run_id: int) -> BillingRun:
    with mock.patch.object(billing, "CHUNK", CHUNK):
        return billing.confirm_billing(run_id=run_id)


def _billing_rests(run_id: int) -> bool:
    state = BillingRun.objects.values_list("state", flat=True).get(pk=run_id)
    if state == BillingState.PLANNED:
        kick_billing(_confirm_billing(run_id))
    return state == BillingState.DONE


def _bill_alone(area: Area) -> int:
    run = billing.run_billing_chunks(run_id=_open_billing(area).pk)
    return billing.run_billing_chunks(run_id=_confirm_billing(run.pk).pk).pk


def _begin_year_end(area: Area) -> int:
    kick_year_end(run := _open_year_end(area))
    return run.pk


def _open_year_end(area: Area) -> IncentiveRun:
    with mock.patch.object(year_end, "CHUNK", CHUNK):
        return year_end.open_year_end(area=area, year=YEAR, today=CLOSED_ON)


def _approve(run_id: int) -> IncentiveRun:
    reviewer, _ = User.objects.get_or_create(username="reviewer")
    return approve_year_end(run_id=run_id, user=reviewer, reason="核对无误")


def _year_end_rests(run_id: int) -> bool:
    run = IncentiveRun.objects.select_related("following").get(pk=run_id)
    if run.state == RunState.PROPOSED:
        kick_year_end(_approve(run_id))
    return run.following is not None and run.following.status == JobStatus.DONE and "resettled" in run.counts


def _close_year_alone(area: Area) -> int:
    run = year_end.run_year_end_chunks(run_id=_open_year_end(area).pk)
    return year_end.run_year_end_chunks(run_id=_approve(run.pk).pk).pk


JOBS = {
    "billing": Runs(_begin_billing, _billing_rests, _bill_alone),
    "year_end": Runs(_begin_year_end, _year_end_rests, _close_year_alone),
}
