"""Background work of benefits: year ends and monthly alerts. The day is fixed by whoever starts a run."""

import datetime

from celery import shared_task
from django.utils import timezone

from benefits.selectors.schedule import areas_with_people, days_to_scan, year_before
from benefits.services.alert_cases import mind_overdue
from benefits.services.alert_receipts import note_receipts
from benefits.services.alerts import scan_up_to
from benefits.services.retroactive.schedule import follow_up_to
from benefits.services.year_end import close_year_end, open_year_end, run_year_end_chunks
from exchange.models import Job
from exchange.tasks import kick_delivery
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


@shared_task
def launch_monthly_alerts(*, areas: list[str] | None = None, **_: object) -> int:
    """Queue the scans as at yesterday of every pooling area with people, or of the areas named, where one is due.

    In the first months of a year December is scanned again: claims of the old year still come in.
    """
    today, queued = timezone.localdate(), 0
    for area in areas_with_people(codes=areas):
        for day in days_to_scan(area, today):
            push_alerts.delay(area=area.code, until=day.isoformat(), today=today.isoformat())
            queued += 1
    return queued


@shared_task(acks_late=True)
def push_alerts(*, area: str, until: str, today: str, **_: object) -> dict[str, int] | str:
    """Scan one area as at a day and have the outbox sent; running it twice sends nothing twice."""
    try:
        scan = scan_up_to(
            area=Area.objects.get(code=area),
            until=datetime.date.fromisoformat(until),
            wet_run=True,
            today=datetime.date.fromisoformat(today),
        )
    except DomainError as refusal:
        return refusal.code
    kick_delivery()
    return dict(scan.raised)


@shared_task
def mind_alerts(**_: object) -> dict[str, int]:
    """Ask after alerts of which a step is late; running it twice is harmless."""
    told = mind_overdue(today=timezone.localdate())
    kick_delivery()
    return dict(told)


@shared_task
def note_alert_receipts(**_: object) -> int:
    """Acknowledge the alerts whose receipts were kept before receipts did so by themselves."""
    return note_receipts()


@shared_task(acks_late=True)
def follow_identity_changes(**_: object) -> dict[str, int]:
    """Bring quotes, questions and work lists up to the identities that changed; running it twice is harmless."""
    return follow_up_to(until=timezone.now())
