"""Background work of oversight. The day is fixed by whoever starts a run."""

from celery import shared_task
from django.utils import timezone

from benefits.selectors.schedule import areas_with_people
from oversight.services.reconcile import MonthClosed, open_run, run_job
from policy.dates import months_after


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
