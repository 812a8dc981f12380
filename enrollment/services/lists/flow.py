"""What the files of enrollment share: read, plan, keep the rows, apply once."""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Model, QuerySet

from enrollment.batch.statistics import refresh_statistics
from enrollment.models import ContributionPeriod, Enrollment, Payment
from enrollment.parsers.reading import Parsed, RowError
from exchange.models import Agency, BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.parsers.forms import Form
from exchange.services.batches import (
    BatchAlreadyReceived,
    BatchSource,
    RowResult,
    lock_planned_batch,
    mark_applied,
    open_batch,
    record_rows,
    revise_rows,
)
from registry.batch.collecting import collector_at_rest
from registry.models import Area, Resident
from registry.models.history import caused_by

OPEN_OUTCOMES = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """A file as it came.

    :param as_of: the day its data are of
    """

    content: bytes
    file_name: str
    area: Area
    as_of: datetime.date
    agency: Agency | None = None

    @property
    def sha256(self) -> str:
        """What the bytes are known by."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class ListKind:
    """A kind of file.

    :param name: stored with its batches
    :param form: its columns and how they are filled in
    :param about: what the file is and does, for who uploads it
    :param read: bytes → lines and row errors
    :param plan: what each line would become, in the order of the lines; nothing is written
    :param apply: makes the open rows of a batch true, in the order of the file, and returns those that turned out
        otherwise than planned, with their outcome
    :param fills: the tables that grow with it
    """

    name: str
    label: str
    about: str
    form: Form
    read: Callable[[FileSource], Parsed[Any]]
    plan: Callable[[InboundBatch, Sequence[Any]], Iterable[RowResult]]
    apply: Callable[[InboundBatch, QuerySet[InboundRow], AbstractBaseUser | None], list[InboundRow]]
    fills: tuple[type[Model], ...] = (Resident, Enrollment, ContributionPeriod, Payment)


@collector_at_rest()
@transaction.atomic
def plan_list(*, kind: ListKind, source: FileSource, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Read a file and keep what each of its rows would become; nothing of it is in force.

    :raises ListUnreadable: if it is no such file; no batch is kept
    :raises BatchAlreadyReceived: if the same bytes are planned or applied for the area
    """
    batch = open_batch(
        kind=kind.name,
        source=BatchSource(
            file_name=source.file_name,
            sha256=source.sha256,
            area=source.area,
            as_of=source.as_of,
            mode=BatchMode.SUPPLEMENTARY,
            agency=source.agency,
        ),
        user=user,
    )
    found = kind.read(source)
    results = [*kind.plan(batch, found.lines), *map(_refused, found.errors)]
    return record_rows(batch=batch, rows=sorted(results, key=lambda each: each.number))


@collector_at_rest()
@transaction.atomic
def apply_list(*, kind: ListKind, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Make a planned batch true, all of it or nothing.

    :raises BatchNotPlanned: if it is in force, or was sent back
    """
    locked = lock_planned_batch(batch_id=batch.pk)
    rows = InboundRow.objects.filter(batch=locked, outcome__in=OPEN_OUTCOMES).order_by("number")
    with caused_by(locked.pk):
        revise_rows(batch=locked, rows=kind.apply(locked, rows, user))
    count = sum(locked.counts.get(outcome, 0) for outcome in OPEN_OUTCOMES)
    refresh_statistics(*kind.fills, rows=count)
    return mark_applied(batch=locked, user=user)


def import_list(
    *, kind: ListKind, source: FileSource, wet_run: bool, user: AbstractBaseUser | None = None
) -> InboundBatch:
    """Plan a file, and apply it on a wet run; the same file again is found as it stands."""
    try:
        batch = plan_list(kind=kind, source=source, user=user)
    except BatchAlreadyReceived:
        batch = standing_batch(kind=kind, source=source)
    if wet_run and batch.status == BatchStatus.PLANNED:
        return apply_list(kind=kind, batch=batch, user=user)
    return batch


def standing_batch(*, kind: ListKind, source: FileSource) -> InboundBatch:
    """Return the planned or applied batch of the same bytes."""
    return InboundBatch.objects.get(
        kind=kind.name,
        area=source.area,
        sha256=source.sha256,
        status__in=[BatchStatus.PLANNED, BatchStatus.APPLIED],
    )


def _refused(error: RowError) -> RowResult:
    return RowResult(
        number=error.number,
        outcome=RowOutcome.REFUSED,
        code=error.code,
        message=error.reason,
        field=error.column[:60],
        payload={"name": error.name} | ({"serial": error.serial} if error.serial else {}),
        sheet=error.sheet,
    )
