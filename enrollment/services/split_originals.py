"""The whole of a payment taken back after it was given to several (按原分配冲正): each part by a row of its own.

The tax authority knows the one sum it collected and takes that back by one row. Somebody decides, a second person
confirms; the row stays as it came, its state says it was split, and its parts take back those of the payment.
"""

from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Sum

from casework.models import Case
from casework.services import CaseOutdated, effect
from enrollment.models import Payment, PaymentState
from enrollment.services.allocations import ALLOCATED, PartStillHeld
from enrollment.services.booking.originals import GONE
from enrollment.services.booking.rows import serials_of
from enrollment.services.booking.store import BY_PARTS, UNMATCHED
from enrollment.services.payments import PaymentRow, book_parts
from policy.money import ZERO
from registry.batch.history import rewrite_with_history
from registry.services import lock_residents

DONE = ("booked", "returned")


@effect(UNMATCHED, BY_PARTS)
def take_parts_back(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Take back all that is left of a payment that was split, from everybody it was given to.

    :raises CaseOutdated: if the row waits no more, or is not all that is left of the payment's parts
    :raises PartStillHeld: if a part cannot be taken back, such as a paid premium nobody decided to refund; then
        nothing is
    """
    serial, actor = case.detail["serial"], second_user or user
    row = Payment.objects.get(serial=serial)
    parts = Payment.objects.filter(part_of__serial__in=serials_of([row.reverses_serial]))
    lock_residents(parts.exclude(resident=None).values_list("resident", flat=True))
    row = Payment.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.state != PaymentState.HELD:
        raise CaseOutdated(f"税务流水 {serial} {row.get_state_display()}，不能再办理")
    left = _left(row.reverses_serial)
    total = sum((amount for _, amount in left), ZERO)
    if total != -row.amount:
        raise CaseOutdated(
            f"原流水 {row.reverses_serial} 各笔共余 {total} 元，与 {-row.amount} 元不符，请向税务部门核对"
        )
    row.state, row.hold_reason, row.note = PaymentState.SPLIT, "", f"已按原分配办理 {len(left)} 笔"
    rewrite_with_history([row], fields=["state", "hold_reason", "note"], reason=ALLOCATED, user=actor)
    rows = [_row(row, part, amount, number) for number, (part, amount) in enumerate(left, start=1)]
    for outcome, (part, amount) in zip(book_parts(whole=row, rows=rows, user=actor), left, strict=True):
        if outcome.outcome not in DONE:
            raise PartStillHeld(
                f"{part.serial} 的 {amount} 元不能{row.get_kind_display()}：{outcome.message}"
            )
    return f"税务流水 {serial} 已按原分配{row.get_kind_display()} {len(left)} 笔，共 {total} 元。"


def _left(serial: str) -> list[tuple[Payment, Decimal]]:
    """Return the parts of a payment with what was not taken back of each, those with nothing left out."""
    parts = (
        Payment.objects.filter(part_of__serial__in=serials_of([serial]))
        .exclude(state__in=GONE)
        .order_by("pk")
    )
    taken = dict(
        Payment.objects.filter(reverses__in=parts, state=PaymentState.BOOKED)
        .order_by()
        .values_list("reverses")
        .annotate(taken=Sum("amount"))
    )
    pairs = [(each, each.amount + taken.get(each.pk, ZERO)) for each in parts]
    return [(each, amount) for each, amount in pairs if amount]


def _row(whole: Payment, part: Payment, amount: Decimal, number: int) -> PaymentRow:
    return PaymentRow(
        serial=f"{whole.serial}/{number}",
        coverage_year=part.coverage_year,
        amount=amount,
        paid_on=whole.paid_on,
        kind=whole.kind,
        id_index=bytes(part.id_index) if part.id_index is not None else None,
        masked_id_number=part.masked_id_number,
        resident_id=part.resident_id,
        name=whole.payer_name,
        channel=whole.channel,
        reverses_serial=part.serial,
        number=whole.row_number,
    )
