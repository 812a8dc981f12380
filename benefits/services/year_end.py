"""The year end (年终激励核算): one run per area and year, in chunks that can be killed and taken up again."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from benefits.batch.incentives import (
    YearEnd,
    analyze_partition,
    cap_counts,
    make_partition,
    planned_counts,
    write_states,
)
from benefits.models import IncentiveRun, IncentiveState, RunState
from benefits.selectors.laws import Laws
from benefits.services.closing_lock import hold_off_settlements
from benefits.services.year_end_checks import check_sample
from benefits.services.year_end_effects import resettle_after_year_end
from exchange.models import Job, JobChunk, JobStatus
from exchange.services.jobs import key_ranges, open_job, run_chunks
from policy.errors import DomainError
from policy.policy import Policy
from registry.models import Area, Resident

KIND = "year_end"
CHUNK = 20_000
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


def plan_year_end(*, area: Area, year: int, today: datetime.date) -> dict[str, Any]:
    """Return what a run would do now, by kind of change, and how many people would have each cap next year.

    :raises DomainError: as `open_year_end`
    """
    end, policy = year_end_of(area=area, year=year, today=today)
    people = Resident.objects.filter(pooling_area=area)
    last = people.order_by("-pk").values_list("pk", flat=True).first() or 0
    return planned_counts(end, first=1, last=last) | {"policy": policy.key}


def run_year_end(
    *, area: Area, year: int, today: datetime.date, user: AbstractBaseUser | None = None
) -> IncentiveRun:
    """Do the whole year end here and now; a run that was applied stays as it is, a broken one goes on.

    :raises DomainError: as `open_year_end`
    """
    run = open_year_end(area=area, year=year, today=today, user=user)
    if run.state != RunState.APPLIED:
        run_year_end_chunks(run_id=run.pk)
        run = close_year_end(run_id=run.pk)
    return run


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
    """Return the area's run of the year: a new one with its chunks queued, or the one that is there.

    A run left unfinished goes on; if the policy changed meanwhile it starts over, its states taken back.

    :raises DomainError: as `year_end_of`
    """
    end, policy = year_end_of(area=area, year=year, today=today)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{KIND}:{area.pk}:{year}"])
    make_partition(year)
    run = IncentiveRun.objects.filter(area=area, year=year).order_by("-pk").first()
    if run is None:
        run = IncentiveRun(area=area, year=year, started_by_id=user.pk if user else None)
    elif run.state == RunState.APPLIED:
        return run
    if run.job_id is None or run.policy_digest != policy.digest:
        if run.pk is not None:
            IncentiveState.objects.filter(year=year, run_id=run.pk).delete()
        run.job = open_job(
            kind=KIND,
            params={"area": area.code, "year": year, "policy": policy.key},
            ranges=key_ranges(Resident.objects.filter(pooling_area=end.area_id), size=CHUNK),
            area=area,
            user=user,
        )
        run.counts = {}
    run.policy_key, run.policy_digest, run.state = policy.key, policy.digest, RunState.RUNNING
    run.save()
    return run


def run_year_end_chunks(*, run_id: int) -> Job:
    """Do the chunks of a run that nobody has done or holds; several workers may do so at once.

    A run names one policy: where another one came into force since it was opened, `open_year_end` starts it over.

    :raises PolicyChanged: if so; no chunk is done
    """
    run = IncentiveRun.objects.select_related("area", "job").get(pk=run_id)
    assert run.job is not None
    policy = Laws({run.area_id: run.area.path}).of(run.area_id, run.year)
    if policy.digest != run.policy_digest:
        raise PolicyChanged(f"{policy.key} 在核算开始后有变更，请重新发起年终激励核算", policy=policy.key)
    end = YearEnd.under(policy, year=run.year, area_id=run.area_id)

    def work(chunk: JobChunk) -> int:
        counts = write_states(end, run_id=run_id, first=chunk.from_key, last=chunk.to_key)
        check_sample(end, run_id=run_id, first=chunk.from_key, last=chunk.to_key)
        _add_counts(run_id, counts)
        return counts["persons"]

    return run_chunks(job=run.job, work=work)


@transaction.atomic
def close_year_end(*, run_id: int) -> IncentiveRun:
    """Make the states of a run count once all its chunks are done; until then say how it stands.

    Claims of the year after that met the cap before it was known are settled anew. Nobody settles meanwhile, so that
    none is passed over which was settled by the old cap and is not on record yet.
    """
    run = IncentiveRun.objects.select_for_update(of=("self",)).select_related("area", "job").get(pk=run_id)
    assert run.job is not None
    if run.state == RunState.APPLIED or run.job.status not in (JobStatus.DONE, JobStatus.FAILED):
        return run
    if run.job.status == JobStatus.FAILED:
        run.state = RunState.FAILED
        run.save(update_fields=["state"])
        return run
    hold_off_settlements()
    analyze_partition(run.year)
    run.state, run.applied_at = RunState.APPLIED, timezone.now()
    run.counts = {**run.counts, "caps": cap_counts(run_id=run.pk, year=run.year)}
    run.save(update_fields=["state", "applied_at", "counts"])
    resettled = resettle_after_year_end(run=run)
    if resettled:
        run.counts = {**run.counts, "resettled": resettled}
        run.save(update_fields=["counts"])
    return run


def _add_counts(run_id: int, counts: Mapping[str, int]) -> None:
    """Add a chunk's counts to the run; the row is locked last, so that chunks hardly wait for each other."""
    run = IncentiveRun.objects.select_for_update(of=("self",)).only("counts").get(pk=run_id)
    run.counts = {name: run.counts.get(name, 0) + number for name, number in counts.items()}
    run.save(update_fields=["counts"])
