"""Long work in chunks of primary keys, each committed with its checkpoint: the one machine of every batch.

A worker that is killed loses the chunk it was in and nothing else: the chunk is still queued, and whoever runs the job
again does just what is missing. The same holds where the database fails its worker (`OUTAGES`): it starts again, its
disk is full. A chunk that fails by itself is marked so and waits for a person. Several workers may run one job; each
takes the chunks nobody holds. `pause_job`, `resume_job` and `cancel_job` work between two chunks. `job_counts` adds up
what the chunks counted.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import EmptyResultSet
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models import Case, F, QuerySet, Sum, TextField, Value, When
from django.utils import timezone
from psycopg import errors, sql

from exchange.models import Job, JobChunk, JobStatus
from exchange.selectors import chunks_left
from registry.batch.copying import copy_rows
from registry.models import Area

logger = logging.getLogger(__name__)
UNFINISHED = (JobStatus.QUEUED, JobStatus.FAILED)
HALTED = (JobStatus.CANCELLED, JobStatus.PAUSED)
# What the database could not do just now, no fault of the work; psycopg's own come out of a COPY as they are.
OUTAGES = (OperationalError, InterfaceError, errors.OperationalError, errors.InterfaceError)
SUM_UP = """
SELECT counted.name, sum(counted.number::bigint)::bigint
FROM {chunk} AS chunk CROSS JOIN LATERAL jsonb_each_text(chunk.counts) AS counted (name, number)
WHERE chunk.job_id = %s AND chunk.status = %s
GROUP BY counted.name
"""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Keys from `first` to `last`, both included, and how many rows have them."""

    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class Done:
    """What the work of a chunk did: rows, and what it counted beside them, by name."""

    rows: int
    counts: Mapping[str, int] = field(default_factory=dict)


def key_ranges(queryset: QuerySet[Any], *, size: int, key: str = "pk") -> list[KeyRange]:
    """Return ranges of `key` that hold `size` rows each, the last one fewer, in one pass over the keys.

    :param key: an integer field of the rows, such as "pk" or "resident_id"; where it repeats, a value stays whole
    """
    keys = queryset.order_by().values_list(key).annotate(rows=models.Count("pk")).order_by(key)
    try:
        statement, params = keys.query.sql_with_params()
    except EmptyResultSet:
        return []
    ranged = sql.SQL(
        "SELECT min(key), max(key), sum(rows) FROM (SELECT key, rows,"
        " div(sum(rows) OVER (ORDER BY key) - rows, {size}) AS part FROM ({keys}) AS keys (key, rows)) AS parts"
        " GROUP BY part ORDER BY 1"
    ).format(size=sql.Literal(size), keys=sql.SQL(statement))
    with connection.cursor() as cursor:
        cursor.execute(ranged, params)
        return [KeyRange(first, last, int(rows)) for first, last, rows in cursor.fetchall()]


@transaction.atomic
def open_job(
    *,
    kind: str,
    params: Mapping[str, Any],
    ranges: Iterable[KeyRange],
    area: Area | None = None,
    user: AbstractBaseUser | None = None,
) -> Job:
    """Open a job with one queued chunk a range; a job without rows is done at once."""
    parts = list(ranges)
    job = Job.objects.create(
        kind=kind,
        params=dict(params),
        area=area,
        total=sum(part.rows for part in parts),
        created_by_id=user.pk if user else None,
    )
    copy_rows(
        JobChunk(job=job, seq=seq, from_key=part.first, to_key=part.last)
        for seq, part in enumerate(parts, start=1)
    )
    return job if parts else finish_job(job=job)


@transaction.atomic
def extend_job(*, job: Job, params: Mapping[str, Any], part: KeyRange) -> Job:
    """Add a queued chunk to a job under way, which the caller has locked: its worker, or the next, does it.

    :param params: of the job from now on
    """
    seq = JobChunk.objects.filter(job=job).count() + 1
    JobChunk.objects.create(job=job, seq=seq, from_key=part.first, to_key=part.last)
    job.params, job.total = dict(params), job.total + part.rows
    job.save(update_fields=["params", "total"])
    return job


def run_chunks(*, job: Job, work: Callable[[JobChunk], int | Done]) -> Job:
    """Do every chunk that is not done yet and that nobody else holds; then finish the job if none is left.

    A job that was paused or cancelled stays so; why one failed before is told no more once it is tried again.

    :param work: does one chunk in the transaction of its checkpoint and returns how many rows it did; what it raises
        fails this chunk, is logged and stands in `JobChunk.error`, and the others go on
    :raises OperationalError: if the database fails the worker; the chunk stays queued for whoever takes the job up
    """
    Job.objects.filter(pk=job.pk, started_at__isnull=True).update(started_at=timezone.now())
    lapsed = When(status=JobStatus.FAILED, then=Value(""))
    Job.objects.filter(pk=job.pk).exclude(status__in=HALTED).update(
        status=JobStatus.RUNNING, message=Case(lapsed, default=F("message"), output_field=TextField())
    )
    tried: set[int] = set()
    while (chunk := _run_next(job, work=work, tried=tried)) is not None:
        tried.add(chunk.pk)
    return finish_job(job=job)


@transaction.atomic
def finish_job(*, job: Job, message: str = "") -> Job:
    """Set the job's state by its chunks: done when all are, failed when one is and none is left, else running."""
    current = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if current.status in HALTED:
        return current
    queued = chunks_left(job_id=job.pk, statuses=[JobStatus.QUEUED]).exists()
    failed = chunks_left(job_id=job.pk, statuses=[JobStatus.FAILED]).count()
    done = JobChunk.objects.filter(job=job, status=JobStatus.DONE).aggregate(rows=Sum("done_rows"))["rows"]
    current.done = done or 0
    if not queued:
        current.status = JobStatus.FAILED if failed else JobStatus.DONE
        current.finished_at = timezone.now()
        current.message = message or (f"{failed}个分段失败，可重新运行" if failed else current.message)
    current.save(update_fields=["done", "status", "finished_at", "message"])
    return current


@transaction.atomic
def cancel_job(*, job: Job) -> Job:
    """Stop a job before its next chunk; what is done stays done."""
    JobChunk.objects.filter(job=job, status__in=UNFINISHED).update(status=JobStatus.CANCELLED)
    Job.objects.filter(pk=job.pk).update(status=JobStatus.CANCELLED, finished_at=timezone.now())
    job.refresh_from_db()
    return job


@transaction.atomic
def pause_job(*, job: Job) -> Job:
    """Let a job rest before its next chunk; what is done stays done, and a worker that comes along leaves it."""
    Job.objects.filter(pk=job.pk, status__in=[JobStatus.QUEUED, JobStatus.RUNNING]).update(
        status=JobStatus.PAUSED
    )
    job.refresh_from_db()
    return job


@transaction.atomic
def resume_job(*, job: Job) -> Job:
    """Let a paused job go on, or one with failed chunks try these again; somebody has to run its chunks."""
    Job.objects.filter(pk=job.pk, status__in=[JobStatus.PAUSED, JobStatus.FAILED]).update(
        status=JobStatus.QUEUED, finished_at=None, message=""
    )
    job.refresh_from_db()
    return job


@transaction.atomic
def is_abandoned(*, job_id: int) -> bool:
    """Return whether a job that should run has a stage to do and no worker holds any part of it.

    One all of whose chunks are done and that was not finished counts too; one that failed waits for a person.
    """
    job = Job.objects.filter(pk=job_id, status__in=[JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.DONE])
    if not job.exists():
        return False
    left = chunks_left(job_id=job_id, statuses=[JobStatus.QUEUED])
    return len(left.select_for_update(skip_locked=True, of=("self",)).values_list("pk")) == left.count()


def job_counts(*, job_id: int) -> dict[str, int]:
    """Return what the chunks done so far counted, added up by name."""
    with connection.cursor() as cursor:
        cursor.execute(SUM_UP.format(chunk=JobChunk._meta.db_table), [job_id, JobStatus.DONE.value])
        return dict(cursor.fetchall())


def _run_next(job: Job, *, work: Callable[[JobChunk], int | Done], tried: set[int]) -> JobChunk | None:
    left = chunks_left(job_id=job.pk, statuses=UNFINISHED).exclude(job__status__in=HALTED)
    chunk = None
    try:
        with transaction.atomic():
            chunk = left.exclude(pk__in=tried).select_for_update(skip_locked=True, of=("self",)).first()
            if chunk is None:
                return None
            done = work(chunk)
            done = done if isinstance(done, Done) else Done(done)
            JobChunk.objects.filter(pk=chunk.pk).update(
                status=JobStatus.DONE, done_rows=done.rows, counts=dict(done.counts), error=""
            )
    except OUTAGES as outage:
        if chunk is not None:
            with suppress(*OUTAGES):
                _note(chunk, outage)
        raise
    except Exception as failure:
        if chunk is None:
            raise
        logger.exception("chunk failed", extra={"job": job.pk, "chunk": chunk.seq})
        _note(chunk, failure, status=JobStatus.FAILED)
        return chunk
    Job.objects.filter(pk=job.pk).update(done=F("done") + done.rows)
    return chunk


def _note(chunk: JobChunk, failure: Exception, *, status: JobStatus = JobStatus.QUEUED) -> None:
    """Put down why a chunk was not done, unless another worker has done it since."""
    error = f"{type(failure).__name__}: {failure}"
    JobChunk.objects.filter(pk=chunk.pk, status__in=UNFINISHED).update(status=status, error=error)
