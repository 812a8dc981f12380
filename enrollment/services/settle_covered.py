"""Close years whose part payment covers what is due since an identity lowered it; what is too much goes back."""

from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from enrollment.models import (
    Balance,
    ContributionPeriod,
    ContributionState,
    Payment,
    PaymentKind,
    PaymentState,
)
from enrollment.services.balances import refuse_under_refund, signed
from enrollment.services.booking.store import close_paid
from enrollment.services.contributions import put_quote, save_quoted
from enrollment.services.quote import Ask, Quote, QuoteFacts, load_facts
from enrollment.services.subsidies import SubsidyLedger
from policy.errors import DomainError
from registry.batch.history import write_with_history

Quoted = tuple[ContributionPeriod, Quote]


class PaidLater(DomainError):
    """Money came in after the day: nobody is quoted as if it had been there before."""

    code = "paid_later"


def quote_anew(
    asked: Sequence[tuple[ContributionPeriod, Ask]], *, verb: str, user: AbstractBaseUser | None
) -> None:
    """Quote open contributions as somebody asks, and store them; a day to come closes none of them.

    :raises RefundUnderWay: if it was decided that the money of one goes back, and it has not gone
    :raises PaidLater: if money of one came in after the day asked about
    :raises DomainError: no policy, or the documents are silent
    """
    refuse_under_refund([contribution for contribution, _ in asked])
    _refuse_before_payments(asked)
    facts = load_facts([ask for _, ask in asked])
    quoted = [(contribution, facts.quote(ask)) for contribution, ask in asked]
    for contribution, quote in quoted:
        put_quote(contribution, quote)
    today = timezone.localdate()
    if any(ask.paid_on > today for _, ask in asked):
        save_quoted(quoted, verb=verb, user=user)
    else:
        save_requoted(quoted, facts=facts, ledger=SubsidyLedger(), user=user, verb=verb)


def save_requoted(
    quoted: Sequence[Quoted],
    *,
    facts: QuoteFacts,
    ledger: SubsidyLedger,
    user: AbstractBaseUser | None,
    verb: str = "requote",
) -> None:
    """Store contributions quoted anew; one whose part payment covers its dues now is paid as of the quote's day.

    No payment would ever arrive for it. Who has died, or would have no benefit day, stays open.

    :param quoted: with their quotes on them, of a day not before their last payment
    :param verb: of the history's reason for what stays open
    """
    covered = [pair for pair in quoted if _is_covered(*pair, facts)]
    paid = [contribution for contribution, _ in covered]
    closing = {each.pk for each in paid}
    save_quoted([pair for pair in quoted if pair[0].pk not in closing], verb=verb, user=user)
    if not covered:
        return
    for contribution, quote in covered:
        contribution.state, contribution.paid_on = ContributionState.PAID, quote.paid_on
    close_paid(covered, paid=paid, facts=facts, ledger=ledger, user=user)
    too_much = [_balance(each) for each in paid if each.paid > each.payable]
    write_with_history(too_much, reason="requote", user=user)


def _refuse_before_payments(asked: Sequence[tuple[ContributionPeriod, Ask]]) -> None:
    days = {contribution.pk: ask.paid_on for contribution, ask in asked if contribution.paid}
    if not days:
        return
    rows = Payment.objects.filter(
        contribution__in=days, kind=PaymentKind.PAYMENT, state=PaymentState.BOOKED
    ).order_by("-paid_on")
    for contribution, paid_on in rows.values_list("contribution", "paid_on"):
        if paid_on > days[contribution]:
            raise PaidLater(f"{paid_on} 已有缴费入账，缴费日不能早于这一天。", field="day")


def _is_covered(contribution: ContributionPeriod, quote: Quote, facts: QuoteFacts) -> bool:
    died_on = facts.places[contribution.resident_id].died_on
    lives = died_on is None or died_on >= quote.paid_on
    is_enough = contribution.paid > 0 and contribution.paid >= contribution.payable
    return is_enough and lives and quote.dues.terms.start is not None


def _balance(contribution: ContributionPeriod) -> Balance:
    return Balance(
        contribution=contribution,
        resident_id=contribution.resident_id,
        coverage_year=contribution.coverage_year,
        reason=f"已缴 {contribution.paid} 元，重新核定后应缴 {contribution.payable} 元，多缴应退",
        opened_at=timezone.now(),
        **signed(contribution.paid - contribution.payable),
    )
