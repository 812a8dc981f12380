"""Long work in chunks of primary keys, each committed with its checkpoint.

A worker that is killed loses the chunk it was in and nothing else: the chunk is still queued, and whoever runs the job
again does just what is missing. Several workers may run one job; each takes the chunks nobody holds.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone
from psycopg import sql

from exchange.models import Job, JobChunk, JobStatus
from exchange.selectors import chunks_left
from registry.batch.copying import copy_rows
from registry.models import Area

logger = logging.getLogger(__name__)
UNFINISHED = (JobStatus.QUEUED, JobStatus.FAILED)


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Keys from `first` to `last`, both included, and how many rows have them."""

    first: int
    last: int
    rows: int


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


def run_chunks(*, job: Job, work: Callable[[JobChunk], int]) -> Job:
    """Do every chunk that is not done yet and that nobody else holds; then finish the job if none is left.

    :param work: does one chunk in the transaction of its checkpoint and returns how many rows it did; what it raises
        fails this chunk, is logged and stands in `JobChunk.error`, and the others go on
    """
    Job.objects.filter(pk=job.pk, started_at__isnull=True).update(started_at=timezone.now())
    Job.objects.filter(pk=job.pk).exclude(status=JobStatus.CANCELLED).update(status=JobStatus.RUNNING)
    tried: set[int] = set()
    while (chunk := _run_next(job, work=work, tried=tried)) is not None:
        tried.add(chunk.pk)
    return finish_job(job=job)


@transaction.atomic
def finish_job(*, job: Job, message: str = "") -> Job:
    """Set the job's state by its chunks: done when all are, failed when one is and none is left, else running."""
    current = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if current.status == JobStatus.CANCELLED:
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


def _run_next(job: Job, *, work: Callable[[JobChunk], int], tried: set[int]) -> JobChunk | None:
    left = chunks_left(job_id=job.pk, statuses=UNFINISHED)
    chunk = None
    try:
        with transaction.atomic():
            chunk = left.exclude(pk__in=tried).select_for_update(skip_locked=True, of=("self",)).first()
            if chunk is None:
                return None
            rows = work(chunk)
            JobChunk.objects.filter(pk=chunk.pk).update(status=JobStatus.DONE, done_rows=rows, error="")
    except Exception as failure:
        if chunk is None:
            raise
        logger.exception("chunk failed", extra={"job": job.pk, "chunk": chunk.seq})
        JobChunk.objects.filter(pk=chunk.pk).update(
            status=JobStatus.FAILED, error=f"{type(failure).__name__}: {failure}"
        )
        return chunk
    Job.objects.filter(pk=job.pk).update(done=F("done") + rows)
    return chunk
