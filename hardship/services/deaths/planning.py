"""Plan a list of the dead: read it, and say of every row what would become of it."""

import datetime
import hashlib
from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import Agency, BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.selectors import agreed_sender
from exchange.services.batches import (
    BatchSource,
    begin_plan,
    living_batch,
    lock_plan,
    mark_planned,
    planned_again,
    receive_batch,
    record_rows,
    recount,
)
from hardship.parsers.deaths import read_deaths
from hardship.services.deaths.comparing import line_of, line_of_dead, put_together, results_of
from hardship.services.lists.lines import unreadable
from hardship.services.lists.planning import put_results
from registry.models import Area

KIND = "deaths"
TOLD_BY_THE_FILE = ("same_person", "contradictory")


@transaction.atomic
def plan_deaths(
    *,
    content: bytes,
    file_name: str,
    area: Area,
    as_of: datetime.date,
    agency: Agency | None = None,
    user: AbstractBaseUser | None = None,
) -> InboundBatch:
    """Take a list of the dead in and plan it; nothing is recorded. The same file again is the batch it was before.

    :param as_of: the day the list speaks of; nobody on it can have died later
    :param agency: who sends it; null = the one that agreed to send such lists for the area, if just one did
    :raises ListUnreadable: if the file is no such list; no batch is opened then
    :raises AsOfInFuture: if the day has not come yet
    """
    digest = hashlib.sha256(content + f"|{as_of}".encode()).hexdigest()
    known = living_batch(kind=KIND, area=area, sha256=digest)
    if known is not None:
        is_planned = known.status == BatchStatus.PLANNED
        return planned_again(known, replan=replan_deaths) if is_planned else known
    parsed = read_deaths(content, file_name, on=as_of)
    mode = BatchMode.SUPPLEMENTARY
    source = BatchSource(
        file_name=file_name,
        sha256=digest,
        area=area,
        as_of=as_of,
        mode=mode,
        agency=agency or agreed_sender(kind=KIND, area=area, mode=mode, on=as_of),
    )
    batch = begin_plan(batch=receive_batch(kind=KIND, source=source, content=content, user=user))
    lines, told_already = put_together(map(line_of_dead, parsed.people))
    rows = [*map(unreadable, parsed.errors), *told_already, *results_of(lines, batch)]
    record_rows(batch=batch, rows=sorted(rows, key=lambda row: (row.sheet, row.number)))
    return mark_planned(batch=batch)


@transaction.atomic
def replan_deaths(*, batch: InboundBatch) -> InboundBatch:
    """Plan a planned list anew against the register as it stands now, without the file.

    :raises BatchNotPlanned: if it was applied, refused or undone meanwhile
    """
    locked = begin_plan(batch=lock_plan(batch_id=batch.pk))
    look_again(locked, outcomes=[RowOutcome.NEW, RowOutcome.UNCHANGED, RowOutcome.HELD, RowOutcome.CONFLICT])
    return recount(batch=locked)


def look_again(batch: InboundBatch, *, outcomes: Sequence[str]) -> list[int]:
    """Hold kept rows against the register as it stands now; return their keys."""
    kept = InboundRow.objects.filter(batch=batch, outcome__in=outcomes, payload__has_key="died_on")
    rows = list(kept.exclude(code__in=TOLD_BY_THE_FILE).order_by("pk"))
    put_results(rows, results_of([line_of(row) for row in rows], batch))
    return [row.pk for row in rows]
