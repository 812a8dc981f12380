"""What a change of identities that became known late means for a premium already paid (已缴费后得知的身份变动).

what differs                              who it concerns                       answer (黑龙江 2025 四)
on the pay day                            it never was, or was not known        a person decides: this is no 变动
what a case aided later                   it never was, or not on that day       a person decides: this is no 变动
only after the pay day, an identity more  became a target after paying          次年起, or a person decides
only after the pay day, an identity less  left after paying                     已缴不退、已享受不调整
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from enrollment.rules.aid import aid_with_premium
from enrollment.rules.late_identities import Answer, PaidYear, late_identity, silence
from hardship.rules.premium_assistance import Grant
from hardship.rules.timing import Effect, change_effect
from policy.conditions import Identity, Person
from policy.dates import Date
from policy.errors import RuleNotPublished
from policy.money import ZERO
from policy.policy import Policy
from policy.trace import Step, Traced


@dataclass(frozen=True, slots=True)
class Turned:
    """How one category turned out.

    :param gained: the identity that is held; None = one less
    :param day: the first day that differs
    :param is_error: it was on record and never was so
    """

    category: str
    gained: Identity | None
    day: Date
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Regrant:
    """The aid of a paid year by the identities as they turn out to be.

    :param grant: None = nothing would be given
    """

    answer: Answer
    grant: Grant | None
    rule: Step

    @property
    def total(self) -> Decimal:
        """Yuan that would be given."""
        return self.grant.total if self.grant else ZERO


def regrant_for(
    policy: Policy, *, paid: PaidYear, truth: Person, turned: Sequence[Turned]
) -> Traced[Regrant]:
    """Return what the change means for the aid of a paid year.

    :param paid: with the identities the payment was booked by, and those a case aided it for later
    :param truth: the person on the pay day as it turns out, with those of them that were
    :param turned: what differs, on the pay day or only after it
    :raises RuleNotPublished: if the documents name no tiers for somebody who holds an identity
    """
    pay_day = paid.person.day
    if truth.identities != paid.person.identities:
        aid = aid_with_premium(policy, person=truth, county=paid.county)
        first = min(turned, key=lambda each: each.day)
        rule = _cited(policy, _on_pay_day(policy, pay_day, first))
        return Traced(Regrant(Answer.CASE, aid.value.grant, rule), aid.steps)
    gained = next((each.gained for each in turned if each.gained is not None), None)
    if gained is not None:
        late = late_identity(policy, paid=paid, late=gained)
        return Traced(Regrant(late.value.answer, late.value.grant, late.value.rule), late.steps)
    lost = {each.category for each in turned}
    without = replace(truth, identities=tuple(each for each in truth.identities if each.category not in lost))
    aid = aid_with_premium(policy, person=without, county=paid.county)
    rule, answer = _after_pay_day(policy, pay_day, min(each.day for each in turned))
    return Traced(Regrant(answer, aid.value.grant, rule), aid.steps)


def _on_pay_day(policy: Policy, pay_day: Date, first: Turned) -> Step:
    effect = change_effect(
        policy.assistance,
        coverage_year=policy.year,
        paid_on=pay_day,
        changed_on=min(first.day, pay_day),
        is_correction=first.is_error,
    )
    return effect.steps[-1]


def _after_pay_day(policy: Policy, pay_day: Date, changed_on: Date) -> tuple[Step, Answer]:
    try:
        effect = change_effect(
            policy.assistance, coverage_year=policy.year, paid_on=pay_day, changed_on=changed_on
        )
    except RuleNotPublished as silent:
        return silence(policy, silent), Answer.CASE
    return effect.steps[-1], Answer.FROZEN if effect.value is Effect.FROZEN else Answer.CASE


def _cited(policy: Policy, step: Step) -> Step:
    """Return the step with the clause about changes after payment, which it says does not hold here."""
    frozen = policy.assistance.frozen_at_payment
    return step if step.clause or frozen is None else Step.citing(step.label, frozen)
