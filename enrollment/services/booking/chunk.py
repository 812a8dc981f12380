"""One chunk of rows in one transaction: lock the people, decide, store."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from enrollment.models import HoldReason, Payment, PaymentState
from enrollment.models.payment import LONGEST_TAX_SERIAL
from enrollment.services.balances import square_by_payments
from enrollment.services.booking.accounts import Account
from enrollment.services.booking.clashes import CLASH
from enrollment.services.booking.corrections import payer_of, says_otherwise, take_corrections
from enrollment.services.booking.desk import Desk, open_desk
from enrollment.services.booking.family import Members, lock_accounts
from enrollment.services.booking.funds import Funds
from enrollment.services.booking.holds import GivenBack, Hold
from enrollment.services.booking.rows import Incoming, PaymentOutcome
from enrollment.services.booking.store import (
    Raced,
    close_settled,
    kept_settled,
    store_accounts,
    store_payments,
    store_returned,
)
from enrollment.services.quote import Memory
from enrollment.services.refunded_years import end_refunded
from enrollment.services.subsidies import SubsidyLedger
from exchange.models import InboundBatch
from exchange.parsers.cells import ROUNDED
from policy.money import ZERO
from registry.services import lock_residents

MOST_TRIES = 5


@dataclass(slots=True)
class Run:
    """What the chunks of one call share.

    :ivar by_case: the decision of a case books its own payment, and the case stays as it was decided
    :ivar is_trial: nothing is stored but what a later row rests on; the caller takes that back
    :ivar awaited: residents of whom a later chunk decides again
    :ivar whole: the payment whose parts the rows are
    :ivar decided: serial → the row that is decided under it
    :ivar accounts: family accounts that any row of the call names
    :ivar members: whom they have paid for
    :ivar funds: whose money the lists bring
    """

    user: AbstractBaseUser | None = None
    batch: InboundBatch | None = None
    area_id: int | None = None
    may_enroll: bool = True
    by_case: bool = False
    is_trial: bool = False
    today: datetime.date = field(default_factory=lambda: timezone.localdate())  # noqa: PLW0108 - not bound at import
    whole: Payment | None = None
    awaited: frozenset[int] = frozenset()
    decided: dict[str, Incoming] = field(default_factory=dict)
    accounts: list[bytes] = field(default_factory=list)
    members: Members = field(default_factory=lambda: defaultdict(set))
    funds: Funds = field(default_factory=Funds)
    memory: Memory = field(default_factory=Memory)
    ledger: SubsidyLedger = field(default_factory=SubsidyLedger)

    def stores(self, resident_id: int | None) -> bool:
        """Return whether what is decided about the resident is to be stored."""
        return not self.is_trial or resident_id in self.awaited


def record_chunk(rows: Sequence[Incoming], run: Run) -> None:
    """Decide and store a chunk; begin anew when somebody else has just written one of its serial numbers."""
    for _ in range(MOST_TRIES):
        try:
            with transaction.atomic():
                _record(rows, run)
        except Raced:
            continue
        return
    raise Raced


def _record(rows: Sequence[Incoming], run: Run) -> None:
    for row in rows:
        row.outcome = None
    if not run.is_trial:
        lock_accounts(run.accounts)
    lock_residents({row.resident_id for row in rows if row.resident_id and run.stores(row.resident_id)})
    fresh = _not_on_record(rows, run)
    desk = open_desk(
        fresh,
        memory=run.memory,
        booked=run.members,
        funds=run.funds,
        may_enroll=run.may_enroll,
        registrar=run.user.pk if run.user else None,
    )
    booked = [
        (row, account) for row in fresh for account in [_decided(row, desk, run)] if account is not None
    ]
    _store(
        [row for row in fresh if run.stores(row.resident_id)],
        booked=[(row, account) for row, account in booked if run.stores(account.resident_id)],
        desk=desk,
        run=run,
    )
    for row in fresh:
        row.outcome = _outcome(row)
        row.payment = row.reverses = row.squares = None  # a long run keeps only what it answers


def _store(
    rows: Sequence[Incoming], *, booked: Sequence[tuple[Incoming, Account]], desk: Desk, run: Run
) -> None:
    accounts = [each for each in desk.accounts.values() if run.stores(each.resident_id)]
    store_accounts(accounts, facts=desk.facts, ledger=run.ledger, user=run.user)
    for row, account in booked:
        assert row.payment is not None
        assert account.contribution is not None
        row.payment.contribution_id = account.contribution.pk
    store_payments(rows, area_id=run.area_id, user=run.user)
    returned = store_returned(rows, user=run.user)
    close_settled(returned if run.by_case else [*returned, *kept_settled(rows)], user=run.user)
    squared = [(row.squares, row.payment) for row, _ in booked if row.squares and row.payment]
    square_by_payments(squared, user=run.user)
    if premiums := [balance for balance, _ in squared if balance.is_premium]:
        last = max(payment.paid_on for _, payment in squared)
        end_refunded(premiums, on=last, user=run.user)


def _not_on_record(rows: Sequence[Incoming], run: Run) -> list[Incoming]:
    """Return the rows to decide; the others have their outcome: unchanged, or refused."""
    serials = {row.row.serial for row in rows}
    recorded = Payment.objects.filter(serial__among=serials)
    if any(row.row.payer is not None for row in rows):
        recorded = recorded.select_related("family_payer")
    if any(row.kept for row in rows):  # who is tried for two people at once is booked to one of them
        recorded = recorded.order_by("pk").select_for_update(of=("self",))
    known = {each.serial: each for each in recorded}
    take_corrections(rows, known, run.decided)
    fresh = []
    for row in rows:
        serial = row.row.serial
        if (problem := _problem(row, run)) is not None:
            row.refuse(*problem)
        elif row.kept is not None and known[serial].state == PaymentState.HELD:
            run.decided[serial] = row
            fresh.append(row)
        elif (first := run.decided.get(serial, row)) is not row:
            _twice(row, first)
        elif (before := known.get(serial)) is not None:
            _come_again(row, before)
        else:
            run.decided[serial] = row
            fresh.append(row)
    return fresh


def _problem(row: Incoming, run: Run) -> tuple[str, str] | None:
    """Return code and message of a row that cannot be taken at all; null = it can."""
    if not row.row.serial.strip():
        return "row_invalid", "缺少税务流水号"
    if row.is_payment and row.amount <= ZERO:
        return "row_invalid", "缴费金额须大于零"
    if not row.amount:
        return "row_invalid", "金额不能为零"
    serials = (row.row.serial, row.row.reverses_serial)
    if run.batch is not None and max(map(len, serials)) > LONGEST_TAX_SERIAL:
        return "row_invalid", f"流水号超过 {LONGEST_TAX_SERIAL} 个字，请税务部门核对"
    if any("+" in each and ROUNDED.fullmatch(each) for each in serials):
        return "digits_lost", "流水号成了数字，末几位已丢失，请按文本报送"
    return _day_problem(row.row.paid_on, run)


def _day_problem(paid_on: datetime.date, run: Run) -> tuple[str, str] | None:
    """Return code and message where a list tells of money that had not come by its day, or by today."""
    if run.batch is None or paid_on <= min(run.batch.as_of, run.today):
        return None
    until = f"数据日期 {run.batch.as_of}" if paid_on > run.batch.as_of else f"今天 {run.today}"
    return "day_in_future", f"到账日期 {paid_on} 晚于{until}"


def _come_again(row: Incoming, before: Payment) -> None:
    if row.agrees_with(before) and not says_otherwise(row, before, payer_of(row, before)):
        row.outcome = PaymentOutcome(
            row.row.serial,
            "unchanged",
            payment_id=before.pk,
            resident_id=before.resident_id,
            contribution_id=before.contribution_id,
        )
    else:
        row.refuse(CLASH, "同一税务流水号已有不同内容的记录，请核对")


def _twice(row: Incoming, first: Incoming) -> None:
    payment = first.new_payment(state=PaymentState.HELD)
    same = row.agrees_with(payment) and not says_otherwise(row, payment, first.row.payer)
    if row.row == first.row or same:
        row.outcome = PaymentOutcome(
            row.row.serial, "unchanged", "repeated", "清单内重复", resident_id=row.resident_id
        )
    else:
        row.refuse(CLASH, "清单内同一税务流水号内容不同，请核对")


def _decided(row: Incoming, desk: Desk, run: Run) -> Account | None:
    """Decide a row and give it its payment; return the account it was booked on, null = held."""
    place = desk.facts.places.get(row.resident_id or 0)
    row.pooling_area_id = place.pooling_area_id if place is not None else None
    account, state, reason, note = None, PaymentState.BOOKED, "", ""
    try:
        account = desk.decide(row)
    except Hold as hold:
        state, reason, note = PaymentState.HELD, str(hold.reason.value), hold.note
        if hold.reason == HoldReason.OUTSIDE_AREA:
            row.pooling_area_id = row.area_id  # who has the money asks about it
    except GivenBack as back:
        state, note = PaymentState.RETURNED, f"退回未入账的 {back.original.serial}"
        row.reverses = back.original
        desk.originals.give_back(back.original, row)
    if row.kept is None:
        row.payment = row.new_payment(
            state=state, reason=reason, note=note, batch_id=None if run.batch is None else run.batch.pk
        )
        if run.whole is not None:
            row.payment.part_of = run.whole
    else:
        row.payment = row.kept
        row.kept.state, row.kept.hold_reason, row.kept.note = state, reason, note[:200]
        row.kept.resident_id = row.resident_id
        row.kept.reverses_serial = row.row.reverses_serial or row.kept.reverses_serial
        row.kept.payer_name = row.row.name[:100] or row.kept.payer_name
    desk.originals.note(row.payment)
    return account


def _outcome(row: Incoming) -> PaymentOutcome:
    payment = row.payment
    assert payment is not None
    return PaymentOutcome(
        row.row.serial,
        str(payment.state),
        payment.hold_reason,
        payment.note,
        payment.pk,
        payment.resident_id,
        payment.contribution_id,
    )
