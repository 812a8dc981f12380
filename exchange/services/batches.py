"""Lists and bulk calls: open a batch, keep every row's outcome, close it one way or another.

The apps above plan and apply; here is what all of them share. Plan: `open_batch`, `record_rows`. Apply, in one
transaction: `lock_planned_batch`, the app's own writes, `revise_rows` where an outcome turned out otherwise,
`mark_applied`. An app that cannot read a list calls `refuse_batch`; one that takes it back, `mark_undone`.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from exchange.models import Agency, BatchMode, BatchStatus, InboundBatch, InboundRow
from exchange.selectors import outcome_counts
from policy.errors import DomainError
from registry.batch.copying import copy_rows
from registry.batch.rewriting import rewrite_rows
from registry.models import Area


class BatchAlreadyReceived(DomainError):
    """The same file is planned or applied already; `batch` is its number."""

    code = "batch_already_received"


class BatchNotPlanned(DomainError):
    """Only a planned batch can be applied or refused, and only an applied one undone."""

    code = "batch_not_planned"


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
    """A row and its outcome; `number` counts from 1, `key` is the blind index, `payload` has no full number."""

    number: int
    outcome: str
    key: bytes | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    field: str = ""


@transaction.atomic
def open_batch(*, kind: str, source: BatchSource, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Open a planned batch.

    :raises BatchAlreadyReceived: if the same bytes of this kind are planned or applied for the area; after a refusal
        or an undoing they may come again
    """
    same = InboundBatch.objects.filter(
        kind=kind,
        area=source.area,
        sha256=source.sha256,
        status__in=[BatchStatus.PLANNED, BatchStatus.APPLIED],
    ).first()
    if same is not None:
        raise BatchAlreadyReceived(
            f"该文件已于{timezone.localtime(same.created_at):%Y-%m-%d}导入（批次{same.pk}）", batch=same.pk
        )
    return InboundBatch.objects.create(
        kind=kind,
        agency=source.agency,
        area=source.area,
        file_name=source.file_name,
        sha256=source.sha256,
        mode=source.mode,
        as_of=source.as_of,
        created_by_id=user.pk if user else None,
    )


@transaction.atomic
def record_rows(*, batch: InboundBatch, rows: Iterable[RowResult]) -> InboundBatch:
    """COPY rows and their outcomes in, and count the batch anew."""
    copy_rows(
        InboundRow(
            batch=batch,
            number=row.number,
            key=row.key,
            payload=dict(row.payload),
            outcome=row.outcome,
            code=row.code,
            message=row.message[:500],
            field=row.field,
        )
        for row in rows
    )
    return _recounted(batch)


@transaction.atomic
def revise_rows(*, batch: InboundBatch, rows: Iterable[InboundRow]) -> InboundBatch:
    """Store outcome, code, message and field of rows of the batch, set-based, and count it anew."""
    rewrite_rows(rows, fields=["outcome", "code", "message", "field"])
    return _recounted(batch)


def lock_planned_batch(*, batch_id: int) -> InboundBatch:
    """Return a planned batch, locked until the caller's transaction ends: two clerks cannot both apply it.

    :raises BatchNotPlanned: if it was applied, refused or undone meanwhile
    """
    return _locked(batch_id, status=BatchStatus.PLANNED)


@transaction.atomic
def mark_applied(*, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Say that a planned batch's rows are in force."""
    return _closed(batch, BatchStatus.PLANNED, to=BatchStatus.APPLIED, user=user)


@transaction.atomic
def refuse_batch(*, batch: InboundBatch, error: str, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Send a planned batch back with the reason; nothing of it is in force."""
    return _closed(batch, BatchStatus.PLANNED, to=BatchStatus.REFUSED, user=user, error=error)


@transaction.atomic
def mark_undone(*, batch: InboundBatch, error: str, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Say that an applied batch was taken back, and why."""
    return _closed(batch, BatchStatus.APPLIED, to=BatchStatus.UNDONE, user=user, error=error)


def _locked(batch_id: int, *, status: str) -> InboundBatch:
    batch = InboundBatch.objects.select_for_update(of=("self",)).select_related("area").get(pk=batch_id)
    if batch.status != status:
        raise BatchNotPlanned(
            f"批次{batch.pk}当前为“{batch.get_status_display()}”，不能办理", status=batch.status
        )
    return batch


def _closed(
    batch: InboundBatch, status: str, *, to: str, user: AbstractBaseUser | None, error: str = ""
) -> InboundBatch:
    locked = _locked(batch.pk, status=status)
    locked.status, locked.error = to, error
    if to == BatchStatus.APPLIED:
        locked.applied_at = timezone.now()
        locked.applied_by_id = user.pk if user else None
    locked.counts = outcome_counts(locked)
    locked.save(update_fields=["status", "error", "applied_at", "applied_by", "counts"])
    return locked


def _recounted(batch: InboundBatch) -> InboundBatch:
    batch.counts = outcome_counts(batch)
    batch.save(update_fields=["counts"])
    return batch
