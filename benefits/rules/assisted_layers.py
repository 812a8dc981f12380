"""What medical assistance pays for a claim: its first layer, and the second on what the first leaves."""

from decimal import Decimal

from benefits.rules.extra_layers import extra_payout
from benefits.rules.layers import Layer
from benefits.rules.medical_assistance import (
    AssistedVisit,
    eligible_for_medical_assistance,
    medical_assistance_payout,
)
from benefits.rules.settling import Before, Settling, paid_by_all
from benefits.rules.year_totals import ASSISTANCE, SECOND_LAYER
from policy.money import ZERO
from policy.trace import Traced

INSURED = frozenset({"basic", "critical_illness"})


def assistance_layer(case: Settling, before: Before) -> Layer:
    """Return what the first layer of medical assistance pays."""
    claim, totals = case.claim, case.totals
    base = _left(case, before)
    payout = medical_assistance_payout(
        case.policy.medical_assistance,
        person=case.helped,
        eligible_before=totals.assistance_base,
        eligible=base.value,
        paid_before=totals.assistance_account().paid,
        visit=AssistedVisit(
            claim.kind,
            totals.accounts.get(f"{ASSISTANCE}{claim.kind}", ZERO),
            case.critical_deductible,
        ),
    )
    found = payout.value
    return Layer(found.amount, base.steps + payout.steps, found.base, detail=found.group or "", cap=found.cap)


def second_layer(case: Settling, before: Before) -> Layer:
    """Return what the second layer of medical assistance pays."""
    base = _left(case, before)
    paid = extra_payout(
        case.policy.medical_assistance.second_layer,
        person=case.helped,
        kind=case.claim.kind,
        referral=case.claim.referral,
        account=case.totals.account(SECOND_LAYER),
        eligible=base.value,
    )
    found = paid.value
    return Layer(found.amount, base.steps + paid.steps, found.base, detail=found.group or "", cap=found.cap)


def _left(case: Settling, before: Before) -> Traced[Decimal]:
    """Return the person's share inside the policy that the layers before leave to assistance."""
    return eligible_for_medical_assistance(
        case.policy.medical_assistance,
        eligible_expense=case.claim.eligible,
        paid=paid_by_all(before),
        class_b_copay=case.claim.class_b_copay,
        paid_by="基本医保和大病保险" if set(before) <= INSURED else "前面各层",
    )
