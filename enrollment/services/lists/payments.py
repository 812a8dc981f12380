"""The tax authority's file: planned by booking it and taking everything back, so that the plan is what will happen."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from enrollment.models import ContributionPeriod, Enrollment, HoldReason, Payment
from enrollment.parsers.payments import FORM, CollectedLine, read_payments
from enrollment.parsers.reading import Parsed
from enrollment.rules.family_account import AccountPayer
from enrollment.services.booking.clashes import CLASH, ask_about_clashes
from enrollment.services.booking.family import account_payer, payer_kept, payer_payload
from enrollment.services.lists.flow import FileSource, ListKind
from enrollment.services.payments import PaymentOutcome, PaymentRow, record_payments, try_payments
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from registry.batch.checking import references_checked_at_once
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked, normalized

OUTCOMES = {
    "booked": RowOutcome.NEW,
    "returned": RowOutcome.NEW,
    "held": RowOutcome.HELD,
    "unchanged": RowOutcome.UNCHANGED,
    "refused": RowOutcome.REFUSED,
}
# code of a row that is not booked → the column somebody has to look at
ABOUT: dict[str, str] = {
    "row_invalid": "amount",
    CLASH: "serial",
    "digits_lost": "serial",
    "day_in_future": "paid_on",
    "repeated": "serial",
    HoldReason.UNKNOWN_PERSON: "id_number",
    HoldReason.DEAD: "paid_on",
    HoldReason.NOT_ENROLLED: "id_number",
    HoldReason.YEAR_NOT_PUBLISHED: "coverage_year",
    HoldReason.BEFORE_WINDOW: "paid_on",
    HoldReason.RULE_NOT_PUBLISHED: "paid_on",
    HoldReason.NO_BENEFIT_DAY: "paid_on",
    HoldReason.DOUBLE: "coverage_year",
    HoldReason.WRONG_AMOUNT: "amount",
    HoldReason.ORIGINAL_UNKNOWN: "reverses_serial",
    HoldReason.ORIGINAL_HELD: "reverses_serial",
    HoldReason.NO_SUCH_BALANCE: "amount",
    HoldReason.EXCEEDS_ORIGINAL: "amount",
    HoldReason.REFUND_NOT_DECIDED: "reverses_serial",
    HoldReason.REFUND_UNDER_WAY: "coverage_year",
    HoldReason.ORIGINAL_SPLIT: "reverses_serial",
    HoldReason.NAME_DIFFERS: "name",
    HoldReason.OUTSIDE_AREA: "id_number",
    HoldReason.PAYER_NUMBER: "payer_number",
    HoldReason.PAYER_AREA: "payer_area",
    HoldReason.PAYER_RELATION: "payer_relation",
    HoldReason.PAYER_MEMBERS: "payer_number",
}
REVISED = ("outcome", "code", "message", "field")  # of a row that turned out otherwise than planned
AT_ONCE = 5_000
HEADINGS = {column.field: column.aliases[0] for column in FORM.read}


def _plan(batch: InboundBatch, lines: Sequence[CollectedLine]) -> Iterable[RowResult]:
    rows = [_row(line) for line in lines]
    outcomes = try_payments(rows=rows, batch=batch)
    for line, row, outcome in zip(lines, rows, outcomes, strict=True):
        yield RowResult(
            number=line.number,
            outcome=_outcome(outcome),
            key=row.id_index,
            payload=_payload(line, row),
            code=outcome.code,
            message=outcome.message,
            field=_heading(outcome.code),
        )


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    kept: QuerySet[InboundRow, tuple[Any, ...]] = planned.values_list(
        "pk", *REVISED, "number", "key", "payload"
    )
    said, rows = [], []
    for pk, outcome, code, message, heading, *row in kept.iterator(AT_ONCE):
        said.append((pk, (outcome, code, message, heading)))
        rows.append(_row_kept(*row))
    with references_checked_at_once():
        outcomes = record_payments(rows=rows, batch=batch, user=user)
    clashing = [row for row, outcome in zip(rows, outcomes, strict=True) if outcome.code == CLASH]
    ask_about_clashes([*_planned_clashes(batch), *clashing], area_id=batch.area_id, user=user)
    moved = []
    for (pk, before), outcome in zip(said, outcomes, strict=True):
        became = (_outcome(outcome), outcome.code, outcome.message, _heading(outcome.code))
        if became != before:
            moved.append(InboundRow(pk=pk, **dict(zip(REVISED, became, strict=True))))
    return moved


def _planned_clashes(batch: InboundBatch) -> Iterator[PaymentRow]:
    """Yield the rows that were refused for their serial numbers before anything was in force."""
    clashing = InboundRow.objects.filter(batch=batch, outcome=RowOutcome.CONFLICT, code=CLASH)
    for number, key, payload in clashing.order_by("number").values_list("number", "key", "payload"):
        yield _row_kept(number, None if key is None else bytes(key), payload)


def _heading(code: str) -> str:
    """Return the heading of the column a code is about; empty = none."""
    return HEADINGS[ABOUT[code]] if code in ABOUT else ""


def _outcome(outcome: PaymentOutcome) -> str:
    if outcome.code == "repeated":
        return RowOutcome.DUPLICATE
    if outcome.code == CLASH:
        return RowOutcome.CONFLICT
    return OUTCOMES[outcome.outcome]


def _row(line: CollectedLine) -> PaymentRow:
    number = normalized(line.id_number)
    return PaymentRow(
        serial=line.serial,
        coverage_year=line.coverage_year,
        amount=line.amount,
        paid_on=line.paid_on,
        kind=line.kind,
        id_index=blind_index(number),
        masked_id_number=masked(number)[:30],
        name=line.name,
        is_unnamed=line.is_unnamed,
        channel=line.channel,
        reverses_serial=line.reverses_serial,
        payer=_payer(line),
        number=line.number,
    )


def _payer(line: CollectedLine) -> AccountPayer | None:
    if (said := line.payer) is None:
        return None
    return account_payer(name=said.name, number=said.number, relation=said.relation, area_code=said.area_code)


def _payload(line: CollectedLine, row: PaymentRow) -> dict[str, Any]:
    return {
        "serial": line.serial,
        "name": line.name,
        "id_number": row.masked_id_number,
        "coverage_year": line.coverage_year,
        "amount": str(line.amount),
        "paid_on": line.paid_on.isoformat(),
        "channel": line.channel,
        "kind": line.kind,
        "reverses_serial": line.reverses_serial,
        **({"is_unnamed": True} if line.is_unnamed else {}),
        **({"payer": payer_payload(row.payer)} if row.payer else {}),
    }


def _row_kept(number: int, key: bytes | None, said: Mapping[str, Any]) -> PaymentRow:
    return PaymentRow(
        serial=said["serial"],
        coverage_year=said["coverage_year"],
        amount=Decimal(said["amount"]),
        paid_on=datetime.date.fromisoformat(said["paid_on"]),
        kind=said["kind"],
        id_index=bytes(key) if key is not None else None,
        masked_id_number=said["id_number"],
        name=said["name"],
        is_unnamed=said.get("is_unnamed", False),
        channel=said["channel"],
        reverses_serial=said["reverses_serial"],
        payer=payer_kept(said["payer"]) if "payer" in said else None,
        number=number,
    )


def _read(source: FileSource) -> Parsed[CollectedLine]:
    return read_payments(source.content, source.file_name)


PAYMENTS = ListKind(
    name="payments",
    label="税务缴费明细",
    about="税务部门的缴费、退费、冲正流水，一笔一行，按到账日核定；对不上的列为待处理。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
    fills=(Enrollment, ContributionPeriod, Payment),
)
