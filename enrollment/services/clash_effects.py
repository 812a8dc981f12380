"""What deciding about two rows of one serial number does: the recorded one stands, or the other takes its place.

The tax authority says in writing which is true. If it is the later one, the recorded payment is taken back and the
other booked, each by a row of its own beside what came: `<serial>/冲正` and `<serial>/更正`.
"""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from casework.models import Case
from casework.services import CaseOutdated, effect
from enrollment.models import Payment, PaymentKind, PaymentState
from enrollment.services.booking.clashes import CLASH, REPLACE, recorded_facts
from enrollment.services.booking.corrections import CORRECTED
from enrollment.services.booking.rows import CORRECTED_ROW, TAKEN_BACK
from enrollment.services.payments import PaymentRow, record_payments
from policy.errors import DomainError
from registry.batch.history import rewrite_with_history
from registry.services import lock_residents

DONE = (PaymentState.BOOKED, PaymentState.RETURNED)


class NotReplaced(DomainError):
    """The recorded payment cannot be taken back, or the other cannot be taken in; nothing has changed."""

    code = "payment_not_replaced"


@effect(CLASH)
def let_stand(case: Case, **_who: object) -> str:
    """Move nothing: the later row stays out, and comes again under a number of its own if it is true."""
    return f"账目未变动：税务流水 {case.detail['serial']} 以原记录为准，后一笔不入账；属实的，由税务部门换流水号重报。"


@effect(CLASH, REPLACE)
def replace_recorded(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Take the recorded payment back and record the later one in its place, by the rules of its day.

    :raises CaseOutdated: if what is on record is not what the case shows any more
    :raises NotReplaced: if the rules do not let the recorded payment be taken back, such as while a refund of its year
        is decided and has not gone; then nothing is
    """
    actor, said = second_user or user, case.detail["row"]
    recorded = _recorded(case, resident_id=said["resident"])
    (back,) = record_payments(rows=[_back(recorded)], user=actor, area=case.area)
    if back.outcome not in DONE:
        raise NotReplaced(f"原记录不能冲正：{back.message}", hold=back.code)
    (instead,) = record_payments(
        rows=[_instead(said, recorded.serial)], user=actor, area=case.area, within=case.area
    )
    if instead.outcome == "refused":
        raise NotReplaced(f"后一笔不能入账：{instead.message}", hold=instead.code)
    _tell_of(recorded, case, actor)
    became = "已入账" if instead.outcome == "booked" else f"待处理（{instead.message}）"
    return f"税务流水 {recorded.serial} 的原记录 {recorded.amount} 元已冲正，后一笔 {said['amount']} 元{became}。"


def _recorded(case: Case, *, resident_id: int | None) -> Payment:
    """Return the payment on record, locked after its people."""
    recorded = Payment.objects.get(serial=case.detail["serial"])
    lock_residents({pk for pk in (recorded.resident_id, resident_id) if pk is not None})
    recorded = Payment.objects.select_for_update(of=("self",)).get(pk=recorded.pk)
    instead = Payment.objects.filter(serial=recorded.serial + CORRECTED_ROW).first()
    if instead is not None:
        raise CaseOutdated(
            f"税务流水 {recorded.serial} 已凭税务部门书面更正为 {instead.amount} 元，请选“以原记录为准”；"
            "仍有不同的，由税务部门换流水号重报"
        )
    shown = {name: case.detail.get(name) for name in recorded_facts(recorded)}
    if shown != recorded_facts(recorded) or recorded.state not in (PaymentState.BOOKED, PaymentState.HELD):
        raise CaseOutdated(f"原记录{recorded.get_state_display()}，与工单所列不同，请按最新情况核对")
    return recorded


def _back(recorded: Payment) -> PaymentRow:
    """Return the row that takes all of the recorded payment back, on the day it was said to have come."""
    return PaymentRow(
        serial=recorded.serial + TAKEN_BACK,
        kind=PaymentKind.REVERSAL,
        coverage_year=recorded.coverage_year,
        amount=recorded.amount,
        paid_on=recorded.paid_on,
        resident_id=recorded.resident_id,
        id_index=bytes(recorded.id_index) if recorded.id_index is not None else None,
        masked_id_number=recorded.masked_id_number,
        name=recorded.payer_name,
        channel=recorded.channel,
        reverses_serial=recorded.serial,
        is_correction=True,
    )


def _instead(said: Mapping[str, Any], serial: str) -> PaymentRow:
    return PaymentRow(
        serial=serial + CORRECTED_ROW,
        coverage_year=said["coverage_year"],
        amount=Decimal(said["amount"]),
        paid_on=datetime.date.fromisoformat(said["paid_on"]),
        resident_id=said["resident"],
        id_index=bytes.fromhex(said["id_index"]) if said["id_index"] else None,
        masked_id_number=said["masked_id_number"],
        name=said["name"],
        channel=said["channel"],
    )


def _tell_of(recorded: Payment, case: Case, user: AbstractBaseUser) -> None:
    """Say on both rows why they are there and whose list they belong to; what waits keeps why it does.

    Money of somebody nobody knows is of the area of its list: without one it would stand on no paper and no desk.
    """
    serials = [recorded.serial + TAKEN_BACK, recorded.serial + CORRECTED_ROW]
    rows = list(Payment.objects.filter(serial__in=serials).order_by("pk"))
    for row in rows:
        row.batch_id = recorded.batch_id
        if row.state == PaymentState.BOOKED:
            row.note = f"税务部门书面更正流水 {case.detail['serial']}（工单 #{case.pk}）"
    rewrite_with_history(rows, fields=["note", "batch"], reason=CORRECTED, user=user)
