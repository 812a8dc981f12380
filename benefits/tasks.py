"""Background work of benefits: year ends and monthly alerts. The day is fixed by whoever starts a run."""

import datetime

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from benefits.models import IncentiveRun
from benefits.selectors.schedule import areas_with_people, days_to_scan, year_before
from benefits.services.alert_cases import mind_overdue
from benefits.services.alert_receipts import note_receipts
from benefits.services.alerts import scan_up_to
from benefits.services.retroactive.schedule import follow_up_to
from benefits.services.year_end import open_year_end, run_year_end_chunks, stage_job, waiting_year_ends
from exchange.tasks import kick_delivery
from policy.errors import DomainError
from registry.models import Area

WORKERS = 4  # of one run at once; a pool with fewer takes them one after the other


@shared_task
def launch_year_ends(*, areas: list[str] | None = None, **_: object) -> dict[str, str]:
    """Have the year end of the year before proposed in every pooling area with people, or in the areas named."""
    today = timezone.localdate()
    return {
        area.code: launch_year_end(area=area.code, year=year_before(today), today=today.isoformat())
        for area in areas_with_people(codes=areas)
    }


@shared_task
def launch_year_end(*, area: str, year: int, today: str, **_: object) -> str:
    """Have an area's year end proposed; return its state, or the code of the refusal. Nobody approves it by this."""
    try:
        run = open_year_end(
            area=Area.objects.get(code=area), year=year, today=datetime.date.fromisoformat(today)
        )
    except DomainError as refusal:
        return refusal.code
    kick_year_end(run)
    return str(run.state)


@shared_task(acks_late=True)
def year_end_chunk(*, run_id: int, **_: object) -> str:
    """Do what chunks of a run's stage are left, and close the stage when none is; running it twice is harmless."""
    return str(run_year_end_chunks(run_id=run_id).state)


def kick_year_end(run: IncentiveRun) -> None:
    """Queue workers for a run as soon as the caller's transaction commits; without a broker the next beat does."""
    job = stage_job(run)
    parts = job.chunks.count() if job is not None else 0
    for _ in range(min(parts, WORKERS) or 1):
        transaction.on_commit(lambda: year_end_chunk.delay(run_id=run.pk), robust=True)


@shared_task
def resume_year_ends(**_: object) -> int:
    """Queue a worker for every run that was asked for and that nobody works at; return how many."""
    waiting = waiting_year_ends()
    for run_id in waiting:
        year_end_chunk.delay(run_id=run_id)
    return len(waiting)


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
