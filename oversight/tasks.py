"""Background work of oversight. The day is fixed by whoever starts a run."""

import datetime

from celery import shared_task
from django.utils import timezone

from benefits.selectors.schedule import areas_with_people
from enrollment.selectors.standings import task_of
from oversight.services.participation import keep_participation
from oversight.services.reconcile import MonthClosed, open_run, run_job, waiting_jobs
from policy.dates import days_after, months_after
from policy.errors import PolicyNotFound, RuleNotPublished
from registry.models import Area


@shared_task
def launch_reconciliations(*, areas: list[str] | None = None, **_: object) -> int:
    """Queue this month and the month before of every pooling area with people, or of the areas named.

    A month that is closed is passed over.
    """
    today, queued = timezone.localdate(), 0
    for area in areas_with_people(codes=areas):
        for month in (months_after(today.replace(day=1), -1), today.replace(day=1)):
            try:
                job = open_run(area=area, month=month, today=today)
            except MonthClosed:
                continue
            reconcile_chunk.delay(job_id=job.pk)
            queued += 1
    return queued


@shared_task(acks_late=True)
def reconcile_chunk(*, job_id: int, **_: object) -> str:
    """Compare the month of a job; running it twice is harmless."""
    return str(run_job(job_id=job_id).status)


@shared_task
def resume_reconciliations(**_: object) -> int:
    """Queue a worker for every comparison that was asked for and that nobody works at; return how many."""
    waiting = waiting_jobs()
    for job_id in waiting:
        reconcile_chunk.delay(job_id=job_id)
    return len(waiting)


@shared_task
def launch_participation_counts(*, areas: list[str] | None = None, **_: object) -> int:
    """Queue the counts of every pooling area with people, or of the areas named, as of the end of last month.

    This year and the next one are counted where a policy says whom they are about and their windows have begun.
    """
    today, queued = timezone.localdate(), 0
    day = days_after(today.replace(day=1), -1)
    for area in areas_with_people(codes=areas):
        for year in (today.year, today.year + 1):
            try:
                task = task_of(area=area, coverage_year=year, today=day)
            except (PolicyNotFound, RuleNotPublished):
                continue
            if task.since <= day:
                count_participation_chunk.delay(area=area.code, coverage_year=year, day=day.isoformat())
                queued += 1
    return queued


@shared_task(acks_late=True)
def count_participation_chunk(*, area: str, coverage_year: int, day: str, **_: object) -> int:
    """Keep the counts of an area as of a day; running it twice is harmless."""
    task = task_of(
        area=Area.objects.get(code=area),
        coverage_year=coverage_year,
        today=datetime.date.fromisoformat(day),
    )
    return keep_participation(task=task)
