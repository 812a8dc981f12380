"""Background work of benefits: year ends and monthly alerts. The day is fixed by whoever starts a run."""

import datetime

from celery import shared_task
from django.utils import timezone

from benefits.selectors.schedule import areas_with_people, year_before
from benefits.services.year_end import close_year_end, open_year_end, run_year_end_chunks
from exchange.models import Job
from policy.errors import DomainError
from registry.models import Area


@shared_task
def launch_year_ends(*, areas: list[str] | None = None, **_: object) -> dict[str, str]:
    """Start the year end of the year before in every pooling area with people, or in the areas named."""
    today = timezone.localdate()
    return {
        area.code: launch_year_end(area=area.code, year=year_before(today), today=today.isoformat())
        for area in areas_with_people(codes=areas)
    }


@shared_task
def launch_year_end(*, area: str, year: int, today: str, **_: object) -> str:
    """Open an area's run and queue a task per chunk; return its state, or the code of the refusal."""
    try:
        run = open_year_end(
            area=Area.objects.get(code=area), year=year, today=datetime.date.fromisoformat(today)
        )
    except DomainError as refusal:
        return refusal.code
    assert isinstance(run.job, Job)
    for _chunk in range(max(1, run.job.chunks.count())):
        year_end_chunk.delay(run_id=run.pk)
    return str(run.state)


@shared_task(acks_late=True)
def year_end_chunk(*, run_id: int, **_: object) -> str:
    """Do what chunks are left, and close the run when none is; running it twice is harmless."""
    run_year_end_chunks(run_id=run_id)
    return str(close_year_end(run_id=run_id).state)
