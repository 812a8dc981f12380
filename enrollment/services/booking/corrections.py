"""Rows that come again under their serial number with something put right (更正): held money takes it, no other does.

The sum, the day, the year and the person make a row; which payment it takes back, whose account paid, and the name
where the money waits for it, the tax authority may have mistaken. What a row leaves blank says nothing.
"""

from collections.abc import Mapping, Sequence

from django.contrib.auth.base_user import AbstractBaseUser

from enrollment.models import FamilyPayer, HoldReason, Payment, PaymentState
from enrollment.rules.family_account import AccountPayer
from enrollment.services.booking.rows import Incoming
from registry.batch.history import rewrite_with_history, write_with_history

CORRECTED = "correct payment"
PAYER_FIELDS = ("name", "id_index", "masked_id_number", "number_fits", "relation", "area_code")


def says_otherwise(row: Incoming, payment: Payment, payer: FamilyPayer | AccountPayer | None) -> bool:
    """Return whether a row of the same money names another payment to take back, another account or another name.

    :param payment: what is on record, booked or held
    :param payer: whose account it says paid; null = it names none
    """
    is_open = payment.state == PaymentState.HELD
    named = row.row.reverses_serial
    other_original = named and named != payment.reverses_serial and (is_open or payment.reverses_serial)
    other_name = (
        is_open
        and payment.hold_reason == HoldReason.NAME_DIFFERS
        and row.row.name
        not in {
            "",
            payment.payer_name,
        }
    )
    return bool(other_original or other_name) or _is_other(row.row.payer, payer, is_open=is_open)


def take_corrections(
    rows: Sequence[Incoming], known: dict[str, Payment], decided: Mapping[str, Incoming]
) -> None:
    """Let the rows that put right what waits be decided anew for it; what is decided to go back stays.

    :param known: payments on record by serial number, which may be read anew, locked
    :param decided: rows of the same call that were decided by serial number
    """
    found: dict[str, Incoming] = {}
    for row in rows:
        before = known.get(row.row.serial) if row.kept is None and row.row.serial not in decided else None
        if before is not None and _corrects(row, before):
            found.setdefault(row.row.serial, row)
    if not found:
        return
    locked = Payment.objects.filter(serial__in=found).order_by("pk").select_for_update(of=("self",))
    for payment in locked:
        known[payment.serial] = payment
        if payment.state == PaymentState.HELD:
            row = found[payment.serial]
            row.kept, row.is_corrected = payment, True


def store_corrected_payers(rows: Sequence[Incoming], *, user: AbstractBaseUser | None) -> None:
    """Store the account holders that corrected rows name."""
    told = {row.kept.pk: row.row.payer for row in rows if row.is_corrected and row.kept and row.row.payer}
    if not told:
        return
    kept = {each.payment_id: each for each in FamilyPayer.objects.filter(payment__in=told)}
    for pk, payer in told.items():
        holder = kept.setdefault(pk, FamilyPayer(payment_id=pk))
        for name in PAYER_FIELDS:
            setattr(holder, name, getattr(payer, name))
    known = [each for each in kept.values() if not each._state.adding]
    new = [each for each in kept.values() if each._state.adding]
    rewrite_with_history(known, fields=PAYER_FIELDS, reason=CORRECTED, user=user)
    write_with_history(new, reason=CORRECTED, user=user)


def _corrects(row: Incoming, before: Payment) -> bool:
    waits = before.state == PaymentState.HELD and before.hold_reason != HoldReason.TO_REFUND
    return waits and row.agrees_with(before) and says_otherwise(row, before, payer_of(row, before))


def payer_of(row: Incoming, payment: Payment) -> FamilyPayer | None:
    """Return whose account paid, as it is on record, where the row names any."""
    return getattr(payment, "family_payer", None) if row.row.payer is not None else None


def _is_other(said: AccountPayer | None, kept: FamilyPayer | AccountPayer | None, *, is_open: bool) -> bool:
    if said is None:
        return False
    if kept is None:
        return is_open
    index = None if kept.id_index is None else bytes(kept.id_index)
    pairs = ((said.id_index, index), (said.relation, kept.relation), (said.area_code, kept.area_code))
    return any(new and new != old for new, old in pairs)
