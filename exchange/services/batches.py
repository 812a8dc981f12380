"""Lists and bulk calls: open a batch, keep every row's outcome, close it one way or another.

The apps above plan and apply; here is what all of them share. Plan: `open_batch`, `record_rows`; a list that a worker
is to read is taken in by `receive_batch`, held against the records from `begin_plan` on and planned by
`mark_planned`; a plan is made anew from `lock_plan` on. Apply, in one transaction: `lock_planned_batch`, the app's
own writes, `revise_rows` where an outcome turned out otherwise, `mark_applied`. An app that cannot read a list calls
`refuse_batch`; one that takes it back, `undo_marks.mark_undone`.
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from exchange.models import LIVING, Agency, BatchMode, BatchStatus, InboundBatch, InboundRow
from exchange.selectors import outcome_counts
from exchange.services.files import keep_file
from policy.errors import DomainError
from registry.batch.copying import copy_rows, like
from registry.batch.rewriting import rewrite_rows
from registry.batch.under_way import writing_since
from registry.models import Area

AT_ONCE = 10_000  # rows made before they are written


class BatchAlreadyReceived(DomainError):
    """The same file was received, planned or applied already; `batch` is its number."""

    code = "batch_already_received"


class AsOfInFuture(DomainError):
    """The list claims to speak of a day that nobody can know about yet."""

    code = "as_of_in_future"


class BatchNotPlanned(DomainError):
    """Only a planned batch can be applied, only one not in force refused, and only an applied one undone."""

    code = "batch_not_planned"


class ListBusy(DomainError):
    """Somebody confirmed the list and a worker applies it, or will: what they saw stays as it is."""

    code = "list_busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSource:
    """Where a list comes from: `sha256` of its bytes, the area it speaks for, the day its data are of."""

    file_name: str
    sha256: str
    area: Area
    as_of: datetime.date
    mode: str = BatchMode.FULL
    agency: Agency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """A row and its outcome; `number` counts from 1 in its `sheet`, which a text file has not.

    `key` is the blind index, `payload` has no full number.
    """

    number: int
    outcome: str
    key: bytes | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    field: str = ""
    sheet: str = ""


def living_batch(*, kind: str, area: Area, sha256: str) -> InboundBatch | None:
    """Return the batch of the same bytes that waits, is planned or in force: after a refusal or an undoing, none."""
    return InboundBatch.objects.filter(kind=kind, area=area, sha256=sha256, status__in=LIVING).first()


@transaction.atomic
def open_batch(
    *,
    kind: str,
    source: BatchSource,
    user: AbstractBaseUser | None = None,
    status: str = BatchStatus.PLANNED,
) -> InboundBatch:
    """Open a planned batch.

    :raises BatchAlreadyReceived: if the same bytes of this kind wait, are planned or applied for the area; after a
        refusal or an undoing they may come again
    :raises AsOfInFuture: if the day of the data has not come yet
    """
    if source.as_of > timezone.localdate():
        raise AsOfInFuture(f"数据日期 {source.as_of} 晚于今天，请核对", field="as_of")
    batch, is_new = InboundBatch.objects.get_or_create(  # of two at once the second finds the first's
        kind=kind,
        area=source.area,
        sha256=source.sha256,
        status__in=LIVING,
        defaults={
            "agency": source.agency,
            "file_name": source.file_name,
            "mode": source.mode,
            "as_of": source.as_of,
            "status": status,
            "created_by_id": user.pk if user else None,
        },
    )
    if not is_new:
        day = timezone.localdate(batch.created_at)
        raise BatchAlreadyReceived(f"该文件已于{day}导入（批次{batch.pk}）", batch=batch.pk)
    return batch


@transaction.atomic
def receive_batch(
    *, kind: str, source: BatchSource, content: bytes, user: AbstractBaseUser | None = None
) -> InboundBatch:
    """Take a file in to be read later, by whoever gets to it, and keep it.

    :raises BatchAlreadyReceived, AsOfInFuture: as `open_batch`
    """
    batch = open_batch(kind=kind, source=source, user=user, status=BatchStatus.RECEIVED)
    keep_file(batch=batch, content=content)
    return batch


@transaction.atomic
def record_rows(*, batch: InboundBatch, rows: Iterable[RowResult]) -> InboundBatch:
    """COPY rows and their outcomes in, and count the batch anew."""
    add_rows(batch=batch, rows=rows)
    return recount(batch=batch)


def add_rows(*, batch: InboundBatch, rows: Iterable[RowResult]) -> None:
    """COPY rows in without counting: for many chunks of one batch, counted once at the end."""
    pattern, left = InboundRow(batch_id=batch.pk), iter(rows)
    while kept := [_kept(pattern, row) for row in islice(left, AT_ONCE)]:
        copy_rows(kept)


def _kept(pattern: InboundRow, row: RowResult) -> InboundRow:
    return like(
        pattern,
        sheet=row.sheet[:100],
        number=row.number,
        key=row.key,
        payload=dict(row.payload),
        outcome=row.outcome,
        code=row.code,
        message=row.message[:500],
        field=row.field[:60],
    )


def recount(*, batch: InboundBatch) -> InboundBatch:
    """Count the rows of the batch by outcome."""
    batch.counts = outcome_counts(batch)
    batch.save(update_fields=["counts"])
    return batch


@transaction.atomic
def revise_rows(*, batch: InboundBatch, rows: Iterable[InboundRow]) -> InboundBatch:
    """Store outcome, code, message and field of rows of the batch, set-based, and count it anew."""
    rewrite_rows(rows, fields=["outcome", "code", "message", "field"])
    return recount(batch=batch)


def lock_planned_batch(*, batch_id: int) -> InboundBatch:
    """Return a planned batch, locked until the caller's transaction ends: two clerks cannot both apply it.

    :raises BatchNotPlanned: if it was applied, refused or undone meanwhile
    """
    return lock_batch(batch_id=batch_id, statuses=[BatchStatus.PLANNED])


def lock_plan(*, batch_id: int) -> InboundBatch:
    """Return a planned batch that nobody has confirmed, locked until the caller's transaction ends.

    Whatever makes a plan anew, or alters its rows, begins here: what was applied, or will be, is not written over.

    :raises BatchNotPlanned: if it was applied, refused or undone meanwhile
    :raises ListBusy: if somebody confirmed it and a worker has not applied it yet
    """
    locked = lock_planned_batch(batch_id=batch_id)
    if locked.is_being_applied:
        assert locked.job is not None
        raise ListBusy("该名单正在后台生效，请稍候", job=locked.job.pk)
    return locked


def planned_again(batch: InboundBatch, *, replan: Callable[..., InboundBatch], **more: Any) -> InboundBatch:
    """Return a batch whose file came again: planned anew, or as it is by now if somebody confirmed it meanwhile.

    :param replan: makes the plan anew, given the batch and what else is passed on; it begins with `lock_plan`
    """
    try:
        return replan(batch=batch, **more)
    except (BatchNotPlanned, ListBusy):
        batch.refresh_from_db()
        return batch


def begin_plan(*, batch: InboundBatch) -> InboundBatch:
    """Say that the batch is held against the records from now on: the plan has not seen what is recorded later.

    Nor what somebody is recording just now: the time is that since which others have been writing.
    """
    batch.planned_at = writing_since() or timezone.now()
    batch.save(update_fields=["planned_at"])
    return batch


@transaction.atomic
def mark_planned(*, batch: InboundBatch) -> InboundBatch:
    """Say that a received batch is read and planned, all of it."""
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.RECEIVED])
    return saved_as(locked, BatchStatus.PLANNED)


@transaction.atomic
def mark_applied(
    *,
    batch: InboundBatch,
    user: AbstractBaseUser | None = None,
    second_user: AbstractBaseUser | None = None,
) -> InboundBatch:
    """Say that a planned batch's rows are in force.

    :param second_user: who agreed where applying takes two
    """
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.PLANNED])
    locked.applied_at = timezone.now()
    locked.applied_by_id, locked.second_user_id = _key(user), _key(second_user)
    return saved_as(locked, BatchStatus.APPLIED)


@transaction.atomic
def refuse_batch(*, batch: InboundBatch, error: str, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Send a batch back with the reason; nothing of it is in force."""
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.RECEIVED, BatchStatus.PLANNED])
    locked.error, locked.refused_by_id = error, _key(user)
    return saved_as(locked, BatchStatus.REFUSED)


def lock_batch(*, batch_id: int, statuses: Collection[str]) -> InboundBatch:
    """Return a batch in one of these states, locked until the caller's transaction ends.

    :raises BatchNotPlanned: if it is in another
    """
    batch = InboundBatch.objects.select_for_update(of=("self",)).select_related("area").get(pk=batch_id)
    if batch.status not in statuses:
        raise BatchNotPlanned(
            f"批次{batch.pk}当前为“{batch.get_status_display()}”，不能办理", status=batch.status
        )
    return batch


def saved_as(batch: InboundBatch, status: str) -> InboundBatch:
    """Store a locked batch in a new state, its rows counted anew."""
    batch.status, batch.counts = status, outcome_counts(batch)
    batch.save()
    return batch


def _key(user: AbstractBaseUser | None) -> int | None:
    return None if user is None else user.pk


@transaction.atomic
def take_in_hand(*, batch: InboundBatch, user: AbstractBaseUser) -> InboundBatch:
    """Name who answers for a planned batch that an agency's program sent; it stays whoever was first.

    :raises BatchNotPlanned: if it does not wait for confirmation
    """
    locked = lock_planned_batch(batch_id=batch.pk)
    if locked.created_by_id is None:
        locked.created_by_id = user.pk
        locked.save(update_fields=["created_by"])
    return locked
