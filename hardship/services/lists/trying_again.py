"""Rows of lists in force that wait, tried again: few while somebody looks, many by a worker.

A worker tries the rows of one list in one transaction, as a list applies: all of them or, if it is killed, none yet.
"""

from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet

from exchange.models import UNDER_WAY, BatchStatus, InboundBatch, InboundRow, Job, JobChunk, RowOutcome
from exchange.services.batches import lock_batch
from exchange.services.jobs import KeyRange, finish_job, open_job, run_chunks
from hardship.selectors.waiting_names import TRYING
from hardship.services.lists.held import ANSWERABLE, apply_held
from policy.errors import DomainError
from registry.models import Role
from registry.selectors import scope_filter

REVIEWERS = (Role.REVIEWER, Role.SUPERVISOR)


def lists_reviewed_by(user: AbstractBaseUser) -> QuerySet[InboundBatch]:
    """Return the lists of the areas for which somebody reviews."""
    return InboundBatch.objects.filter(scope_filter(user, roles=REVIEWERS))


def are_many(rows: int) -> bool:
    """Return whether nobody should wait until so many rows are compared."""
    return bool(rows > settings.LIST_ROWS_COMPARED_AT_ONCE)


def leave_to_workers(
    rows: QuerySet[InboundRow], *, codes: Collection[str], user: AbstractBaseUser
) -> list[int]:
    """Open jobs for the lists with waiting rows that are too many to be tried at once, and return these lists.

    As many lists as are few together are left, those with the fewest rows first.
    """
    counted = rows.order_by().values_list("batch_id").annotate(rows=Count("pk")).order_by("rows", "batch_id")
    left: list[int] = []
    together = 0
    for batch_id, waiting in counted:
        together += waiting
        if are_many(together):
            left.append(batch_id)
    for batch_id in sorted(left):
        open_trying(batch_id=batch_id, codes=codes, is_reviewing=True, user=user)
    return left


@transaction.atomic
def open_trying(
    *, batch_id: int, codes: Collection[str] = ANSWERABLE, is_reviewing: bool = False, user: AbstractBaseUser
) -> Job:
    """Open the job that tries the waiting rows of a list in force again; one that does so already is enough.

    :param is_reviewing: rows of lists of areas for which the user does not review are left to their people
    :raises BatchNotPlanned: if the list is not in force
    """
    locked = lock_batch(batch_id=batch_id, statuses=[BatchStatus.APPLIED])
    waiting = InboundRow.objects.filter(batch=locked, outcome=RowOutcome.HELD, code__in=codes).count()
    locked.job = open_job(
        kind=TRYING,
        params={"batch": locked.pk, "user": user.pk, "codes": sorted(codes), "is_reviewing": is_reviewing},
        ranges=[KeyRange(first=locked.pk, last=locked.pk, rows=waiting)],
        area=locked.area,
        user=user,
    )
    locked.save(update_fields=["job"])
    return locked.job


def run_trying(*, job_id: int) -> Job:
    """Try the rows of a job again, unless another worker is at it or it is done; its message says what came of it."""
    job = Job.objects.get(pk=job_id)
    batch = InboundBatch.objects.get(pk=job.params["batch"])
    user = User.objects.get(pk=job.params["user"])
    own = lists_reviewed_by(user) if job.params["is_reviewing"] else None
    told: list[str] = []

    def work(_chunk: JobChunk) -> int:
        try:
            found = apply_held(batch=batch, codes=job.params["codes"], own=own, user=user)
        except DomainError as refusal:
            told.append(refusal.message)
            raise
        told.append(
            "、".join(f"{RowOutcome(code).label} {rows:,} 行" for code, rows in sorted(found.items()))
        )
        return found.total()

    done = run_chunks(job=job, work=work)
    return finish_job(job=done, message=told[-1]) if told else done


def lists_tried_again() -> list[int]:
    """Return the keys of the jobs that a worker is to do."""
    jobs = Job.objects.filter(kind=TRYING, status__in=UNDER_WAY)
    return list(jobs.order_by("pk").values_list("pk", flat=True))
