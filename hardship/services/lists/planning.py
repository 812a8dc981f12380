"""Plan a list: read it, say of every row what would become of it, and of everybody a full list leaves out."""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from casework.services import NewCase, open_cases
from exchange.models import Agency, BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import BatchSource, RowResult, open_batch, record_rows, refuse_batch
from hardship.parsers.civil_affairs import read_civil_affairs
from hardship.parsers.disabled_federation import read_disabled_federation
from hardship.parsers.listed import ParsedList
from hardship.parsers.rural_affairs import read_rural_affairs
from hardship.rules.list_comparison import Change, Doing, Held
from hardship.selectors.listed import left_out, newer_full_list, standing_recognitions
from hardship.services.lists.comparing import View, results_of, told, view_of
from hardship.services.lists.lines import (
    LEFT_OUT,
    Line,
    change_as_json,
    line_of,
    put_together,
    unreadable,
)
from policy.errors import DomainError
from registry.batch.rewriting import rewrite_rows
from registry.models import Area, AreaLevel

READERS: Mapping[str, Callable[..., ParsedList]] = {
    "civil_affairs": read_civil_affairs,
    "rural_affairs": read_rural_affairs,
    "disabled_federation": read_disabled_federation,
}
PREFIX = "identities."
AT_ONCE = 5_000
SHOWN = 10
T = TypeVar("T")


class ListKindUnknown(DomainError):
    """No reader is there for such a list."""

    code = "list_kind_unknown"


class ListOutOfDate(DomainError):
    """A full list of a later day is in force: this one would end what began since."""

    code = "list_out_of_date"


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
    """Plan a list and return its batch; no recognition is written.

    The batch is `planned`, or `refused` where a full list has a row without number or identity: nobody may be ended
    by a slip. The same file again, for the same day and mode, is the batch it was before, planned anew unless it is
    in force. A supplementary list ends nobody; no list registers people.

    :param kind: of the agency the list is from: civil_affairs, rural_affairs or disabled_federation
    :param as_of: the day the list speaks of
    :raises ListKindUnknown: if there is no reader for the kind
    :raises ListUnreadable: if the file is no such list; no batch is opened then
    :raises ListOutOfDate: if a full list of a later day is in force
    :raises ListAreaTooSmall: if the area is a town or a village
    """
    _refuse(kind, area=area, as_of=as_of, mode=mode)
    digest = hashlib.sha256(content + f"|{as_of}|{mode}".encode()).hexdigest()
    known = InboundBatch.objects.filter(
        kind=PREFIX + kind, area=area, sha256=digest, status__in=[BatchStatus.PLANNED, BatchStatus.APPLIED]
    ).first()
    if known is not None:
        return known if known.status == BatchStatus.APPLIED else replan_list(batch=known, user=user)
    parsed = READERS[kind](content, file_name, on=as_of)
    source = BatchSource(file_name=file_name, sha256=digest, area=area, as_of=as_of, mode=mode, agency=agency)
    batch = open_batch(kind=PREFIX + kind, source=source, user=user)
    record_rows(batch=batch, rows=map(unreadable, parsed.errors))
    spoilt = [error for error in parsed.errors if error.spoils_full_list]
    if mode == BatchMode.FULL and spoilt:
        return refuse_batch(batch=batch, error=_spoilt([error.number for error in spoilt]), user=user)
    view = view_of(batch, issuer=kind)
    for chunk in _chunks(put_together(parsed.people)):
        lines = [each for each in chunk if isinstance(each, Line)]
        told_already = [each for each in chunk if isinstance(each, RowResult)]
        record_rows(batch=batch, rows=[*results_of(lines, view), *told_already])
    _end_left_out(batch, view)
    _ask_about_names(view, user=user)
    batch.refresh_from_db()
    return batch


@transaction.atomic
def replan_list(*, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Plan a planned batch anew against the records as they stand now; its rows are kept, the file is not needed."""
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
    InboundRow.objects.filter(batch=batch, number=LEFT_OUT).delete()
    rows = InboundRow.objects.filter(batch=batch, payload__has_key="identities").exclude(
        code__in=["same_person", "names_differ_in_list"]
    )
    for chunk in _chunks(rows.order_by("pk").iterator(chunk_size=AT_ONCE)):
        put_results(chunk, results_of([line_of(row) for row in chunk], view))
    _end_left_out(batch, view)
    _ask_about_names(view, user=user)
    batch.refresh_from_db()
    return batch


def put_results(rows: list[InboundRow], results: list[RowResult]) -> None:
    """Store new results on rows of a batch; both in the same order."""
    for row, result in zip(rows, results, strict=True):
        row.key, row.payload, row.outcome = result.key, dict(result.payload), result.outcome
        row.code, row.message, row.field = result.code, result.message[:500], result.field
    rewrite_rows(rows, fields=["key", "payload", "outcome", "code", "message", "field"])


def _refuse(kind: str, *, area: Area, as_of: datetime.date, mode: str) -> None:
    if kind not in READERS:
        raise ListKindUnknown(f"没有“{kind}”这种名单", kinds=sorted(READERS))
    if area.level in (AreaLevel.TOWN, AreaLevel.VILLAGE):
        raise ListAreaTooSmall("乡镇（街道）、村（社区）不能导入身份名单，请由县级以上导入")
    newer = newer_full_list(kind=PREFIX + kind, area=area, as_of=as_of)
    if mode == BatchMode.FULL and newer is not None:
        raise ListOutOfDate(
            f"{newer.as_of} 的全量名单已生效（批次{newer.pk}），不能再导入更早的全量名单", batch=newer.pk
        )


def _spoilt(numbers: list[int]) -> str:
    shown = "、".join(map(str, numbers[:SHOWN])) + ("等" if len(numbers) > SHOWN else "")
    return f"第{shown}行缺少证件号码或身份；为避免误取消，全量名单整体退回，未作任何变动"


def _end_left_out(batch: InboundBatch, view: View) -> None:
    """Record whom a full list leaves out; a list that names nobody ends nobody."""
    keys = InboundRow.objects.filter(batch=batch).values_list("key", flat=True)
    listed = {bytes(key) for key in keys.iterator(chunk_size=AT_ONCE) if key is not None}
    if not (view.is_full and listed):
        record_rows(batch=batch, rows=[])
        return
    refused = InboundRow.objects.filter(batch=batch, outcome=RowOutcome.REFUSED)
    misread = {_bare(name): number for name, number in refused.values_list("payload__name", "number")}
    for chunk in _chunks(_left_out(view, listed=listed, misread=misread)):
        record_rows(batch=batch, rows=chunk)
    record_rows(batch=batch, rows=[])


def _left_out(view: View, *, listed: AbstractSet[bytes], misread: Mapping[str, int]) -> Iterator[RowResult]:
    """Yield a result for every recognition that would end, or that a misread row may be about."""
    batch = view.batch
    standing = standing_recognitions(area=batch.area, categories=view.own, as_of=batch.as_of)
    for record in left_out(standing, listed=listed):
        person = record.resident
        held = Held(record.pk, record.category_id, record.valid_from, record.valid_to, record.attributes)
        change = Change(Doing.END, record.category_id, batch.as_of, recognition=record.pk)
        shown = {"name": person.name, "id_number": person.masked_id_number, "resident": person.pk}
        key = bytes(person.id_index)
        if _bare(person.name) in misread:
            yield RowResult(
                number=LEFT_OUT,
                key=key,
                payload=shown,
                outcome=RowOutcome.CONFLICT,
                code="possibly_listed",
                message=f"清单第{misread[_bare(person.name)]}行无法读取且与其同名，暂不取消",
            )
        else:
            yield RowResult(
                number=LEFT_OUT,
                key=key,
                payload={**shown, "changes": [change_as_json(change, [held])]},
                outcome=RowOutcome.ENDED,
                message=f"清单中没有此人：{told([change], view)}",
            )


def _bare(name: str) -> str:
    return "".join(name.split())


def _ask_about_names(view: View, *, user: AbstractBaseUser | None) -> None:
    batch = view.batch
    open_cases(
        cases=[
            NewCase(
                kind="unknown_identity_name",
                title=f"身份名称“{name}”没有对照",
                area_id=batch.area_id,
                reason=f"清单“{batch.file_name}”有 {count} 行写作“{name}”，不知属于哪一类困难身份；相关行暂不处理。",
                subject_ref=f"batch:{batch.pk}",
                detail={"name": name, "batch": batch.pk, "rows": count},
                dedupe_key=f"unknown_identity_name:{name}"[:200],
            )
            for name, count in sorted(view.unknown.items())
        ],
        user=user,
    )


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    stream = iter(items)
    while chunk := list(islice(stream, AT_ONCE)):
        yield chunk
