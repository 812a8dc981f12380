"""Reconcile (人费核对): compare an area's month as often as wanted, in the background or at once."""

import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from exchange.models import UNDER_WAY, Job
from exchange.services.jobs import KeyRange, is_abandoned, open_job, run_chunks
from oversight.batch.reconciling.classes import find_differences
from oversight.batch.reconciling.facts import drop_facts, stage_facts
from oversight.batch.reconciling.papers import RUN, keep_differences, keep_lines
from oversight.batch.reconciling.statements import Month
from oversight.models import Difference, DifferenceState, Reconciliation
from policy.errors import DomainError
from registry.batch.history import rewrite_with_history, write_with_history
from registry.batch.under_way import writing_since
from registry.models import Area

KIND = "reconcile"


class MonthClosed(DomainError):
    """A closed month keeps its figures."""

    code = "month_closed"


class MonthNotBegun(DomainError):
    """Nothing can be compared of a month that lies ahead."""

    code = "month_not_begun"


def open_reconciliation(
    *, area: Area, month: datetime.date, today: datetime.date, user: AbstractBaseUser | None = None
) -> Reconciliation:
    """Return the paper of an area and month; the first time it is begun.

    :param month: any day of it
    :raises MonthNotBegun: if it begins after `today`
    """
    first = month.replace(day=1)
    if first > today:
        raise MonthNotBegun(f"{first:%Y-%m} 还没有到，不能核对。", month=f"{first:%Y-%m}")
    with transaction.atomic():
        Area.objects.select_for_update(of=("self",)).get(pk=area.pk)  # two at once begin one paper
        found = Reconciliation.objects.filter(area=area, month=first).first()
        if found is None:
            (found,) = write_with_history([Reconciliation(area=area, month=first)], reason=RUN, user=user)
    return found


@transaction.atomic
def reconcile(
    *, area: Area, month: datetime.date, today: datetime.date, user: AbstractBaseUser | None = None
) -> Reconciliation:
    """Compare people, money, assistance and the tax authority's totals of a month; return its paper.

    Differences that persist keep their owner and explanation; those that are gone are resolved; none appears twice.

    :raises MonthClosed: if somebody has closed the month
    :raises MonthNotBegun: if it lies ahead
    """
    paper = open_reconciliation(area=area, month=month, today=today, user=user)
    return compare(locked_open(paper), today=today, user=user)


def locked_open(paper: Reconciliation) -> Reconciliation:
    """Hold a paper until the transaction ends.

    :raises MonthClosed: if it is closed
    """
    locked = Reconciliation.objects.select_for_update(of=("self",)).select_related("area").get(pk=paper.pk)
    if locked.is_closed:
        raise MonthClosed(
            f"{locked.area.name} {locked.month:%Y-%m} 已结账，数字不再变动；之后的流水列入下一个未结账的月份。"
        )
    return locked


def compare(
    paper: Reconciliation, *, today: datetime.date, user: AbstractBaseUser | None = None
) -> Reconciliation:
    """Compare the month of a paper the caller holds open."""
    seen = min(filter(None, (timezone.now(), writing_since())))
    month = Month(paper)
    stage_facts(month)
    find_differences(month)
    keep_differences(month, today=today, user=user)
    waiting = Difference.objects.filter(reconciliation=paper, state=DifferenceState.OPEN).count()
    paper.totals = keep_lines(month) | {"open": waiting}
    drop_facts()
    paper.run_at, paper.seen_until = timezone.now(), seen
    rewrite_with_history([paper], fields=("totals", "run_at", "seen_until"), reason=RUN, user=user)
    return paper


def open_run(
    *, area: Area, month: datetime.date, today: datetime.date, user: AbstractBaseUser | None = None
) -> Job:
    """Open the background job of a comparison.

    :raises MonthClosed: if the month is closed
    :raises MonthNotBegun: if it lies ahead
    """
    with transaction.atomic():
        paper = locked_open(open_reconciliation(area=area, month=month, today=today, user=user))
    params = {
        "area": area.code,
        "month": f"{paper.month:%Y-%m}",
        "today": today,
        "user": user.get_username() if user else "",
    }
    return open_job(kind=KIND, params=params, ranges=[KeyRange(paper.pk, paper.pk, 1)], area=area, user=user)


def waiting_jobs() -> list[int]:
    """Return the comparisons that were asked for and that no worker holds, for the schedule to take up again."""
    asked = Job.objects.filter(kind=KIND, status__in=UNDER_WAY).order_by("pk")
    return [key for key in asked.values_list("pk", flat=True) if is_abandoned(job_id=key)]


def run_job(*, job_id: int) -> Job:
    """Do the comparison of a job, unless it is done; running it twice changes nothing."""
    job = Job.objects.select_related("created_by").get(pk=job_id)
    today = datetime.date.fromisoformat(job.params["today"])

    def work(chunk: object) -> int:
        paper = Reconciliation.objects.get(pk=chunk.from_key)  # type: ignore[attr-defined]
        compare(locked_open(paper), today=today, user=job.created_by)
        return 1

    return run_chunks(job=job, work=work)
