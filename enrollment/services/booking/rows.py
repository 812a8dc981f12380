"""What the tax authority says of one payment, and what became of it."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar

from enrollment.models import Balance, Payment, PaymentKind
from enrollment.rules.family_account import AccountPayer
from policy.money import yuan
from registry.batch.copying import like
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked, normalized
from registry.selectors import resident_ids_by_index

Place = tuple[bool, int, datetime.date, int, str, int, bool, int]
SLICE = 5_000
BLANK = Payment()
TAKEN_BACK = "/冲正"  # after a serial number: what takes its row back by a decision
CORRECTED_ROW = "/更正"  # after a serial number: what a decision puts in the place of its row
T = TypeVar("T")


class PaymentRow(NamedTuple):
    """One row as it came.

    :param serial: the tax authority's own number; the same number is never booked twice
    :param amount: yuan; the sign of reversals and refunds does not matter
    :param id_number: or `id_index` with `masked_id_number` where a list was kept, or `resident_id`
    :param reverses_serial: of a reversal or refund; without it the one payment that is left is meant
    :param name: what the person is called; blank = nobody said
    :param is_unnamed: the list names people, and nobody in this row
    :param payer: whose employee account paid; null = nobody else's
    :param number: line of the list
    :param is_correction: taken back on paper by a decision here; no money went
    """

    serial: str
    coverage_year: int
    amount: Decimal
    paid_on: datetime.date
    kind: str = PaymentKind.PAYMENT
    id_number: str = ""
    id_index: bytes | None = None
    masked_id_number: str = ""
    resident_id: int | None = None
    name: str = ""
    is_unnamed: bool = False
    channel: str = ""
    reverses_serial: str = ""
    payer: AccountPayer | None = None
    number: int | None = None
    is_correction: bool = False


class PaymentOutcome(NamedTuple):
    """What became of a row.

    :param outcome: booked, held, unchanged or refused
    :param code: why it is held or refused; of a booked row paid, partly_paid or reversed
    """

    serial: str
    outcome: str
    code: str = ""
    message: str = ""
    payment_id: int | None = None
    resident_id: int | None = None
    contribution_id: int | None = None


@dataclass(slots=True)
class Incoming:
    """A row on its way: who it is for, and the payment it becomes.

    :ivar is_payment: money came in
    :ivar amount: yuan with its sign: what leaves the fund is negative
    :ivar is_chosen: somebody said whose it is; else its document number does
    :ivar area_id: whose list it came in; null = in none
    :ivar kept: the payment on record, where a held one is tried again
    :ivar is_corrected: the row came again under the serial number of `kept` with something put right
    :ivar reverses: the payment it takes back
    :ivar squares: the balance it settles
    """

    row: PaymentRow
    place: int
    resident_id: int | None
    id_index: bytes | None
    masked_id_number: str
    is_payment: bool
    amount: Decimal
    kept: Payment | None = None
    payment: Payment | None = None
    reverses: Payment | None = None
    squares: Balance | None = None
    outcome: PaymentOutcome | None = None
    pooling_area_id: int | None = None
    is_corrected: bool = False
    is_chosen: bool = False
    area_id: int | None = None

    def refuse(self, code: str, message: str) -> None:
        """Note that the row is not taken at all."""
        self.outcome = PaymentOutcome(self.row.serial, "refused", code, message, resident_id=self.resident_id)

    def agrees_with(self, payment: Payment) -> bool:
        """Return whether `payment` is the money of this row, come again; a clerk may have found whose it is meanwhile.

        What else the row says of it may have been put right: see `booking/corrections.py`.
        """
        same_person = self._same_number(payment) or (
            payment.resident_id == self.resident_id
            if payment.resident_id is not None
            else self.id_index is None or payment.id_index is None or bytes(payment.id_index) == self.id_index
        )
        said = (payment.kind, payment.coverage_year, payment.amount, payment.paid_on)
        row = self.row
        return same_person and said == (row.kind, row.coverage_year, self.amount, row.paid_on)

    def _same_number(self, payment: Payment) -> bool:
        return (
            self.id_index is not None
            and payment.id_index is not None
            and bytes(payment.id_index) == self.id_index
        )

    def new_payment(
        self, *, state: str, reason: str = "", note: str = "", batch_id: int | None = None
    ) -> Payment:
        """Return the unsaved payment of this row."""
        return like(
            BLANK,
            batch_id=batch_id,
            serial=self.row.serial,
            kind=self.row.kind,
            state=state,
            resident_id=self.resident_id,
            reverses_serial=self.row.reverses_serial,
            payer_name=self.row.name[:100],
            id_index=self.id_index,
            masked_id_number=self.masked_id_number,
            coverage_year=self.row.coverage_year,
            amount=self.amount,
            paid_on=self.row.paid_on,
            channel=self.row.channel[:30],
            hold_reason=reason,
            note=note[:200],
            row_number=self.row.number,
        )


def serials_of(serials: Iterable[str]) -> set[str]:
    """Return the serial numbers under which the money of some of the tax authority's may stand."""
    return {name for serial in serials for name in (serial, serial + CORRECTED_ROW)}


def standing(serial: str, known: Mapping[str, T]) -> T | None:
    """Return what stands for a serial number: the row that replaced its own one by a decision, else that."""
    return known.get(serial + CORRECTED_ROW, known.get(serial))


def incoming(rows: Iterable[PaymentRow]) -> list[Incoming]:
    """Return the rows with the residents they belong to, found by document number, or by the payment they reverse."""
    found = [_identified(row, place) for place, row in enumerate(rows)]
    _resolve([each for each in found if each.resident_id is None and each.id_index is not None])
    _resolve_by_original([each for each in found if each.resident_id is None and each.row.reverses_serial])
    return found


def in_booking_order(rows: Iterable[Incoming]) -> list[Incoming]:
    """Return the rows by resident, then by day: whoever books two files at once locks people in the same order.

    The rows of one day keep the order they came in, so that a year may be taken back and paid again; only what takes a
    payment back waits for that payment, where a file tells the last row first.
    """
    rows = list(rows)
    named = {each.row.reverses_serial for each in rows if not each.is_payment}
    originals = {each.row.serial: each for each in rows if each.is_payment and each.row.serial in named}

    def place(row: Incoming) -> Place:
        original = row if row.is_payment else originals.get(row.row.reverses_serial, row)
        return (
            row.resident_id is None,
            row.resident_id or 0,
            row.row.paid_on,
            original.row.coverage_year,
            row.row.serial if row.resident_id is None else "",
            max(row.place, original.place),
            not row.is_payment,
            row.place,
        )

    return sorted(rows, key=place)


def rounds(rows: Sequence[Incoming]) -> list[list[Incoming]]:
    """Return the rows, given in booking order, in rounds that hold at most one coverage year of a resident each.

    What a payment costs may depend on the other years of the person, so these are stored before it is decided.
    """
    found: list[list[Incoming]] = []
    at, year_of, resident = 0, 0, None
    for row in rows:
        if row.resident_id is None or row.resident_id != resident:
            at, resident = 0, row.resident_id
        elif row.row.coverage_year != year_of:
            at += 1
        year_of = row.row.coverage_year
        if at == len(found):
            found.append([])
        found[at].append(row)
    return found


def slices(rows: Sequence[Incoming], *, size: int) -> Iterable[list[Incoming]]:
    """Yield runs of about `size` rows, never parting the rows of one resident."""
    start = 0
    while start < len(rows):
        end = min(start + size, len(rows))
        while end < len(rows) and rows[end].resident_id is not None:
            if rows[end].resident_id != rows[end - 1].resident_id:
                break
            end += 1
        yield list(rows[start:end])
        start = end


def _identified(row: PaymentRow, place: int) -> Incoming:
    number = normalized(row.id_number)
    index = blind_index(number) if number else row.id_index
    shown = masked(number) if number else row.masked_id_number
    amount = yuan(row.amount)
    is_payment = row.kind == PaymentKind.PAYMENT
    signed = amount if is_payment else -abs(amount)
    is_chosen = row.resident_id is not None
    return Incoming(row, place, row.resident_id, index, shown, is_payment, signed, is_chosen=is_chosen)


def _resolve(rows: Sequence[Incoming]) -> None:
    for start in range(0, len(rows), SLICE):
        part = rows[start : start + SLICE]
        ids = resident_ids_by_index({each.id_index for each in part if each.id_index is not None})
        for each in part:
            assert each.id_index is not None
            each.resident_id = ids.get(each.id_index)


def _resolve_by_original(rows: Sequence[Incoming]) -> None:
    if not rows:
        return
    serials = serials_of(each.row.reverses_serial for each in rows)
    residents = dict(Payment.objects.filter(serial__in=serials).values_list("serial", "resident"))
    for each in rows:
        each.resident_id = standing(each.row.reverses_serial, residents)
