"""The life of a billing run: planned in chunks, shown, confirmed, billed in chunks; killed at any moment it goes on.

A run that is over bills nobody twice, and the next one bills only who came since.
"""

import datetime
from collections.abc import Callable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from enrollment.batch.billing import count_groups
from enrollment.batch.statistics import refresh_statistics
from enrollment.models import (
    BillingGroup,
    BillingRun,
    BillingScope,
    BillingState,
    ContributionPeriod,
    Enrollment,
    Working,
)
from enrollment.selectors.insured import insured_in_year
from enrollment.services.billing.asking import first_pay_day
from enrollment.services.billing.chunk import GROUP, LEFT_OUT, bill_chunk, plan_chunk
from enrollment.services.billing.groups import Groups
from exchange.models import Job, JobChunk, JobStatus
from exchange.services.jobs import (
    Done,
    cancel_job,
    is_abandoned,
    job_counts,
    key_ranges,
    open_job,
    run_chunks,
)
from policy.errors import DomainError
from registry.models import Area, Resident
from registry.selectors import areas_under

PLAN, BILL = "plan_billing", "bill_year"
CHUNK = 20_000
OPEN = (BillingState.PLANNING, BillingState.PLANNED, BillingState.BILLING)
Work = Callable[[JobChunk, Groups], Done]


class BillingNotPlanned(DomainError):
    """Only a run whose plan is ready can be confirmed."""

    code = "billing_not_planned"


class BillingOpen(DomainError):
    """Another run of the area and year is open, with other terms."""

    code = "billing_open"


@transaction.atomic
def open_billing(
    *,
    area: Area,
    coverage_year: int,
    today: datetime.date,
    pay_day: datetime.date | None = None,
    scope: str = BillingScope.RENEWALS,
    user: AbstractBaseUser | None = None,
) -> BillingRun:
    """Return the area's open run of the year: a new one with the chunks of its plan queued, or the one that is there.

    :param pay_day: billed as if everybody paid on it; null = today, or the first day anybody may pay
    :raises BillingOpen: if one with another day or scope is open
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{BILL}:{area.pk}:{coverage_year}"])
    standing = BillingRun.objects.filter(area=area, coverage_year=coverage_year, state__in=OPEN).first()
    if standing is not None:
        if scope != standing.scope or pay_day not in (None, standing.pay_day):
            raise BillingOpen(f"该地区 {coverage_year} 年度开单批次 {standing.pk} 尚未办结，请先办结或取消。")
        return standing
    run = BillingRun(
        area=area,
        coverage_year=coverage_year,
        pay_day=pay_day or first_pay_day(area=area, coverage_year=coverage_year, today=today),
        scope=scope,
        started_by_id=user.pk if user else None,
    )
    run.planning = _job(run, PLAN, user=user)
    run.save()
    return run


@transaction.atomic
def confirm_billing(*, run_id: int, user: AbstractBaseUser | None = None) -> BillingRun:
    """Queue the chunks that register and quote; confirmed twice it goes on as it is.

    :raises BillingNotPlanned: if the plan is not ready, or the run is over
    """
    run = _locked(run_id)
    if run.state == BillingState.BILLING:
        return run
    if run.state != BillingState.PLANNED:
        raise BillingNotPlanned("试算尚未完成，或该批次已办结，不能确认开单。", state=run.state)
    run.billing = _job(run, BILL, user=user)
    run.state, run.confirmed_at = BillingState.BILLING, timezone.now()
    run.confirmed_by_id = user.pk if user else None
    run.save(update_fields=["billing", "state", "confirmed_at", "confirmed_by"])
    return run


@transaction.atomic
def cancel_billing(*, run_id: int) -> BillingRun:
    """Stop a run before its next chunk; who is billed stays billed."""
    run = _locked(run_id)
    if run.state in OPEN:
        for job in (run.planning, run.billing):
            if job is not None and job.status not in (JobStatus.DONE, JobStatus.CANCELLED):
                cancel_job(job=job)
        _sum_up(run, run.billing or run.planning, billed=run.billing is not None)
        run.state, run.finished_at = BillingState.CANCELLED, timezone.now()
        run.save(update_fields=["state", "finished_at", "counts"])
    return run


def run_billing_chunks(*, run_id: int) -> BillingRun:
    """Do the chunks of the run's stage that nobody has done or holds, then close the stage if none is left.

    Several workers may do so at once; running it again is harmless.
    """
    run = BillingRun.objects.select_related("area", "planning", "billing", "confirmed_by").get(pk=run_id)
    groups = Groups(run)
    if run.state == BillingState.PLANNING and run.planning is not None:
        run_chunks(job=run.planning, work=lambda chunk: plan_chunk(chunk, groups))
    elif run.state == BillingState.BILLING and run.billing is not None:
        run_chunks(job=run.billing, work=lambda chunk: bill_chunk(chunk, groups, user=run.confirmed_by))
    return _close(run_id=run_id)


def waiting_billings() -> list[int]:
    """Return the runs whose stage has chunks left that no worker holds, for the schedule to take up again."""
    found = []
    for run in BillingRun.objects.filter(state__in=[BillingState.PLANNING, BillingState.BILLING]).order_by(
        "pk"
    ):
        job_id = run.billing_id or run.planning_id
        if job_id is not None and is_abandoned(job_id=job_id):
            found.append(run.pk)
    return found


@transaction.atomic
def _close(*, run_id: int) -> BillingRun:
    """Say what a stage came to once all its chunks are done; until then leave the run as it is."""
    run = _locked(run_id)
    billed = run.state == BillingState.BILLING
    job = run.billing if billed else run.planning
    if run.state not in (BillingState.PLANNING, BillingState.BILLING) or job is None:
        return run
    if job.status != JobStatus.DONE:
        return run
    people = _sum_up(run, job, billed=billed)
    run.state = BillingState.DONE if billed else BillingState.PLANNED
    run.finished_at = timezone.now() if billed else None
    run.save(update_fields=["state", "finished_at", "counts"])
    if billed:
        refresh_statistics(Enrollment, ContributionPeriod, Working, rows=people)
    return run


def _sum_up(run: BillingRun, job: Job | None, *, billed: bool) -> int:
    """Put what the chunks counted on the run and its groups; return how many people are billed."""
    if job is None:
        return 0
    counted = job_counts(job_id=job.pk)
    name = "billed" if billed else "planned"
    alike = {key.removeprefix(GROUP): each for key, each in counted.items() if key.startswith(GROUP)}
    count_groups(run_id=run.pk, stage=name, people=alike)
    people = BillingGroup.objects.filter(run=run, refusal="").aggregate(people=Sum(name))["people"] or 0
    left_out = {key.removeprefix(LEFT_OUT): each for key, each in counted.items() if key.startswith(LEFT_OUT)}
    run.counts = {**run.counts, name: {"people": people, "left_out": left_out}}
    return people


def _job(run: BillingRun, kind: str, *, user: AbstractBaseUser | None) -> Job:
    return open_job(
        kind=kind,
        params={"area": run.area.code, "year": run.coverage_year, "pay_day": run.pay_day},
        ranges=key_ranges(_people(run), size=CHUNK),
        area=run.area,
        user=user,
    )


def _people(run: BillingRun) -> QuerySet[Resident]:
    """Return who lives in the run's area, and who was insured there the year before and lives elsewhere now."""
    areas = areas_under(run.area)
    before = insured_in_year(coverage_year=run.coverage_year - 1).filter(
        enrollment__pooling_area__in=areas.filter(is_pooling_area=True)
    )
    return Resident.objects.filter(Q(living_area__in=areas) | Q(pk__in=before.values("resident")))


def _locked(run_id: int) -> BillingRun:
    return (
        BillingRun.objects.select_for_update(of=("self",))
        .select_related("area", "planning", "billing")
        .get(pk=run_id)
    )
