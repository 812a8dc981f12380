"""What a refund gives back to whom, to the fen: shown on its case, booked as balances."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from casework.models import Case, Verdict
from casework.services import NewFigure
from enrollment.models import (
    Balance,
    BalanceKind,
    BalanceState,
    ContributionPeriod,
    Payment,
    PaymentKind,
    PaymentState,
    SubsidyShare,
)
from enrollment.rules.refunds import RefundAnswer
from enrollment.selectors.support import support_shares
from enrollment.services.balances import moved_apart, own_excess
from policy.errors import DomainError
from policy.money import ZERO
from policy.trace import Step
from policy.words import said

PARTIAL = frozenset({"overpaid", "aid_granted"})  # the year stays paid
TAKEN_OVER = {
    BalanceKind.REFUND: "原列“应退应补”的应退，并入上项不另退",
    BalanceKind.RECOVERY: "原列“应退应补”的应补，不再补缴",
}


class RefundRefused(DomainError):
    """The refund cannot be proposed; the message says what is missing."""

    code = "refund_refused"


@dataclass(frozen=True, slots=True)
class RefundFound:
    """What the documents say of a refund, and the steps to it; the last is the rule."""

    answer: RefundAnswer
    steps: tuple[Step, ...]

    @property
    def rule(self) -> Step:
        """The rule that decides."""
        return self.steps[-1]

    @property
    def said(self) -> str:
        """The rule in words, without its clause."""
        return f"{self.rule.label}：{self.rule.figure or self.rule.reading}".rstrip("。")


def refund_figures(
    paid: ContributionPeriod, found: RefundFound, *, reason: str, is_used: bool = False
) -> list[NewFigure]:
    """Return what goes back to whom, to the fen.

    :param is_used: claims of the year were settled: people decide, whatever the documents allow
    """
    is_allowed = found.answer is RefundAnswer.ALLOWED and not is_used
    verdict = Verdict.CHANGED if is_allowed else Verdict.ASKS
    steps = [step.as_json() for step in found.steps]
    return [
        NewFigure(
            label=label,
            old=amount,
            new=left,
            verdict=verdict,
            subject_ref=f"contribution:{paid.pk}",
            clause=found.rule.clause,
            reading=found.rule.reading,
            trace=steps if number == 0 else (),
        )
        for number, (label, amount, left) in enumerate(_parts(paid, reason=reason))
    ]


def _parts(paid: ContributionPeriod, *, reason: str) -> Iterator[tuple[str, Decimal | None, Decimal]]:
    """Yield label, what stands and what would be left, the person's own part first."""
    year = paid.coverage_year
    if reason in PARTIAL:
        yield f"{year} 年度个人实缴", paid.paid, paid.payable
        yield "应退本人", None, paid.paid - paid.payable
        return
    yield f"{year} 年度个人实缴", paid.paid, ZERO
    yield "应退本人", None, paid.paid
    for kind, label in TAKEN_OVER.items():
        if waiting := _sum_of(own_excess(paid).filter(kind=kind)):
            yield label, waiting, ZERO
    for stored in paid.grant.payers if paid.grant is not None else ():
        payers = "、".join(map(said, stored["payers"]))
        yield f"资助冲回：{payers}（{said(stored['component'])}）", Decimal(stored["amount"]), ZERO
    for giver, amount in support_shares(paid):
        yield f"应退资金扶持方：{giver}", amount, ZERO
    shares = SubsidyShare.objects.filter(contribution=paid).order_by("component", "level", "pk")
    for share in shares:
        yield f"财政补助冲回：{said(share.level)}（{said(share.component)}）", share.amount, ZERO


def refund_balances(
    paid: ContributionPeriod, found: RefundFound, *, reason: str, case: Case
) -> Iterator[Balance]:
    """Yield what is to go back: of each payment to the person, and to each third party.

    :raises RefundRefused: if payments and what is on the year differ, or nothing is left to give back
    """
    same: dict[str, Any] = {
        "contribution": paid,
        "resident_id": paid.resident_id,
        "coverage_year": paid.coverage_year,
        "kind": BalanceKind.REFUND,
        "reason": case.title,
        "case": case,
        "opened_at": timezone.now(),
        "trace": [step.as_json() for step in found.steps],
    }
    if reason in PARTIAL:
        yield Balance(amount=_not_open_yet(paid), **same)
        return
    originals = _originals(paid)
    if moved_apart(paid) or sum((left for _, left in originals), ZERO) != paid.paid:
        raise RefundRefused("有款项另行退付或收款，与税务流水不符，请先核对")
    for original, left in originals:
        yield Balance(amount=left, is_premium=True, original=original, **same)
    for giver, amount in support_shares(paid):
        yield Balance(amount=amount, is_premium=True, party=giver, **same)


def _not_open_yet(paid: ContributionPeriod) -> Decimal:
    """Return what was paid too much, stands as nobody's balance yet and did not go back by a document."""
    own = Balance.objects.filter(contribution=paid, party="", kind=BalanceKind.REFUND)
    told = own.filter(Q(state=BalanceState.OPEN) | Q(state=BalanceState.SQUARED, payment=None))
    left = paid.paid - paid.payable - _sum_of(told)
    if left <= 0:
        raise RefundRefused("多缴部分已列入“应退应补”，或已另行退付")
    return left


def _sum_of(balances: QuerySet[Balance]) -> Decimal:
    return balances.aggregate(total=Sum("amount"))["total"] or ZERO


def _originals(paid: ContributionPeriod) -> Sequence[tuple[Payment, Decimal]]:
    """Return the payments of the year with what was not taken back of each."""
    rows = Payment.objects.filter(contribution=paid, kind=PaymentKind.PAYMENT, state=PaymentState.BOOKED)
    found = list(rows.order_by("paid_on", "pk"))
    taken = dict(
        Payment.objects.filter(reverses__in=found, state=PaymentState.BOOKED)
        .order_by()
        .values_list("reverses")
        .annotate(taken=Sum("amount"))
    )
    pairs = [(each, each.amount + taken.get(each.pk, ZERO)) for each in found]
    return [(each, left) for each, left in pairs if left > 0]
