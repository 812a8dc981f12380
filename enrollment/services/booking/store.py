"""Store what a chunk decided: registrations, contributions with their grants, subsidy shares, payments, questions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError
from django.utils import timezone
from psycopg.errors import UniqueViolation

from casework.services import NewCase, open_cases
from casework.services.answered import close_answered
from enrollment.batch.subsidy_shares import take_back_shares
from enrollment.models import ContributionPeriod, HoldReason, Payment, PaymentState
from enrollment.services.balances import SQUARE, cancel_balances
from enrollment.services.booking.accounts import Account
from enrollment.services.booking.candidates import offers
from enrollment.services.booking.corrections import CORRECTED, store_corrected_payers
from enrollment.services.booking.family import new_payers
from enrollment.services.booking.rows import Incoming
from enrollment.services.contributions import keep_grants, return_grants, save_contributions, save_quoted
from enrollment.services.quote import Ask, Quote, QuoteFacts
from enrollment.services.subsidies import Entitled, SubsidyLedger
from registry.batch.copying import assign_keys
from registry.batch.history import (
    rewrite_with_history,
    write_with_history,
)
from registry.models import Area

REVERSAL = "reverse payment"
UNMATCHED = "unmatched_payment"  # of the questions about held money
MONEY_FIELDS = ["paid", "state", "paid_on", "frozen_at", "grant"]
KEPT_FIELDS = [
    "state",
    "resident",
    "contribution",
    "reverses",
    "reverses_serial",
    "payer_name",
    "hold_reason",
    "note",
]
SETTLED = {PaymentState.BOOKED: "已另行入账", PaymentState.RETURNED: "已由税务部门退回"}
BY_PARTS = "by_parts"
TAKE_PARTS_BACK = {BY_PARTS: "按原分配逐笔冲正（退费），须等于各笔余额合计"}
DECISIONS = {"retry": "更正信息后重新入账", "refund": "通知税务部门退费"}


class Raced(Exception):
    """Somebody else wrote one of the serial numbers meanwhile: the chunk is to be decided anew."""


def store_accounts(
    accounts: Iterable[Account], *, facts: QuoteFacts, ledger: SubsidyLedger, user: AbstractBaseUser | None
) -> None:
    """Store the accounts that moved, freeze those that are paid, share their subsidy out."""
    moved = [each for each in accounts if each.touched]
    _reopen([each.contribution for each in moved if each.reopened and each.contribution], user=user)
    _enroll(moved, user=user)
    quoted = [
        (each.contribution, each.quote)
        for each in moved
        if each.contribution and each.quote and each.contribution.paid
    ]
    booked = {id(contribution) for contribution, _ in quoted}
    squared = [each.contribution for each in moved if each.squared and each.contribution]
    booked |= {id(each) for each in squared}
    returned = [
        each.contribution for each in moved if each.contribution and id(each.contribution) not in booked
    ]
    save_contributions(returned, reason=REVERSAL, user=user, fields=MONEY_FIELDS)
    save_contributions(squared, reason=SQUARE, user=user, fields=MONEY_FIELDS)
    close_paid(
        quoted,
        paid=[each.contribution for each in moved if each.paid_now and each.contribution],
        facts=facts,
        ledger=ledger,
        user=user,
    )


def close_paid(
    quoted: Sequence[tuple[ContributionPeriod, Quote]],
    *,
    paid: Sequence[ContributionPeriod],
    facts: QuoteFacts,
    ledger: SubsidyLedger,
    user: AbstractBaseUser | None,
    verb: str = "pay",
) -> None:
    """Store quoted contributions; freeze those that are paid with their grants, and share their subsidy out.

    :param verb: of the history's reason
    """
    now = timezone.now()
    new = {id(each) for each in paid if each._state.adding}
    for each in paid:
        each.frozen_at = now
    save_quoted(quoted, verb=verb, user=user)
    keep_grants(paid, reason=verb, user=user)
    entitled = [
        Entitled(each, facts.policy_at(place, each.coverage_year), place.path, is_new=id(each) in new)
        for each in paid
        for place in [facts.place(Ask(each.resident_id, each.coverage_year, each.quoted_on))]
    ]
    open_cases(cases=ledger.share_out(entitled), user=user)


def store_payments(rows: Sequence[Incoming], *, area_id: int | None, user: AbstractBaseUser | None) -> None:
    """Write new payments, change held ones that were tried again, ask about those that are held now.

    :param area_id: whom to ask where the person is not known
    :raises Raced: if a serial number has been written by somebody else since the chunk was read
    """
    payments = [row.payment for row in rows if row.payment is not None and row.kept is None]
    assign_keys(payments)
    for row in rows:
        if row.payment is not None and row.reverses is not None:
            row.payment.reverses_id = row.reverses.pk
    try:
        write_with_history(payments, reason="receive payment", user=user)
    except IntegrityError as refused:
        if isinstance(refused.__cause__, UniqueViolation):
            raise Raced from refused
        raise
    write_with_history(new_payers(rows), reason="receive payment", user=user)
    again = [row.kept for row in rows if row.kept is not None and not row.is_corrected]
    rewrite_with_history(again, fields=KEPT_FIELDS, reason="rebook payment", user=user)
    if corrected := [row.kept for row in rows if row.kept is not None and row.is_corrected]:
        rewrite_with_history(corrected, fields=KEPT_FIELDS, reason=CORRECTED, user=user)
        store_corrected_payers(rows, user=user)
    held = [row for row in rows if row.payment is not None and row.payment.state == PaymentState.HELD]
    open_cases(cases=_questions(held, area_id), user=user)


def store_returned(rows: Sequence[Incoming], *, user: AbstractBaseUser | None) -> list[Payment]:
    """Store payments on record that were never booked and went back by one of the rows; return them."""
    found = [
        row.reverses
        for row in rows
        if row.reverses is not None and row.payment and row.payment.state == PaymentState.RETURNED
    ]
    fields = ["state", "hold_reason", "note"]
    rewrite_with_history(found, fields=fields, reason="return payment", user=user)
    return found


def kept_settled(rows: Sequence[Incoming]) -> list[Payment]:
    """Return the held payments that were tried again and wait no more."""
    return [row.kept for row in rows if row.kept is not None and row.kept.state != PaymentState.HELD]


def close_settled(payments: Iterable[Payment], *, user: AbstractBaseUser | None) -> None:
    """Close the questions about held money that waits no more; what was decided and not done of it is void."""
    answers = {
        question_key(each): f"税务流水 {each.serial} {SETTLED[PaymentState(each.state)]}，无须再决定。"
        for each in payments
    }
    if answers:
        close_answered(answers=answers, voids_decisions=True, user=user)


def _reopen(contributions: Sequence[ContributionPeriod], *, user: AbstractBaseUser | None) -> None:
    """Take back what payment in full had brought: subsidy shares, the frozen grant, open balances."""
    stored = [each for each in contributions if not each._state.adding]
    if stored:
        take_back_shares([each.pk for each in stored], reason="缴费冲正或退费", user=user)
        return_grants(stored, reason=REVERSAL, user=user)
        cancel_balances(stored, user=user)


def _enroll(accounts: Sequence[Account], *, user: AbstractBaseUser | None) -> None:
    """Write registrations made by payment, and link the new contributions to their registration."""
    new = [
        each.enrollment for each in accounts if each.enrollment is not None and each.enrollment._state.adding
    ]
    write_with_history(new, reason="enroll by payment", user=user)
    for each in accounts:
        if each.contribution is not None and each.contribution.enrollment_id is None:
            assert each.enrollment is not None
            each.contribution.enrollment_id = each.enrollment.pk  # the object would tie the two in a circle


def question_key(payment: Payment) -> str:
    """Return what the question about a held payment is known by."""
    return f"{UNMATCHED}:{payment.serial}"


def _questions(rows: Sequence[Incoming], area_id: int | None) -> Iterator[NewCase]:
    """Yield the questions about held rows; one that was asked before and still names nobody stands as it is."""
    unknown = [row.payment for row in rows if row.payment is not None and row.kept is None]
    offered = offers(unknown, area=Area.objects.get(pk=area_id)) if area_id and unknown else {}
    for row in rows:
        asked = row.pooling_area_id or area_id
        if row.payment is not None and asked is not None:
            yield question_about(row.payment, area_id=asked, people=offered.get(row.payment.serial, {}))


def question_about(payment: Payment, *, area_id: int, people: Mapping[str, str]) -> NewCase:
    """Return the question what becomes of a held payment.

    :param people: options to book it to somebody, from `offers`
    """
    parts = TAKE_PARTS_BACK if payment.hold_reason == HoldReason.ORIGINAL_SPLIT else {}
    return NewCase(
        kind=UNMATCHED,
        title=f"待处理缴费：{HoldReason(payment.hold_reason).label}",
        area_id=area_id,
        resident_id=payment.resident_id,
        subject_ref=f"payment:{payment.serial}",
        reason=payment.note,
        options={**people, **parts, **DECISIONS},
        detail=_detail(payment),
        dedupe_key=question_key(payment),
        needs_second=True,
    )


def _detail(payment: Payment) -> dict[str, str]:
    return {
        "serial": payment.serial,
        "amount": str(payment.amount),
        "paid_on": payment.paid_on.isoformat(),
        "payer_name": payment.payer_name,
        "masked_id_number": payment.masked_id_number,
        "coverage_year": str(payment.coverage_year),
        "hold_reason": payment.hold_reason,
    }
