"""What the insured layers pay for a claim: basic insurance, critical illness insurance, a supplement."""

from decimal import Decimal

from benefits.rules.basic import Visit, account_of_kind, basic_payout
from benefits.rules.critical_illness import critical_illness_payout, eligible_for_critical_illness
from benefits.rules.extra_layers import extra_payout
from benefits.rules.layers import Layer
from benefits.rules.settling import Before, Settling, paid_by_all
from benefits.rules.year_totals import STAYS, SUPPLEMENT, TRACK
from benefits.rules.yearly_terms import account_payout, why_not_counted
from policy.money import ZERO
from policy.trace import Step, Traced


def basic_layer(case: Settling, _before: Before) -> Layer:
    """Return what basic insurance pays; what the hospital had it pay stands."""
    claim, totals = case.claim, case.totals
    if claim.basic_paid is not None:
        step = Step("基本医保支付（医疗机构一站式结算）", claim.basic_paid)
        return Layer(claim.basic_paid, (step,), base=claim.eligible)
    visit = Visit(
        claim.kind,
        claim.grade,
        claim.eligible,
        facility=claim.facility,
        referral=claim.referral,
        earlier_stays=int(totals.accounts.get(STAYS + claim.kind, ZERO)),
        person=case.person,
    )
    payout = basic_payout(
        case.policy.basic,
        visit,
        paid_to_cap=totals.basic_paid_to_cap,
        paid_of_kind=totals.basic_by_kind.get(account_of_kind(case.policy.basic, kind=claim.kind), ZERO),
    )
    return Layer(payout.value, payout.steps, base=claim.eligible)


def critical_illness_layer(case: Settling, before: Before) -> Layer:
    """Return what critical illness insurance pays, or the separate account of it that the claim names."""
    section, claim, totals = case.policy.critical_illness, case.claim, case.totals
    base = eligible_for_critical_illness(
        section,
        eligible_expense=claim.eligible,
        basic_paid=paid_by_all(before),
        class_b_copay=claim.class_b_copay,
    )
    if claim.track:
        return _track(case, base)
    if unfit := why_not_counted(kind=claim.kind, kinds=section.kinds, referral="", referrals=None):
        return Layer(ZERO, base.steps + unfit)
    account = totals.critical_account()
    payout = critical_illness_payout(
        section,
        person=case.person,
        eligible_before=account.expense,
        eligible=base.value,
        paid_before=account.paid,
        cap=None if case.cap is None else case.cap.cap,
    )
    found = payout.value
    return Layer(found.amount, base.steps + payout.steps, base.value, detail=found.tilt or "", cap=found.cap)


def _track(case: Settling, base: Traced[Decimal]) -> Layer:
    """Return what the separate account pays that the claim names.

    :raises RuleNotPublished: if the policy has no such account
    """
    name = case.claim.track
    section = case.policy.critical_illness
    terms = section.published(section.track.get(name), f"track.{name}")
    paid = account_payout(name, terms, account=case.totals.account(TRACK + name), eligible=base.value)
    steps = (
        *base.steps,
        Step(f"单独支付：{terms.label}"),
        *paid.steps,
        Step("大病保险支付", paid.value.amount),
    )
    return Layer(paid.value.amount, steps, base.value, cap=paid.value.cap)


def supplement_layer(case: Settling, before: Before) -> Layer:
    """Return what the supplement pays."""
    own = case.claim.eligible - paid_by_all(before)
    paid = extra_payout(
        case.policy.supplement.group,
        person=case.person,
        kind=case.claim.kind,
        referral=case.claim.referral,
        account=case.totals.account(SUPPLEMENT),
        eligible=max(ZERO, own),
    )
    return Layer(paid.value.amount, paid.steps, paid.value.base, detail=paid.value.group or "")
