"""Payments in: every row booked, or held with a question, or refused with a reason; the same serial never twice.

Rows are decided in chunks, resident by resident and day by day. Before money is matched the contribution is quoted as
of the day the money arrived, since window and benefit start depend on it (缴费到账); when nothing is left to pay its
figures freeze. A person insured in the same place the year before is registered by paying (续保).
"""

from collections.abc import Iterable, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from enrollment.models import HoldReason, Payment, PaymentState
from enrollment.rules.family_account import AccountPayer
from enrollment.services.booking.chunk import Run, record_chunk
from enrollment.services.booking.family import accounts_in, kept_payers
from enrollment.services.booking.rows import (
    Incoming,
    PaymentOutcome,
    PaymentRow,
    in_booking_order,
    incoming,
    rounds,
    slices,
)
from exchange.models import InboundBatch
from policy.errors import DomainError
from registry.batch.collecting import collector_at_rest
from registry.models import Area

__all__ = [
    "AreaNeeded",
    "PaymentOutcome",
    "PaymentRow",
    "book_parts",
    "record_payments",
    "retry_held_payments",
    "try_payments",
]

CHUNK = 10_000


class AreaNeeded(DomainError):
    """A row names nobody we know, and the caller has not said whom to ask about it; nothing is written."""

    code = "area_needed"


def record_payments(
    *,
    rows: Sequence[PaymentRow],
    user: AbstractBaseUser | None = None,
    batch: InboundBatch | None = None,
    area: Area | None = None,
    within: Area | None = None,
    may_enroll: bool = True,
) -> list[PaymentOutcome]:
    """Record what the tax authority collected and return what became of each row, in order.

    Safe to repeat: a serial number on record with the same content is unchanged, with other content refused. One
    transaction a chunk; called inside a transaction, all of it is one.

    :param area: whom to ask about money of people nobody knows; null = the area of `batch`
    :param within: whose money it is said to be: what belongs to another fund is held; null = the area of `batch`
    :param may_enroll: register people insured in the same place the year before by their payment
    :raises AreaNeeded: if somebody is unknown and there is neither
    """
    area_id = area.pk if area is not None else (batch.area_id if batch is not None else None)
    found = incoming(rows)
    if within is not None:
        for each in found:
            each.area_id = within.pk
    if area_id is None and any(each.resident_id is None for each in found):
        raise AreaNeeded("有查无此人的缴费，须指明由哪个地区处理。")
    _record(found, Run(user=user, batch=batch, area_id=area_id, may_enroll=may_enroll))
    return _outcomes(found)


@transaction.atomic
def try_payments(*, rows: Sequence[PaymentRow], batch: InboundBatch) -> list[PaymentOutcome]:
    """Return what would become of each row of a list if it were recorded now, in order; nothing is kept."""
    found = incoming(rows)
    _record(found, Run(batch=batch, area_id=batch.area_id, is_trial=True))
    transaction.set_rollback(True)
    return _outcomes(found)


def retry_held_payments(
    *,
    payment_ids: Iterable[int],
    user: AbstractBaseUser | None = None,
    meant_for: int | None = None,
    by_case: bool = False,
) -> list[PaymentOutcome]:
    """Try held payments again, after a person was registered or enrolled, or a policy approved; by payment key.

    The questions about those that are booked are closed.

    :param meant_for: the resident somebody found the money to be of; null = who the rows name, and what somebody
        decided to refund stays
    :param by_case: the payment's own case decided so, and is left as it was decided
    """
    held = Payment.objects.filter(pk__in=set(payment_ids), state=PaymentState.HELD)
    if meant_for is None:
        held = held.exclude(hold_reason=HoldReason.TO_REFUND)
    kept = list(held.select_related("batch").order_by("pk"))
    payers = kept_payers(kept)
    found = incoming(_row_of(each, payers.get(each.pk)) for each in kept)
    for each, payment in zip(found, kept, strict=True):
        each.kept = payment
        each.resident_id = meant_for or each.resident_id
        each.is_chosen = meant_for is not None
        each.area_id = payment.batch.area_id if payment.batch is not None else None
    _record(found, Run(user=user, by_case=by_case))
    return _outcomes(found)


def book_parts(
    *, whole: Payment, rows: Sequence[PaymentRow], user: AbstractBaseUser | None = None
) -> list[PaymentOutcome]:
    """Record the parts of a payment that a decision split, by the rules of its day; return what became of each."""
    found = incoming(rows)
    area_id = whole.batch.area_id if whole.batch is not None else None
    _record(found, Run(user=user, batch=whole.batch, area_id=area_id, whole=whole))
    return _outcomes(found)


@collector_at_rest()
def _record(rows: Sequence[Incoming], run: Run) -> None:
    if run.batch is not None:
        for row in rows:
            row.area_id = run.batch.area_id
    run.funds.learn(row.area_id for row in rows)
    run.accounts = accounts_in(rows)
    in_rounds = rounds(in_booking_order(rows))
    run.awaited = frozenset(row.resident_id for later in in_rounds[1:] for row in later if row.resident_id)
    for each in in_rounds:
        for part in slices(each, size=CHUNK):
            record_chunk(part, run)


def _outcomes(rows: Iterable[Incoming]) -> list[PaymentOutcome]:
    outcomes = []
    for each in rows:
        assert each.outcome is not None
        outcomes.append(each.outcome)
    return outcomes


def _row_of(payment: Payment, payer: AccountPayer | None) -> PaymentRow:
    return PaymentRow(
        serial=payment.serial,
        coverage_year=payment.coverage_year,
        amount=payment.amount,
        paid_on=payment.paid_on,
        kind=payment.kind,
        id_index=bytes(payment.id_index) if payment.id_index is not None else None,
        masked_id_number=payment.masked_id_number,
        resident_id=payment.resident_id,
        name=payment.payer_name,
        channel=payment.channel,
        reverses_serial=payment.reverses_serial,
        payer=payer,
        number=payment.row_number,
    )
