"""The payments that reversals and refunds may mean, and what is left of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, Sum

from enrollment.models import HoldReason, Payment, PaymentKind, PaymentState
from enrollment.services.booking.holds import GivenBack, Hold
from enrollment.services.booking.rows import Incoming, serials_of, standing
from policy.money import ZERO

GONE = (PaymentState.SPLIT, PaymentState.RETURNED)


@dataclass(slots=True)
class Originals:
    """Payments by serial number.

    :ivar left: serial → yuan of it that were not taken back yet
    :ivar are_asked: the chunk has rows that take money back
    """

    payments: dict[str, Payment] = field(default_factory=dict)
    left: dict[str, Decimal] = field(default_factory=dict)
    are_asked: bool = False

    def note(self, payment: Payment) -> None:
        """Remember a payment of this chunk, so that a later row of it may take it back."""
        if self.are_asked and payment.kind == PaymentKind.PAYMENT:
            self.payments[payment.serial] = payment
            self.left[payment.serial] = payment.amount

    def take(self, row: Incoming) -> Payment:
        """Return the booked payment a row takes money back from, that much less left of it.

        :raises Hold: if it is not known, is split, waits itself, or has less left
        :raises GivenBack: if it was never booked and all of it goes
        """
        original = self._meant(row)
        left = self.left[original.serial]
        if original.state == PaymentState.HELD:
            if left == -row.amount:
                raise GivenBack(original)
            raise Hold(
                HoldReason.ORIGINAL_HELD,
                f"原流水 {original.serial} 尚待处理，其金额 {left} 元，须全额退回或先分配",
            )
        if -row.amount > left:
            raise Hold(HoldReason.EXCEEDS_ORIGINAL, f"原流水 {original.serial} 余 {left} 元")
        return original

    def give_back(self, original: Payment, row: Incoming) -> None:
        """Say that a payment that was never booked has gone back by the row."""
        original.state, original.hold_reason = PaymentState.RETURNED, ""
        original.note = f"未入账，已由 {row.row.serial} 退回"
        self.left[original.serial] = ZERO

    def _meant(self, row: Incoming) -> Payment:
        """Return the payment a row names, or the only one of the year that is left."""
        if row.row.reverses_serial:
            found = self._named(row)
        else:
            year = row.row.coverage_year
            found = [
                each
                for each in self.payments.values()
                if each.coverage_year == year and self.left[each.serial] > 0
            ]
        own = [each for each in found if _is_theirs(each, row)]
        if len(own) != 1:
            raise Hold(HoldReason.ORIGINAL_UNKNOWN)
        return own[0]

    def _named(self, row: Incoming) -> list[Payment]:
        """Return the payment of the serial number; of one that was split, the part that can be meant.

        That is the only one of the sum that waits to be refunded, or else the person's own part.

        :raises Hold: if no part is meant, or a reversal names the sum of a row that was replaced already
        """
        serial = row.row.reverses_serial
        whole = standing(serial, self.payments)
        if whole is not None and whole.serial != serial:
            self._refuse_replaced(row, whole)
        if whole is None or whole.state != PaymentState.SPLIT:
            return [] if whole is None else [whole]
        parts = [each for each in self.payments.values() if each.part_of_id == whole.pk]
        own = [each for each in parts if each.resident_id is not None and each.resident_id == row.resident_id]
        waiting = [
            each
            for each in parts
            if each.state == PaymentState.HELD and self.left[each.serial] == -row.amount
        ]
        meant = waiting if len(waiting) == 1 else own
        if len(meant) != 1 or -row.amount > self.left[meant[0].serial]:
            left = "、".join(f"{self.left[each.serial]} 元" for each in parts if self.left[each.serial])
            raise Hold(
                HoldReason.ORIGINAL_SPLIT, f"原流水 {whole.serial} 已分配给多人，各余 {left or '0 元'}"[:200]
            )
        return meant

    def _refuse_replaced(self, row: Incoming, instead: Payment) -> None:
        """Refuse to take back once more what was taken back when another row replaced it."""
        replaced, left = self.payments.get(row.row.reverses_serial), self.left[instead.serial]
        if replaced is None or row.row.kind != PaymentKind.REVERSAL:
            return
        if -row.amount == replaced.amount != left:
            said = f"原流水 {replaced.serial} 的 {replaced.amount} 元已凭税务部门书面更正冲正，更正后余 {left} 元"
            raise Hold(HoldReason.EXCEEDS_ORIGINAL, said)


def _is_theirs(payment: Payment, row: Incoming) -> bool:
    """Return whether a payment is of the row's person, or waits under the row's number or as a part of nobody's."""
    if payment.resident_id is not None:
        return payment.resident_id == row.resident_id
    if payment.state != PaymentState.HELD:
        return False
    if payment.part_of_id is not None:
        return True
    return (
        row.id_index is not None and payment.id_index is not None and bytes(payment.id_index) == row.id_index
    )


def load_originals(rows: Sequence[Incoming]) -> Originals:
    """Return the payments that the rows, all of money that goes back, may mean; locked, in two queries.

    Their residents are locked before; money that waits for somebody is not given to them meanwhile.
    """
    if not rows:
        return Originals()
    named = serials_of(row.row.reverses_serial for row in rows if row.row.reverses_serial)
    meant = Q(serial__in=named) | Q(part_of__serial__in=named)
    meant |= Q(resident__in={row.resident_id for row in rows if row.resident_id is not None})
    found = list(
        Payment.objects.filter(meant, kind=PaymentKind.PAYMENT)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    taken = dict(
        Payment.objects.filter(reverses__in=found, state=PaymentState.BOOKED)
        .order_by()
        .values_list("reverses")
        .annotate(taken=Sum("amount"))
    )
    left = {
        each.serial: ZERO if each.state in GONE else each.amount + taken.get(each.pk, ZERO) for each in found
    }
    return Originals({each.serial: each for each in found}, left, are_asked=True)
