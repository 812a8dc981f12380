"""Plan a list: take it in, read it, say of every row what would become of it, and of those it leaves out."""

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import Agency, BatchMode, BatchStatus, InboundBatch, InboundRow
from exchange.rules.places import row_place
from exchange.selectors import agreed_sender
from exchange.services.batches import (
    BatchSource,
    RowResult,
    add_rows,
    begin_plan,
    living_batch,
    lock_plan,
    mark_planned,
    planned_again,
    receive_batch,
    record_rows,
    recount,
    refuse_batch,
)
from hardship.parsers.kinds import IDENTITY_LISTS, ReadsList
from hardship.selectors.names import names_changed_since
from hardship.services.lists.asking import ask_about_names, put_questions_right
from hardship.services.lists.comparing import results_of
from hardship.services.lists.left_out import end_left_out
from hardship.services.lists.lines import (
    AT_ONCE,
    LEFT_OUT,
    Line,
    chunks,
    line_of,
    names_of,
    put_together,
    rows_compared,
    unreadable,
)
from hardship.services.lists.locking import hold_meanings
from hardship.services.lists.outdated import refuse_outdated
from hardship.services.lists.twice_listed import set_aside_twice_listed
from hardship.services.lists.views import View, view_of
from policy.errors import DomainError
from registry.batch.collecting import collector_at_rest
from registry.batch.rewriting import rewrite_rows
from registry.models import Area, AreaLevel

READERS: Mapping[str, ReadsList] = {kind: each.read for kind, each in IDENTITY_LISTS.items()}
PREFIX = "identities."
SHOWN = 10


class ListKindUnknown(DomainError):
    """No reader is there for such a list."""

    code = "list_kind_unknown"


class ListAreaTooSmall(DomainError):
    """Towns and villages see their people's identities but do not report them."""

    code = "list_area_too_small"


@transaction.atomic
def plan_list(  # noqa: PLR0913 - what a list is, as it arrives
    *,
    kind: str,
    content: bytes,
    file_name: str,
    area: Area,
    as_of: datetime.date,
    mode: str = BatchMode.FULL,
    agency: Agency | None = None,
    user: AbstractBaseUser | None = None,
) -> InboundBatch:
    """Take a list in and plan it at once; return its batch. No recognition is written.

    The batch is `planned`, or `refused` where a full list has a row without number or identity: nobody may be ended
    by a slip. The same file again, for the same day and mode, is the batch it was before, planned anew unless it was
    confirmed or a worker is at it. A supplementary list ends nobody; no list registers people.

    :param kind: one of `hardship.parsers.kinds.IDENTITY_LISTS`, such as civil_affairs or poverty_exit
    :param as_of: the day the list speaks of
    :param agency: who sends it; null = as `receive_list` finds it
    :raises ListUnreadable: if the file is no such list; no batch is opened then
    :raises ListKindUnknown, ListAreaTooSmall: as `receive_list`
    :raises ListOutOfDate: as `refuse_outdated`
    :raises AsOfInFuture: if the day has not come yet
    """
    batch = receive_list(
        kind=kind,
        content=content,
        file_name=file_name,
        area=area,
        as_of=as_of,
        mode=mode,
        agency=agency,
        user=user,
    )
    if batch.status == BatchStatus.PLANNED:
        return planned_again(batch, replan=replan_list, user=user)
    if batch.status == BatchStatus.APPLIED or batch.job is not None:
        return batch
    reading = read_list(batch, content=content)
    refuse_outdated(batch, names=reading.names)
    if reading.spoilt:
        return refuse_spoilt(batch, reading, user=user)
    begin_plan(batch=batch)
    view = view_of(batch, issuer=kind, names=reading.names)
    for part in chunks(reading.items):
        record_planned(part, view)
    return finish_plan(batch=batch, user=user)


@transaction.atomic
def receive_list(  # noqa: PLR0913 - what a list is, as it arrives
    *,
    kind: str,
    content: bytes,
    file_name: str,
    area: Area,
    as_of: datetime.date,
    mode: str = BatchMode.FULL,
    agency: Agency | None = None,
    user: AbstractBaseUser | None = None,
) -> InboundBatch:
    """Take a list in without reading it, and return its batch: `received`, its file kept sealed for a worker to plan.

    The same file again, for the same day and mode, is the batch it was before, in whatever state that is by now.

    :param agency: who sends it; null = the one that agreed to send such a list for the area, if just one did
    :raises ListKindUnknown: if there is no reader for the kind
    :raises ListAreaTooSmall: if the area is a town or a village
    :raises AsOfInFuture: if the day has not come yet
    """
    refuse_kind_or_area(kind, area=area)
    digest = hashlib.sha256(content + f"|{as_of}|{mode}".encode()).hexdigest()
    known = living_batch(kind=PREFIX + kind, area=area, sha256=digest)
    if known is not None:
        return known
    source = BatchSource(
        file_name=file_name,
        sha256=digest,
        area=area,
        as_of=as_of,
        mode=mode,
        agency=agency or agreed_sender(kind=PREFIX + kind, area=area, mode=mode, on=as_of),
    )
    return receive_batch(kind=PREFIX + kind, source=source, content=content, user=user)


@dataclass(frozen=True, slots=True)
class Reading:
    """A list read: people put together and rows that need no comparison, always in the same order.

    :param spoilt: places of rows for which the full list is refused whole
    """

    items: Sequence[Line | RowResult]
    refused: Sequence[RowResult]
    spoilt: Sequence[str]

    @property
    def names(self) -> set[str]:
        """Return all names of identities that the list uses."""
        return set().union(*map(names_of, self.items))


@collector_at_rest()
def read_list(batch: InboundBatch, *, content: bytes) -> Reading:
    """Read the file of a batch.

    :raises ListUnreadable: if it is no such list
    """
    parsed = READERS[batch.kind.removeprefix(PREFIX)](content, batch.file_name, on=batch.as_of)
    spoilt = [row_place(error.number, error.sheet) for error in parsed.errors if error.spoils_full_list]
    refused = [unreadable(error) for error in parsed.errors]
    return Reading(
        items=[*refused, *put_together(parsed.people)],
        refused=refused,
        spoilt=spoilt if batch.mode == BatchMode.FULL else [],
    )


@transaction.atomic
def refuse_spoilt(
    batch: InboundBatch, reading: Reading, *, user: AbstractBaseUser | None = None
) -> InboundBatch:
    """Send back a full list with rows that are nobody's, with these rows and why."""
    record_rows(batch=batch, rows=reading.refused)
    return refuse_batch(batch=batch, error=_spoilt(reading.spoilt), user=user)


@collector_at_rest()
def record_planned(items: Sequence[Line | RowResult], view: View) -> None:
    """Keep what would become of some lines of a list."""
    lines = [each for each in items if isinstance(each, Line)]
    told_already = [each for each in items if isinstance(each, RowResult)]
    add_rows(batch=view.batch, rows=[*results_of(lines, view), *told_already])


@transaction.atomic
def finish_plan(*, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Say who is left out, ask about the names nobody knows, and call the batch planned.

    Where somebody said meanwhile what a name means, or took it back, the rows are compared anew before.
    """
    hold_meanings()
    if batch.planned_at and names_changed_since(batch.planned_at):
        compare_anew(batch)
    else:
        view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
        set_aside_twice_listed(batch)
        end_left_out(batch, view)
    ask_about_names(batches=[batch], user=user)
    return mark_planned(batch=batch)


@transaction.atomic
def replan_list(*, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Plan a planned batch anew against the records as they stand now; its rows are kept, the file is not needed.

    :raises BatchNotPlanned, ListBusy: if it was confirmed meanwhile, as `lock_plan`
    """
    planned = make_plan_anew(batch)
    put_questions_right(user=user)
    return planned


@transaction.atomic
def make_plan_anew(batch: InboundBatch) -> InboundBatch:
    """Plan a planned batch anew, as `replan_list`; the caller puts right what is asked about names."""
    hold_meanings()
    locked = lock_plan(batch_id=batch.pk)
    compare_anew(locked)
    return recount(batch=locked)


def compare_anew(batch: InboundBatch) -> None:
    """Hold the kept rows of a batch, and whom it leaves out, against the records.

    The batch is locked, and its plan nobody's yet.
    """
    begin_plan(batch=batch)
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
    InboundRow.objects.filter(batch=batch, number=LEFT_OUT).delete()
    for part in chunks(rows_compared(batch).order_by("pk").iterator(chunk_size=AT_ONCE)):
        compare_rows(part, view)
    set_aside_twice_listed(batch)
    end_left_out(batch, view)


def compare_rows(rows: list[InboundRow], view: View) -> None:
    """Hold kept rows against the records and store what would become of them."""
    put_results(rows, results_of([line_of(row) for row in rows], view))


def put_results(rows: list[InboundRow], results: list[RowResult]) -> None:
    """Store new results on rows of a batch; both in the same order."""
    for row, result in zip(rows, results, strict=True):
        row.key, row.payload, row.outcome = result.key, dict(result.payload), result.outcome
        row.code, row.message, row.field = result.code, result.message[:500], result.field
    rewrite_rows(rows, fields=["key", "payload", "outcome", "code", "message", "field"])


def refuse_kind_or_area(kind: str, *, area: Area) -> None:
    """Refuse a list of a kind that nobody reads, and one of an area that does not report, as `receive_list` says."""
    if kind not in READERS:
        raise ListKindUnknown(f"没有“{kind}”这种名单", kinds=sorted(READERS))
    if area.level in (AreaLevel.TOWN, AreaLevel.VILLAGE):
        raise ListAreaTooSmall("乡镇（街道）、村（社区）不能导入身份名单，请由县级以上导入")


def _spoilt(places: Sequence[str]) -> str:
    shown = "、".join(places[:SHOWN]) + ("等" if len(places) > SHOWN else "")
    return f"{shown}缺少证件号码或身份，或号码、姓名都无法读取；为避免误取消，全量名单整体退回，未作任何变动"
