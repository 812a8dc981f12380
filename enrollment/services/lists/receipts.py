"""Receipts of subsidy money by list: each document once, what is on record otherwise left as it is."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count, Q, QuerySet

from enrollment.models import FundTransfer
from enrollment.parsers.reading import Parsed
from enrollment.parsers.receipts import FORM, ReceiptLine, read_receipts
from enrollment.services.lists.flow import FileSource, ListKind
from enrollment.services.taking_back import has_come
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from registry.batch.copying import copy_rows
from registry.models import Area
from registry.selectors import areas_under

KEY = ("area__code", "fiscal_year", "component", "level", "document")
Key = tuple[str, int, str, str, str]
Told = tuple[Decimal, datetime.date]


@dataclass(frozen=True, slots=True)
class _Verdict:
    outcome: RowOutcome
    code: str = ""
    message: str = ""
    field: str = ""


@dataclass(slots=True)
class _Records:
    """What is on record of the documents of a list, and what its own lines have said before.

    :ivar areas: code → area, of those the list may speak for
    :ivar standing: document → amount and day of the receipt that stands
    :ivar entries: document → how often it was taken back
    """

    areas: dict[str, Area]
    standing: dict[Key, Told]
    entries: dict[Key, int]
    lines: dict[Key, ReceiptLine] = field(default_factory=dict)

    def verdict(self, line: ReceiptLine) -> _Verdict:
        """Return what becomes of a line."""
        if (fault := self._fault(line)) is not None:
            return fault
        before = self.lines.setdefault(_key(line), line)
        if before is not line:
            return _beside(before, line)
        told = self.standing.get(_key(line))
        if told is None:
            return _Verdict(RowOutcome.NEW)
        if told == (line.amount, line.received_on):
            return _Verdict(RowOutcome.UNCHANGED)
        message = f"同一文号已登记 {told[0]} 元、{told[1]} 到账，内容不同；登记有误的先冲回再导入"
        return _Verdict(RowOutcome.CONFLICT, "transfer_conflict", message, "拨付文号")

    def _fault(self, line: ReceiptLine) -> _Verdict | None:
        if line.area not in self.areas:
            message = f"没有代码为“{line.area}”的地区，或不在清单的地区以内"
            return _Verdict(RowOutcome.REFUSED, "area_unknown", message, "区划代码")
        if line.amount <= 0:
            message = "到账金额须大于零；退回或登记有误的请在到账页冲回原记录"
            return _Verdict(RowOutcome.REFUSED, "amount_not_positive", message, "到账金额")
        if not has_come(line.received_on):
            return _Verdict(RowOutcome.REFUSED, "day_in_future", "到账日期晚于今天", "到账日期")
        return None


def _beside(before: ReceiptLine, line: ReceiptLine) -> _Verdict:
    if (before.amount, before.received_on) == (line.amount, line.received_on):
        return _Verdict(RowOutcome.DUPLICATE, "repeated", f"与第{before.number}行重复")
    return _Verdict(
        RowOutcome.CONFLICT, "document_twice", f"与第{before.number}行同一文号，金额或日期不同", "拨付文号"
    )


def _key(line: ReceiptLine) -> Key:
    return line.area, line.fiscal_year, line.component, line.level, line.document


def _records(area: Area, documents: Iterable[str]) -> _Records:
    """Return what is on record, in three queries."""
    kept = FundTransfer.objects.filter(area__in=areas_under(area), document__in=set(documents)).order_by()
    standing = kept.filter(reverses=None, reversal=None).values_list(*KEY, "amount", "received_on")
    taken = kept.values_list(*KEY).annotate(times=Count("pk", filter=Q(reverses__isnull=False)))
    return _Records(
        areas={each.code: each for each in areas_under(area)},
        standing={tuple(key): (amount, day) for *key, amount, day in standing},
        entries={tuple(key): times for *key, times in taken},
    )


def _plan(batch: InboundBatch, lines: Sequence[ReceiptLine]) -> Iterator[RowResult]:
    records = _records(batch.area, (line.document for line in lines))
    for line in lines:
        found = records.verdict(line)
        yield RowResult(
            number=line.number,
            outcome=found.outcome,
            payload=_payload(line),
            code=found.code,
            message=found.message,
            field=found.field,
        )


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    rows = list(planned)
    lines = [_line(row) for row in rows]
    records = _records(batch.area, (line.document for line in lines))
    made, moved = [], []
    for row, line in zip(rows, lines, strict=True):
        found = records.verdict(line)
        if found.outcome == RowOutcome.NEW:
            made.append(_transfer(line, records, batch, user))
        else:
            row.outcome, row.code, row.message, row.field = (
                found.outcome, found.code, found.message, found.field,
            )  # fmt: skip
            moved.append(row)
    copy_rows(made)
    return moved


def _transfer(
    line: ReceiptLine, records: _Records, batch: InboundBatch, user: AbstractBaseUser | None
) -> FundTransfer:
    return FundTransfer(
        area=records.areas[line.area],
        fiscal_year=line.fiscal_year,
        component=line.component,
        level=line.level,
        amount=line.amount,
        received_on=line.received_on,
        document=line.document,
        entry=records.entries.get(_key(line), 0) + 1,
        batch=batch,
        recorded_by_id=user.pk if user else None,
    )


def _payload(line: ReceiptLine) -> dict[str, Any]:
    return {
        "area": line.area,
        "fiscal_year": line.fiscal_year,
        "component": line.component,
        "level": line.level,
        "amount": str(line.amount),
        "received_on": line.received_on.isoformat(),
        "document": line.document,
    }


def _line(row: InboundRow) -> ReceiptLine:
    said = row.payload
    return ReceiptLine(
        number=row.number,
        area=said["area"],
        fiscal_year=said["fiscal_year"],
        component=said["component"],
        level=said["level"],
        amount=Decimal(said["amount"]),
        received_on=datetime.date.fromisoformat(said["received_on"]),
        document=said["document"],
    )


def _read(source: FileSource) -> Parsed[ReceiptLine]:
    return read_receipts(source.content, source.file_name)


RECEIPTS = ListKind(
    name="fund_transfers",
    label="财政补助到账清单",
    about="财政拨入财政专户的补助，一个文号一行；已登记的文号不重复登记，内容不同的列为冲突。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
