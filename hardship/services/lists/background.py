"""Big lists as jobs: planned, also anew, part by part with checkpoints; applied as one piece, wholly or not at all.

A worker that is killed loses the part it was in; whoever runs the job again does what is missing. Several workers may
plan one list together. Tasks call `run_planning` and `run_applying`; running either twice is harmless.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import transaction

from exchange.models import UNDER_WAY, BatchStatus, InboundBatch, Job, JobChunk, JobStatus, RowOutcome
from exchange.services.batches import begin_plan, lock_batch, lock_plan, refuse_batch
from exchange.services.files import file_of
from exchange.services.jobs import KeyRange, finish_job, open_job, run_chunks
from exchange.services.seen_plans import refuse_unseen
from hardship.services.lists.applying import apply_list, refuse_unless_applicable
from hardship.services.lists.asking import put_questions_right
from hardship.services.lists.lines import AT_ONCE
from hardship.services.lists.outdated import refuse_outdated
from hardship.services.lists.planning import (
    PREFIX,
    Reading,
    finish_plan,
    read_list,
    record_planned,
    refuse_spoilt,
)
from hardship.services.lists.replanning import REPLANNING, run_replanning
from hardship.services.lists.views import view_of
from policy.errors import DomainError

PLANNING, APPLYING = "plan_list", "apply_list"


def run_planning(*, batch_id: int) -> InboundBatch:
    """Plan a received list, or plan one anew, as far as nobody has yet; return its batch.

    It ends `planned`; `refused`, with the reason, if it cannot be read or is spoilt; or `received` still, while
    another worker has a part of it or a part has failed.
    """
    batch = InboundBatch.objects.select_related("area", "created_by", "job").get(pk=batch_id)
    if batch.status != BatchStatus.RECEIVED:
        return batch
    if batch.job is not None and batch.job.kind == REPLANNING:
        return _finished(batch, run_replanning(batch))
    try:
        reading = read_list(batch, content=file_of(batch))
        refuse_outdated(batch, names=reading.names)
    except DomainError as refusal:
        return _sent_back(batch, why=refusal.message)
    if reading.spoilt:
        return _sent_back(batch, why=reading)
    job = _planning_job(
        batch, lines=len(reading.items)
    )  # says since when the list is held against the records
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX), names=reading.names)

    def plan_part(chunk: JobChunk) -> int:
        items = reading.items[chunk.from_key : chunk.to_key + 1]
        record_planned(items, view)
        return len(items)

    return _finished(batch, run_chunks(job=job, work=plan_part))


@transaction.atomic
def open_applying(
    *,
    batch: InboundBatch,
    user: AbstractBaseUser,
    second_user: AbstractBaseUser | None = None,
    seen: str = "",
) -> Job:
    """Open the job that applies a planned list; what would refuse it now refuses it here.

    :param seen: as of `apply_list`
    :raises ListBusy: if one is under way
    :raises BatchNotPlanned, PlanChanged, ListOutOfDate, PlanOutdated, SecondUserNeeded: as `apply_list`
    """
    locked = lock_plan(batch_id=batch.pk)
    refuse_unseen(locked, seen=seen)
    refuse_unless_applicable(locked, user=user, second_user=second_user)
    locked.job = open_job(
        kind=APPLYING,
        params={"batch": batch.pk, "user": user.pk, "second_user": second_user.pk if second_user else None},
        ranges=[KeyRange(first=batch.pk, last=batch.pk, rows=changes_of(locked))],
        area=locked.area,
        user=user,
    )
    locked.save(update_fields=["job"])
    return locked.job


def run_applying(*, job_id: int) -> InboundBatch:
    """Apply the list of a job in one transaction, unless another worker is at it or it is done; return its batch.

    A refusal fails the job and stands in its message; the plan is as it was.
    """
    job = Job.objects.get(pk=job_id)
    batch = InboundBatch.objects.get(pk=job.params["batch"])
    users = User.objects.in_bulk([pk for pk in (job.params["user"], job.params["second_user"]) if pk])
    refusals: list[str] = []

    def apply(_chunk: JobChunk) -> int:
        try:
            apply_list(
                batch=batch,
                user=users[job.params["user"]],
                second_user=users.get(job.params["second_user"]),
            )
        except DomainError as refusal:
            refusals.append(refusal.message)
            raise
        return job.total

    done = run_chunks(job=job, work=apply)
    if refusals:
        finish_job(job=done, message=refusals[-1])
    batch.refresh_from_db()
    return batch


def changes_of(batch: InboundBatch) -> int:
    """Return how many rows of a planned list change something."""
    return sum(
        batch.counts.get(outcome, 0) for outcome in (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.ENDED)
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Keys of batches to plan and of jobs to apply."""

    to_plan: Sequence[int]
    to_apply: Sequence[int]


def unfinished_lists() -> Waiting:
    """Return what somebody asked for and no worker has finished; what failed waits for a person instead."""
    received = InboundBatch.objects.filter(status=BatchStatus.RECEIVED, kind__startswith=PREFIX)
    asked = Job.objects.filter(kind=APPLYING, status__in=UNDER_WAY)
    return Waiting(
        to_plan=list(
            received.exclude(job__status=JobStatus.FAILED).order_by("pk").values_list("pk", flat=True)
        ),
        to_apply=list(asked.order_by("pk").values_list("pk", flat=True)),
    )


@transaction.atomic
def _planning_job(batch: InboundBatch, *, lines: int) -> Job:
    """Return the batch's job, opened by whichever worker is first."""
    locked = lock_batch(batch_id=batch.pk, statuses=BatchStatus.values)
    if locked.job is None:
        begin_plan(batch=locked)
        locked.job = open_job(
            kind=PLANNING,
            params={"batch": batch.pk},
            ranges=[
                KeyRange(first, min(first + AT_ONCE, lines) - 1, min(AT_ONCE, lines - first))
                for first in range(0, lines, AT_ONCE)
            ],
            area=locked.area,
            user=locked.created_by,
        )
        locked.save(update_fields=["job"])
    return locked.job


@transaction.atomic
def _sent_back(batch: InboundBatch, *, why: str | Reading) -> InboundBatch:
    locked = lock_batch(batch_id=batch.pk, statuses=BatchStatus.values)
    if locked.status != BatchStatus.RECEIVED:
        return locked
    if isinstance(why, str):
        return refuse_batch(batch=locked, error=why)
    return refuse_spoilt(locked, why)


@transaction.atomic
def _finished(batch: InboundBatch, job: Job) -> InboundBatch:
    locked = lock_batch(batch_id=batch.pk, statuses=BatchStatus.values)
    if locked.status != BatchStatus.RECEIVED or job.status != JobStatus.DONE:
        return locked
    planned = finish_plan(batch=locked, user=locked.created_by)
    if job.kind == REPLANNING:
        put_questions_right(user=job.created_by)
    return planned
