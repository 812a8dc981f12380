"""Held money given to those it is meant for (分配): one sum for several people or years, in parts that add up to it.

Somebody proposes, a second person confirms. The tax authority's row stays as it came, its state says it was split; the
parts are payments of their own under `<serial>/<n>`, each booked by the rules of its day or, where it is nobody's,
left to be refunded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from casework.models import Case, CaseState, Verdict
from casework.services import CaseOutdated, NewCase, NewFigure, effect, propose_case
from casework.services.answered import close_answered
from enrollment.models import HoldReason, Payment, PaymentKind, PaymentState
from enrollment.services.booking.store import question_key
from enrollment.services.payments import PaymentOutcome, PaymentRow, book_parts, retry_held_payments
from policy.errors import DomainError
from policy.money import ZERO, yuan
from registry.batch.history import rewrite_with_history, write_with_history
from registry.models import Area, Resident
from registry.services import lock_residents

KIND, ALLOCATE = "payment_allocation", "allocate"
ALLOCATED = "allocate payment"
MOST_PARTS = 20


class NotHeld(DomainError):
    """Only money that waits can be given to somebody."""

    code = "payment_not_held"


class PartsInvalid(DomainError):
    """The parts do not make up the money, or one of them is none."""

    code = "parts_invalid"


class AllocationWaits(DomainError):
    """Somebody has proposed what becomes of the money, and nobody has answered."""

    code = "allocation_waits"


class PartStillHeld(DomainError):
    """A part cannot be booked where it is meant to go; nothing is split."""

    code = "payment_still_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of held money.

    :param resident_id: whose premium it is; null = nobody's, to be refunded
    :param amount: yuan, > 0
    """

    resident_id: int | None
    coverage_year: int
    amount: Decimal


@transaction.atomic
def propose_allocation(
    *, payment: Payment, parts: Sequence[Part], reason: str, user: AbstractBaseUser
) -> Case:
    """Propose to give held money to those it is meant for; a second person has to confirm it.

    :raises NotHeld: if it is booked, split, returned, or money that goes out
    :raises PartsInvalid: if the parts do not add up to it to the fen, or name a person's year twice
    :raises AllocationWaits: if such a proposal waits already
    """
    held = _held(payment)
    _refuse_bad(held, parts)
    waiting = Case.objects.filter(kind=KIND, subject_ref=_subject(held), performed_at=None)
    if waiting.exclude(state=CaseState.CLOSED).exists():
        raise AllocationWaits("该笔缴费已有待复核的分配，请先复核或退回")
    people = Resident.objects.in_bulk([each.resident_id for each in parts if each.resident_id is not None])
    return propose_case(
        case=NewCase(
            kind=KIND,
            title=f"待处理缴费分配：{held.serial}",
            area_id=_area_of(held, people),
            resident_id=held.resident_id,
            subject_ref=_subject(held),
            reason=f"{held.amount} 元：{held.note}",
            options={ALLOCATE: "按所列分配"},
            detail={
                "serial": held.serial,
                "amount": str(held.amount),
                "paid_on": held.paid_on.isoformat(),
                "payer_name": held.payer_name,
                "masked_id_number": held.masked_id_number,
                "split": [_stored(each) for each in parts],
            },
            figures=[_figure(each, people) for each in parts],
        ),
        decision=ALLOCATE,
        reason=reason,
        user=user,
    )


@effect(KIND, ALLOCATE)
def allocate(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Split the money as proposed and book the parts; the question about it is closed.

    :raises CaseOutdated: if the money is not held any more
    :raises PartStillHeld: if a part cannot be booked; then nothing is split
    """
    parts = [_part(said) for said in case.detail["split"]]
    lock_residents({each.resident_id for each in parts if each.resident_id is not None})
    whole = Payment.objects.select_for_update(of=("self",)).get(serial=case.detail["serial"])
    if whole.state != PaymentState.HELD:
        raise CaseOutdated(f"税务流水 {whole.serial} {whole.get_state_display()}，不能再分配")
    actor = second_user or user
    (first, *others) = parts
    outcomes: list[PaymentOutcome | None]
    if not others and first.resident_id is not None and first.coverage_year == whole.coverage_year:
        outcomes = [*retry_held_payments(payment_ids=[whole.pk], meant_for=first.resident_id, user=actor)]
    else:
        outcomes = _split(whole, parts, actor)
    for part, outcome in zip(parts, outcomes, strict=True):
        if outcome is not None and outcome.outcome != "booked":
            raise PartStillHeld(f"{part.amount} 元仍不能入账：{outcome.message}。请退回重新分配。")
    close_answered(
        answers={question_key(whole): f"税务流水 {whole.serial} 已分配，无须再决定。"},
        voids_decisions=True,
        user=actor,
    )
    booked = sum((each.amount for each in parts if each.resident_id is not None), ZERO)
    left = whole.amount - booked
    return f"税务流水 {whole.serial} 已入账 {booked} 元" + (f"，待退费 {left} 元。" if left else "。")


def _split(whole: Payment, parts: Sequence[Part], user: AbstractBaseUser) -> list[PaymentOutcome | None]:
    """Mark the whole as split and record its parts; return what became of each, null = to be refunded."""
    whole.state, whole.hold_reason = PaymentState.SPLIT, ""
    whole.note = f"已分配为 {len(parts)} 笔"
    rewrite_with_history([whole], fields=["state", "hold_reason", "note"], reason=ALLOCATED, user=user)
    serials = [f"{whole.serial}/{number}" for number in range(1, len(parts) + 1)]
    rows = {
        serial: _row(whole, part, serial)
        for serial, part in zip(serials, parts, strict=True)
        if part.resident_id is not None
    }
    booked = book_parts(whole=whole, rows=list(rows.values()), user=user)
    write_with_history(
        [
            _to_refund(whole, part, serial)
            for serial, part in zip(serials, parts, strict=True)
            if part.resident_id is None
        ],
        reason=ALLOCATED,
        user=user,
    )
    found = dict(zip(rows, booked, strict=True))
    return [found.get(serial) for serial in serials]


def _row(whole: Payment, part: Part, serial: str) -> PaymentRow:
    return PaymentRow(
        serial=serial,
        coverage_year=part.coverage_year,
        amount=part.amount,
        paid_on=whole.paid_on,
        kind=whole.kind,
        id_index=bytes(whole.id_index) if whole.id_index is not None else None,
        masked_id_number=whole.masked_id_number,
        resident_id=part.resident_id,
        name=whole.payer_name,
        channel=whole.channel,
        number=whole.row_number,
    )


def _to_refund(whole: Payment, part: Part, serial: str) -> Payment:
    return Payment(
        serial=serial,
        kind=whole.kind,
        state=PaymentState.HELD,
        part_of=whole,
        payer_name=whole.payer_name,
        id_index=whole.id_index,
        masked_id_number=whole.masked_id_number,
        coverage_year=part.coverage_year,
        amount=part.amount,
        paid_on=whole.paid_on,
        channel=whole.channel,
        hold_reason=HoldReason.TO_REFUND,
        note=str(HoldReason.TO_REFUND.label),
        batch_id=whole.batch_id,
        row_number=whole.row_number,
    )


def _held(payment: Payment) -> Payment:
    held = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
    if held.state != PaymentState.HELD or held.kind != PaymentKind.PAYMENT:
        raise NotHeld(f"该笔{held.get_kind_display()}{held.get_state_display()}，不能分配", state=held.state)
    return held


def _refuse_bad(held: Payment, parts: Sequence[Part]) -> None:
    if not 1 <= len(parts) <= MOST_PARTS:
        raise PartsInvalid(f"请分成 1 至 {MOST_PARTS} 笔", field="parts")
    if any(each.amount <= ZERO or each.amount != yuan(each.amount) for each in parts):
        raise PartsInvalid("各笔金额须大于零，最多到分", field="parts")
    total = sum((each.amount for each in parts), ZERO)
    if total != held.amount:
        raise PartsInvalid(f"各笔合计 {total} 元，应等于 {held.amount} 元", field="parts")
    named = [(each.resident_id, each.coverage_year) for each in parts if each.resident_id is not None]
    if len(named) != len(set(named)):
        raise PartsInvalid("同一人同一年度只能写一笔", field="parts")
    if not named:
        raise PartsInvalid("全部退费的，请点“提出退费”", field="parts")


def _area_of(held: Payment, people: Mapping[int, Resident]) -> int:
    """Return who decides: the area of the list the money came in, or the first person's pooling area."""
    if held.batch is not None:
        return held.batch.area_id
    first = held.resident or next(iter(people.values()))
    area: Area = first.pooling_area
    return area.pk


def _subject(payment: Payment) -> str:
    return f"payment:{payment.serial}"


def _stored(part: Part) -> dict[str, Any]:
    return {
        "resident": part.resident_id,
        "coverage_year": part.coverage_year,
        "amount": str(part.amount),
    }


def _part(said: Mapping[str, Any]) -> Part:
    return Part(
        resident_id=said["resident"],
        coverage_year=said["coverage_year"],
        amount=Decimal(said["amount"]),
    )


def _figure(part: Part, people: Mapping[int, Resident]) -> NewFigure:
    person = people.get(part.resident_id or 0)
    whom = f"{person.name}（{person.masked_id_number}）" if person is not None else "退费"
    return NewFigure(
        label=f"{whom} {part.coverage_year} 年度",
        old=None,
        new=part.amount,
        verdict=Verdict.CHANGED,
        subject_ref=f"resident:{person.pk}" if person is not None else "",
    )
