"""Close years whose part payment covers what is due since an identity lowered it; what is too much goes back."""

from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from enrollment.models import Balance, ContributionPeriod, ContributionState
from enrollment.services.balances import signed
from enrollment.services.booking.store import close_paid
from enrollment.services.contributions import save_quoted
from enrollment.services.quote import Quote, QuoteFacts
from enrollment.services.subsidies import SubsidyLedger
from registry.batch.history import write_with_history

Quoted = tuple[ContributionPeriod, Quote]


def save_requoted(
    quoted: Sequence[Quoted], *, facts: QuoteFacts, ledger: SubsidyLedger, user: AbstractBaseUser | None
) -> None:
    """Store contributions quoted anew; one whose part payment covers its dues now is paid as of the quote's day.

    No payment would ever arrive for it. Who has died, or would have no benefit day, stays open.

    :param quoted: with their quotes on them
    """
    covered = [pair for pair in quoted if _is_covered(*pair, facts)]
    paid = [contribution for contribution, _ in covered]
    closing = {each.pk for each in paid}
    save_quoted([pair for pair in quoted if pair[0].pk not in closing], verb="requote", user=user)
    if not covered:
        return
    for contribution, quote in covered:
        contribution.state, contribution.paid_on = ContributionState.PAID, quote.paid_on
    close_paid(covered, paid=paid, facts=facts, ledger=ledger, user=user)
    too_much = [_balance(each) for each in paid if each.paid > each.payable]
    write_with_history(too_much, reason="requote", user=user)


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
        reason=f"已缴 {contribution.paid} 元，身份变动后应缴 {contribution.payable} 元，多缴应退",
        opened_at=timezone.now(),
        **signed(contribution.paid - contribution.payable),
    )
