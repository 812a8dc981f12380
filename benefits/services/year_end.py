"""The year end (年终激励核算) as a proposal: one run per area and year, computed in chunks that can be killed.

`open_year_end` asks for it, workers compute it (`run_year_end_chunks`), and then it waits for a second person:
`benefits.services.year_end_decisions`. Nothing of it counts before.
"""

import datetime
from collections.abc import Callable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from benefits.batch.incentive_differences import difference_of
from benefits.batch.incentives import YearEnd, write_states
from benefits.batch.run_tables import DIGESTS, make_run_table, seal, told_digest
from benefits.models import UNDECIDED, IncentiveRun, RunState
from benefits.selectors.laws import Laws
from benefits.services.year_end_checks import SAMPLE, check_sample
from benefits.services.year_end_effects import follow_chunk
from exchange.models import Job, JobChunk, JobStatus
from exchange.services.jobs import (
    Done,
    cancel_job,
    is_abandoned,
    job_counts,
    key_ranges,
    open_job,
    resume_job,
    run_chunks,
)
from policy.errors import DomainError
from policy.policy import Policy
from registry.models import Area, Resident

KIND = "year_end"
CHUNK = 20_000
AT_WORK = (RunState.COMPUTING, RunState.FAILED)
LIVE = (*UNDECIDED, RunState.APPLIED)
FOLLOWED = ("corrected", "resettled")  # what the work after approval counts
COUNT_LABELS = {
    "persons": "人员",
    "insured": "当年参保",
    "employee_covered": "他处参保（年数不增不减）",
    "excluded": "救助对象除外",
    "zero_claim": "当年零报销",
    "zero_claim_credited": "零报销激励增加一档",
    "continuous_earned": "连续参保激励增加一档",
    "reset": "零报销激励清零",
    "lapsed": "断保",
    "elsewhere": "已由其他统筹地区核算",
    "corrected": "核算后有变化、已按最新记录更正",
    "resettled": "次年结算重新结算（笔）",
}


class YearNotOver(DomainError):
    """A year is closed once it is over."""

    code = "year_not_over"


class NotPoolingArea(DomainError):
    """Only a pooling area has a fund, a cap and a year end."""

    code = "not_pooling_area"


class PolicyChanged(DomainError):
    """Another policy came into force after the run was opened."""

    code = "policy_changed"


class YearBeforeOpen(DomainError):
    """The states after a year stand on those after the year before."""

    code = "year_before_open"


def propose_year_end(
    *, area: Area, year: int, today: datetime.date, user: AbstractBaseUser | None = None
) -> IncentiveRun:
    """Compute the whole proposal here and now; one that is there stays as it is, a broken one goes on.

    :raises DomainError: as `open_year_end`
    """
    run = open_year_end(area=area, year=year, today=today, user=user)
    return run_year_end_chunks(run_id=run.pk) if run.state == RunState.COMPUTING else run


def year_end_of(*, area: Area, year: int, today: datetime.date) -> tuple[YearEnd, Policy]:
    """Return what the run stands on.

    :raises YearNotOver: if `year` has not ended by `today`
    :raises NotPoolingArea: if the area pools no funds
    :raises RuleNotPublished: if its documents know no incentives
    """
    if today <= datetime.date(year, 12, 31):
        raise YearNotOver(f"{year}年度尚未结束，{year + 1}年1月1日起才能核算", year=year)
    if not area.is_pooling_area:
        raise NotPoolingArea(f"{area.name}不是统筹地区，请选择统筹地区", area=area.code)
    policy = Laws({area.pk: area.path}).of(area.pk, year)
    return YearEnd.under(policy, year=year, area_id=area.pk), policy


@transaction.atomic
def open_year_end(
    *, area: Area, year: int, today: datetime.date, user: AbstractBaseUser | None = None
) -> IncentiveRun:
    """Return the area's live run of the year: a new one with its chunks queued, or the one that is there.

    One left unfinished goes on; if the policy changed meanwhile it is cancelled and another one begins.

    :raises YearBeforeOpen: if the year before waits to be computed or approved
    :raises DomainError: as `year_end_of`
    """
    end, policy = year_end_of(area=area, year=year, today=today)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{KIND}:{area.pk}:{year}"])
    run = IncentiveRun.objects.filter(area=area, year=year, state__in=LIVE).first()
    if run is not None and run.state in AT_WORK and run.policy_digest != policy.digest:
        _give_up(run)
        run = None
    if run is not None:
        return resume_year_end(run_id=run.pk) if run.state == RunState.FAILED else run
    if IncentiveRun.objects.filter(area=area, year=year - 1, state__in=UNDECIDED).exists():
        raise YearBeforeOpen(f"{year - 1}年度的核算还没有复核，请先办结", year=year - 1)
    run = IncentiveRun.objects.create(
        area=area,
        year=year,
        policy_key=policy.key,
        policy_digest=policy.digest,
        started_by_id=user.pk if user else None,
        job=open_job(
            kind=KIND,
            params={"area": area.code, "year": year, "policy": policy.key},
            ranges=key_ranges(Resident.objects.filter(pooling_area=end.area_id), size=CHUNK),
            area=area,
            user=user,
        ),
    )
    make_run_table(run.pk)
    return run


def run_year_end_chunks(*, run_id: int) -> IncentiveRun:
    """Do the chunks of the run's stage that nobody has done or holds, then close the stage if none is left.

    Several workers may do so at once; running it again is harmless. A run names one policy: where another one came
    into force since it was opened it is cancelled, and no chunk is done.
    """
    run = IncentiveRun.objects.select_related("area", "job", "following", "decided_by").get(pk=run_id)
    if run.state in AT_WORK and run.job is not None:
        try:
            work = _computing(run)
        except PolicyChanged:
            return _give_up(run)
        run_chunks(job=run.job, work=work)
    elif run.state == RunState.APPLIED and run.following is not None:
        run_chunks(job=run.following, work=lambda chunk: follow_chunk(chunk, run=run))
    return _close(run_id=run_id)


def resume_year_end(*, run_id: int) -> IncentiveRun:
    """Let a paused stage go on, or one with failed chunks try these again; somebody has to run its chunks."""
    run = IncentiveRun.objects.select_related("area", "job", "following").get(pk=run_id)
    job = stage_job(run)
    if job is not None:
        resume_job(job=job)
        IncentiveRun.objects.filter(pk=run_id, state=RunState.FAILED).update(state=RunState.COMPUTING)
        run.refresh_from_db()
    return run


def waiting_year_ends() -> list[int]:
    """Return the runs whose stage is not closed and that no worker holds, for the schedule to take up again."""
    computing = IncentiveRun.objects.filter(state=RunState.COMPUTING)
    applied = IncentiveRun.objects.filter(state=RunState.APPLIED)
    following = applied.exclude(counts__has_keys=FOLLOWED)  # put down when the stage is closed
    jobs = dict(computing.exclude(job=None).values_list("pk", "job_id"))
    jobs |= dict(following.exclude(following=None).values_list("pk", "following_id"))
    return [run_id for run_id, job_id in jobs.items() if is_abandoned(job_id=job_id)]


def stage_job(run: IncentiveRun) -> Job | None:
    """Return the job of the stage a run is in; null = nothing is to be done."""
    if run.state in AT_WORK:
        return run.job
    return run.following if run.state == RunState.APPLIED else None


def year_end_by(run: IncentiveRun) -> YearEnd:
    """Return what a run stands on.

    :raises PolicyChanged: if another policy is in force than the one it names
    """
    policy = Laws({run.area_id: run.area.path}).of(run.area_id, run.year)
    if policy.digest != run.policy_digest:
        raise PolicyChanged(f"{policy.key} 在核算发起后有变更，请重新核算", policy=policy.key)
    return YearEnd.under(policy, year=run.year, area_id=run.area_id)


def _computing(run: IncentiveRun) -> Callable[[JobChunk], Done]:
    end = year_end_by(run)

    def work(chunk: JobChunk) -> Done:
        written = write_states(end, run_id=run.pk, first=chunk.from_key, last=chunk.to_key, sample=SAMPLE)
        check_sample(end, run_id=run.pk, places=written.sample)
        return Done(written.counts["persons"], written.counts)

    return work


@transaction.atomic
def _give_up(run: IncentiveRun) -> IncentiveRun:
    """Cancel a run whose law changed while it was computed."""
    assert run.job is not None
    cancel_job(job=run.job)
    run.state, run.reason = RunState.CANCELLED, "核算发起后政策有变更，请重新核算"
    run.save(update_fields=["state", "reason"])
    return run


@transaction.atomic
def _close(*, run_id: int) -> IncentiveRun:
    """Say what a stage came to once all its chunks are done; until then leave the run as it is."""
    run = (
        IncentiveRun.objects.select_for_update(of=("self",))
        .select_related("area", "job", "following")
        .get(pk=run_id)
    )
    job = stage_job(run)
    if job is None:
        return run
    if job.status == JobStatus.FAILED and job is run.job:
        run.state = RunState.FAILED
        run.save(update_fields=["state"])
    elif job.status == JobStatus.DONE and job is run.job:
        _propose(run, job)
    elif job.status == JobStatus.DONE:
        run.counts = {**run.counts, **dict.fromkeys(FOLLOWED, 0), **job_counts(job_id=job.pk)}
        run.save(update_fields=["counts"])
    return run


def _propose(run: IncentiveRun, job: Job) -> None:
    """Seal what was computed and put down what it comes to; from now on it stays as it is."""
    counted = job_counts(job_id=job.pk)
    seal(run.pk, year=run.year, area_id=run.area_id)
    run.digest = told_digest(counted)
    figures = {name: number for name, number in counted.items() if name not in DIGESTS}
    policy = Laws({run.area_id: run.area.path}).of(run.area_id, run.year)
    end = YearEnd.under(policy, year=run.year, area_id=run.area_id)
    run.counts = {**figures, **difference_of(run, base_cap=end.base_cap)}
    run.state, run.proposed_at = RunState.PROPOSED, timezone.now()
    run.save(update_fields=["digest", "counts", "state", "proposed_at"])
