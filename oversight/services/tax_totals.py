"""The tax authority's totals taken in, by list and from its programs: the latest data of a day and channel count."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from enrollment.parsers.reading import Parsed
from enrollment.services.lists import FileSource, ListKind
from exchange.models import Agency, InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from exchange.services.bulk_calls import close_call, open_call
from oversight.models import TaxTotal
from oversight.parsers.tax_totals import FORM, TotalLine, read_totals
from oversight.selectors.reconciliations import ClosedMonths
from registry.batch.history import rewrite_with_history, write_with_history
from registry.models import Area
from registry.models.history import caused_by

Key = tuple[str, datetime.date, str]  # code of the area, day, channel
KIND = "tax_totals"
TAKEN = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.UNCHANGED)
FIELDS = ("count", "amount", "as_of", "recorded_at")


@dataclass(frozen=True, slots=True)
class _Standing:
    """What lines are held against: the areas of a batch by code, the totals on record, the months that are closed."""

    batch: InboundBatch
    areas: Mapping[str, Area]
    totals: Mapping[Key, TaxTotal]
    closed: ClosedMonths


@transaction.atomic
def record_totals_of_agency(*, agency: Agency, key: str, lines: Sequence[TotalLine]) -> list[RowResult]:
    """Record totals and return what became of each, in order; the call and its rows are kept as a batch.

    :param key: the call's idempotency key
    """
    batch = open_call(kind=KIND, agency=agency, key=key)
    with caused_by(batch.pk):
        results = _record(batch, lines, user=None)
    close_call(batch=batch, rows=results)
    return results


def one_speaker_at_a_time() -> None:
    """Wait for whoever records totals: two may speak of the same day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [KIND])


def _record(
    batch: InboundBatch, lines: Sequence[TotalLine], *, user: AbstractBaseUser | None
) -> list[RowResult]:
    """Write what the lines say, as they stand to the records at this moment, and return what became of each."""
    one_speaker_at_a_time()
    standing = _standing(batch, lines)
    results = list(_compared(lines, standing))
    taken = [line for line, result in zip(lines, results, strict=True) if result.outcome in TAKEN]
    new: list[TaxTotal] = []
    known: list[TaxTotal] = []
    now = timezone.now()
    for line in taken:
        before = standing.totals.get(_key(line))
        (new if before is None else known).append(_filled(line, before, standing=standing, now=now))
    reason = f"list {batch.pk}"
    write_with_history(new, reason=reason, user=user)
    rewrite_with_history(known, fields=FIELDS, reason=reason, user=user)
    return results


def _filled(
    line: TotalLine, before: TaxTotal | None, *, standing: _Standing, now: datetime.datetime
) -> TaxTotal:
    total = before or TaxTotal(area=standing.areas[line.area], day=line.day, channel=line.channel)
    if (total.count, total.amount) != (line.count, line.amount):
        total.count, total.amount, total.recorded_at = line.count, line.amount, now
    total.as_of = standing.batch.as_of
    return total


def _standing(batch: InboundBatch, lines: Iterable[TotalLine]) -> _Standing:
    said = list(lines)
    days = {line.day for line in said}
    areas = Area.objects.filter(code__in={line.area for line in said}, path__startswith=batch.area.path)
    by_code = {area.code: area for area in areas}
    rows = TaxTotal.objects.filter(day__in=days, area__in=by_code.values()).select_related("area")
    totals = {(row.area.code, row.day, row.channel): row for row in rows}
    return _Standing(batch, by_code, totals, ClosedMonths.of(days))


def _compared(lines: Iterable[TotalLine], standing: _Standing) -> Iterable[RowResult]:
    first: dict[Key, TotalLine] = {}
    for line in lines:
        outcome, code, message, column = _outcome(line, first, standing)
        yield RowResult(
            number=line.number,
            outcome=outcome,
            payload=_payload(line),
            code=code,
            message=message,
            field=column,
        )


def _outcome(line: TotalLine, first: dict[Key, TotalLine], standing: _Standing) -> tuple[str, str, str, str]:
    """Return outcome, code, message and column of a line.

    :param first: the lines that were the first to speak of something; this one is added if it is
    """
    if (refused := _refusal(line, standing)) is not None:
        return RowOutcome.REFUSED, *refused
    before = first.setdefault(_key(line), line)
    if before is line:
        return *_against(line, standing), ""
    if (before.count, before.amount) == (line.count, line.amount):
        return RowOutcome.DUPLICATE, "repeated", f"与第{before.number}行相同", ""
    message = f"与第{before.number}行同一地区、日期、渠道而数字不同，以第{before.number}行为准，请核对"
    return RowOutcome.CONFLICT, "total_conflict", message, ""


def _refusal(line: TotalLine, standing: _Standing) -> tuple[str, str, str] | None:
    """Return code, message and column of a line that cannot be taken."""
    if line.area not in standing.areas:
        place = standing.batch.area.name
        return "area_unknown", f"{place}范围内没有代码为“{line.area[:12]}”的地区", "征收地区划"
    if line.day > standing.batch.as_of:
        return "day_in_future", f"到账日期 {line.day} 晚于数据日期 {standing.batch.as_of}", "到账日期"
    if line.count == 0 and line.amount:
        return "amount_without_rows", f"笔数为 0，净额却是 {line.amount}", "笔数"
    return None


def _against(line: TotalLine, standing: _Standing) -> tuple[str, str, str]:
    """Return outcome, code and message of a line beside what is on record."""
    area, known = standing.areas[line.area], standing.totals.get(_key(line))
    if known is not None and (known.count, known.amount) == (line.count, line.amount):
        return RowOutcome.UNCHANGED, "", ""
    if known is not None and known.as_of > standing.batch.as_of:
        message = f"数据日期 {known.as_of} 的汇总为 {known.count} 笔 {known.amount} 元，以较晚的为准"
        return RowOutcome.CONFLICT, "older_data", message
    late = f"{line.day:%Y-%m} 已结账，列入下一个未结账月份" if standing.closed.holds(area, line.day) else ""
    if known is None:
        return RowOutcome.NEW, "month_closed" if late else "", late
    message = f"原报 {known.count} 笔 {known.amount} 元，改为 {line.count} 笔 {line.amount} 元"
    return RowOutcome.CHANGED, "month_closed" if late else "", f"{message}；{late}" if late else message


def _key(line: TotalLine) -> Key:
    return line.area, line.day, line.channel


def _payload(line: TotalLine) -> dict[str, Any]:
    return {
        "place": line.area,
        "paid_on": line.day.isoformat(),
        "channel": line.channel,
        "count": line.count,
        "amount": str(line.amount),
    }


def _kept(row: InboundRow) -> TotalLine:
    said = row.payload
    return TotalLine(
        number=row.number,
        area=said["place"],
        day=datetime.date.fromisoformat(said["paid_on"]),
        channel=said["channel"],
        count=said["count"],
        amount=Decimal(said["amount"]),
    )


def _read(source: FileSource) -> Parsed[TotalLine]:
    return read_totals(source.content, source.file_name)


def _plan(batch: InboundBatch, lines: Sequence[TotalLine]) -> Iterable[RowResult]:
    return _compared(lines, _standing(batch, lines))


def _apply(
    batch: InboundBatch, _planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    """Compare once more under a lock, those too that agreed when planned: another list may have spoken since."""
    rows = list(InboundRow.objects.filter(batch=batch, outcome__in=TAKEN).order_by("number"))
    moved = []
    for row, result in zip(rows, _record(batch, list(map(_kept, rows)), user=user), strict=True):
        became = (str(result.outcome), result.code, result.message)
        if (row.outcome, row.code, row.message) != became:
            row.outcome, row.code, row.message = became
            moved.append(row)
    return moved


TAX_TOTALS = ListKind(
    name=KIND,
    label="税务缴费汇总",
    about="税务部门自己的合计：每天、每地、每个渠道几笔多少元，供人费核对；不是缴费明细，不入任何人的账。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
