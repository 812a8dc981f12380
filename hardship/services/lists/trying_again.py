"""Rows of lists in force that wait, tried again: few while somebody looks, many by a worker.

A worker tries the rows of one list that somebody asks for in one transaction, as a list applies: all of them or, if it
is killed, none yet. What is asked of a list while a worker is at it joins the same job, a chunk for each who asks: its
rows take effect in the name of whoever asked for them.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet

from exchange.models import (
    TRYING,
    UNDER_WAY,
    BatchStatus,
    InboundBatch,
    InboundRow,
    Job,
    JobChunk,
    JobStatus,
    RowOutcome,
)
from exchange.selectors import chunks_left
from exchange.services.batches import lock_batch
from exchange.services.jobs import Done, KeyRange, extend_job, finish_job, job_counts, open_job, run_chunks
from hardship.selectors.waiting_names import rows_saying
from hardship.services.lists.held import ANSWERABLE, apply_held
from hardship.services.lists.replanning import are_many
from policy.errors import DomainError
from registry.models import Role
from registry.selectors import scope_filter

REVIEWERS = (Role.REVIEWER, Role.SUPERVISOR)
BROKEN = "系统出错，原因见后台任务"


class Whose(StrEnum):
    """Of which lists rows take effect; those of others are compared, and left to their people."""

    ALL = "all"
    REVIEWED = "reviewed"  # of the areas for which who asks reviews
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Which rows of lists in force are tried again, and for whom.

    :param codes: only rows that wait for such an answer
    :param names: only rows that use one of these names; null = whatever they use
    """

    user: AbstractBaseUser
    codes: Collection[str] = ANSWERABLE
    names: Collection[str] | None = None
    whose: Whose = Whose.ALL

    @property
    def own(self) -> QuerySet[InboundBatch] | None:
        """Return the lists whose rows take effect; null = all."""
        match self.whose:
            case Whose.REVIEWED:
                return lists_reviewed_by(self.user)
            case Whose.NONE:
                return InboundBatch.objects.none()
        return None

    @property
    def said(self) -> dict[str, Any]:
        """Return it as a job keeps it."""
        names = None if self.names is None else sorted(self.names)
        return {"user": self.user.pk, "codes": sorted(self.codes), "names": names, "whose": self.whose.value}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Ask":
        """Return it as it was asked."""
        user = User.objects.get(pk=said["user"])
        return cls(user=user, codes=said["codes"], names=said["names"], whose=Whose(said["whose"]))

    def rows(self, batches: QuerySet[InboundBatch]) -> QuerySet[InboundRow]:
        """Return the rows of those of the lists that are in force."""
        in_force = batches.filter(status=BatchStatus.APPLIED)
        return rows_saying(self.names, batches=in_force, codes=self.codes)

    def try_rows(self, rows: QuerySet[InboundRow]) -> Counter[str]:
        """Try some of the rows again; count outcomes."""
        return apply_held(user=self.user, codes=self.codes, own=self.own, among=rows)


def lists_reviewed_by(user: AbstractBaseUser) -> QuerySet[InboundBatch]:
    """Return the lists of the areas for which somebody reviews."""
    return InboundBatch.objects.filter(scope_filter(user, roles=REVIEWERS))


def try_again(ask: Ask) -> None:
    """Try rows of all lists in force again: at once as many lists as are few together, the others by workers."""
    rows = ask.rows(InboundBatch.objects.all())
    many = _too_many(rows)
    for batch_id in sorted(many):
        open_trying(batch_id=batch_id, ask=ask)
    ask.try_rows(rows.exclude(batch__in=many))


def _too_many(rows: QuerySet[InboundRow]) -> list[int]:
    """Return the lists whose rows nobody should wait for, those with the fewest rows left out first."""
    counted = rows.order_by().values_list("batch_id").annotate(rows=Count("pk")).order_by("rows", "batch_id")
    many: list[int] = []
    together = 0
    for batch_id, waiting in counted:
        together += waiting
        if are_many(together):
            many.append(batch_id)
    return many


@transaction.atomic
def open_trying(*, batch_id: int, ask: Ask) -> Job:
    """Open the job that tries rows of a list in force again, or have one that a worker is at do it too.

    One that is to do just this is enough.

    :raises BatchNotPlanned: if the list is not in force
    """
    locked = lock_batch(batch_id=batch_id, statuses=[BatchStatus.APPLIED])
    part = KeyRange(locked.pk, locked.pk, ask.rows(InboundBatch.objects.filter(pk=locked.pk)).count())
    job = _under_way(locked)
    if job is None:
        params = {"batch": locked.pk, "user": ask.user.pk, "asks": [ask.said]}
        locked.job = open_job(kind=TRYING, params=params, ranges=[part], area=locked.area, user=ask.user)
        locked.save(update_fields=["job"])
        return locked.job
    if _waits(job, ask):
        return job
    return extend_job(job=job, params=job.params | {"asks": [*job.params["asks"], ask.said]}, part=part)


def _under_way(batch: InboundBatch) -> Job | None:
    """Return the job whose worker has rows of a locked list, or will, locked as well; null = none."""
    if batch.job_id is None:
        return None
    jobs = Job.objects.filter(pk=batch.job_id, kind=TRYING, status__in=UNDER_WAY)
    return jobs.select_for_update(of=("self",)).first()


def _waits(job: Job, ask: Ask) -> bool:
    """Return whether the same is asked of a job already, and no worker begins it before the caller ends."""
    queued = chunks_left(job_id=job.pk, statuses=[JobStatus.QUEUED])
    unbegun = queued.select_for_update(skip_locked=True, of=("self",))
    return any(job.params["asks"][chunk.seq - 1] == ask.said for chunk in unbegun)


def run_trying(*, job_id: int) -> Job:
    """Try the rows of a job again, as far as nobody has yet and no other worker is at it; say what came of it."""
    job = Job.objects.get(pk=job_id)
    lists = InboundBatch.objects.filter(pk=job.params["batch"])
    refusals: list[str] = []

    def work(chunk: JobChunk) -> Done:
        asks = Job.objects.values_list("params__asks", flat=True).get(pk=job_id)  # some may have joined
        ask = Ask.of(asks[chunk.seq - 1])
        try:
            found = ask.try_rows(ask.rows(lists))
        except DomainError as refusal:
            refusals.append(refusal.message)
            raise
        done = {code: rows for code, rows in found.items() if code != RowOutcome.HELD}
        return Done(found.total(), done)

    done = run_chunks(job=job, work=work)
    told = "、".join(
        f"{RowOutcome(code).label} {rows:,} 行" for code, rows in _in_order(job_counts(job_id=job_id))
    )
    if done.status == JobStatus.FAILED:
        told = "；".join(filter(None, [told and f"已办{told}", *(refusals[-1:] or [BROKEN])]))
    return finish_job(job=done, message=told)


def _in_order(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(code, counts[code]) for code in RowOutcome.values if counts.get(code)]


def lists_tried_again() -> list[int]:
    """Return the keys of the jobs that a worker is to do."""
    jobs = Job.objects.filter(kind=TRYING, status__in=UNDER_WAY)
    return list(jobs.order_by("pk").values_list("pk", flat=True))
