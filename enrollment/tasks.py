"""Background work of enrollment."""

from dataclasses import asdict

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from enrollment.models import BillingRun
from enrollment.services.billing.runs import open_billing, run_billing_chunks, waiting_billings
from enrollment.services.complete_subsidies import complete_all_subsidies
from enrollment.services.doubles import ask_about_doubles
from enrollment.services.follow_identities import follow_identities_up_to
from enrollment.services.follow_residents import follow_residents
from enrollment.services.settle_assisted import settle_nothing_due
from enrollment.services.subsidy_completion import completions_waiting, run_completion
from exchange.models import Job
from policy.errors import DomainError
from registry.models import Area

WORKERS = 4  # of one run at once; a pool with fewer takes them one after the other


@shared_task(acks_late=True)
def follow_identity_changes(**_: object) -> dict[str, int]:
    """Quote anew and ask about whoever's identities changed since the last run; running it twice is harmless."""
    return follow_identities_up_to(until=timezone.now())


@shared_task(acks_late=True)
def find_double_enrollments(**_: object) -> dict[str, int]:
    """Ask about everybody registered twice, close what answered itself; running it twice is harmless."""
    return ask_about_doubles(day=timezone.localdate())


@shared_task(acks_late=True)
def follow_deaths_and_moves(**_: object) -> dict[str, int]:
    """End registrations of the dead, ask about movers and newborns; running it twice is harmless."""
    return asdict(follow_residents(today=timezone.localdate()))


@shared_task(acks_late=True)
def close_years_with_nothing_due(**_: object) -> int:
    """Insure whoever has nothing to pay, so that no payment will come; running it twice is harmless."""
    return settle_nothing_due(today=timezone.localdate())


@shared_task(acks_late=True)
def put_subsidies_right(**_: object) -> int:
    """Share out what could not be, and what has been put right since; running it twice is harmless."""
    return complete_all_subsidies()


@shared_task(acks_late=True)
def complete_asked_subsidies(*, job_id: int, **_: object) -> str:
    """Put the shares right that a reviewer asked about; running it twice is harmless."""
    return str(run_completion(job_id=job_id).status)


def kick_completion(job: Job) -> None:
    """Queue a worker for a job as soon as the caller's transaction commits; without a broker the next beat does."""
    transaction.on_commit(lambda: complete_asked_subsidies.delay(job_id=job.pk), robust=True)


@shared_task
def resume_completions(**_: object) -> int:
    """Queue a worker for every job that was asked for and is not done; return how many."""
    waiting = completions_waiting()
    for job_id in waiting:
        complete_asked_subsidies.delay(job_id=job_id)
    return len(waiting)


@shared_task
def launch_billings(*, areas: list[str], year: int | None = None, **_: object) -> dict[str, str]:
    """Plan the billing of the coming year in the areas named; somebody has to confirm it before anybody is billed."""
    coverage_year = year or timezone.localdate().year + 1
    return {code: launch_billing(area=code, year=coverage_year) for code in areas}


@shared_task
def launch_billing(*, area: str, year: int, **_: object) -> str:
    """Open an area's run and queue workers for its plan; return its state, or the code of the refusal."""
    try:
        run = open_billing(area=Area.objects.get(code=area), coverage_year=year, today=timezone.localdate())
    except DomainError as refusal:
        return refusal.code
    kick_billing(run)
    return str(run.state)


@shared_task(acks_late=True)
def billing_chunk(*, run_id: int, **_: object) -> str:
    """Do what chunks of a run's stage are left, and close the stage when none is; running it twice is harmless."""
    return str(run_billing_chunks(run_id=run_id).state)


def kick_billing(run: BillingRun) -> None:
    """Queue workers for a run as soon as the caller's transaction commits; without a broker the next beat does."""
    job = run.billing or run.planning
    parts = job.chunks.count() if job is not None else 0
    for _ in range(min(parts, WORKERS) or 1):
        transaction.on_commit(lambda: billing_chunk.delay(run_id=run.pk), robust=True)


@shared_task
def resume_billings(**_: object) -> int:
    """Queue a worker for every run that was asked for and that nobody works at; return how many."""
    waiting = waiting_billings()
    for run_id in waiting:
        billing_chunk.delay(run_id=run_id)
    return len(waiting)
