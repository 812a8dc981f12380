"""One claim through the three layers: basic insurance, critical illness insurance, medical assistance.

Each layer looks at what the one before left. A layer on which the documents are silent is recorded as not
published, pays nothing, and the next one goes on.
"""

from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.basic import basic_payout, kind_paid_as
from benefits.rules.claim_facts import ClaimAmountsInvalid, ClaimFacts, check_claim
from benefits.rules.critical_illness import critical_illness_payout, eligible_for_critical_illness
from benefits.rules.incentives import CapResult, is_increase_used
from benefits.rules.layers import Layer, layer
from benefits.rules.medical_assistance import eligible_for_medical_assistance, medical_assistance_payout
from benefits.rules.year_totals import YearTotals, totals_after
from policy.conditions import Person
from policy.money import ZERO
from policy.policy import Policy
from policy.trace import Step

__all__ = ["ClaimAmountsInvalid", "ClaimFacts", "Layer", "Settlement", "YearTotals", "settle"]


@dataclass(frozen=True, slots=True)
class Settlement:
    """A claim settled.

    :param increase_used: this payout reached into the incentives' increase of the cap
    """

    basic: Layer
    critical_illness: Layer
    assistance: Layer
    totals_after: YearTotals
    increase_used: bool

    @property
    def paid(self) -> Decimal:
        """All three layers together."""
        return self.basic.paid + self.critical_illness.paid + self.assistance.paid


def settle(
    policy: Policy,
    claim: ClaimFacts,
    totals: YearTotals,
    person: Person,
    cap: CapResult | None = None,
    helped: Person | None = None,
) -> Settlement:
    """Return what each layer pays for `claim`, and the year's totals after it.

    :param totals: of the claim's year before this claim, in the order claims are settled
    :param person: with the identities held on the settlement day
    :param cap: the year's cap with incentives; None = the policy's own
    :param helped: the person as medical assistance sees them, where a later decision made that another; None = alike
    :raises ClaimAmountsInvalid: if the amounts are impossible
    """
    check_claim(claim)
    basic = layer("basic", lambda: _basic(policy, claim, totals))
    critical = layer(
        "critical_illness", lambda: _critical_illness(policy, claim, totals, person, (basic, cap))
    )
    paid = basic.paid + critical.paid
    assistance = layer(
        "medical_assistance", lambda: _assistance(policy, claim, totals, helped or person, paid)
    )
    return Settlement(
        basic,
        critical,
        assistance,
        totals_after(policy, claim, totals, (basic, critical, assistance)),
        increase_used=_is_increase_used(critical, totals.critical_paid, cap),
    )


def _is_increase_used(critical: Layer, paid_before: Decimal, cap: CapResult | None) -> bool:
    """Return whether this payout reaches into the increase; people without a cap never use one."""
    if cap is None or critical.cap is None or not critical.paid:
        return False
    return is_increase_used(cap, paid=paid_before + critical.paid)


def _basic(policy: Policy, claim: ClaimFacts, totals: YearTotals) -> Layer:
    if claim.basic_paid is not None:
        step = Step("基本医保支付（医疗机构一站式结算）", claim.basic_paid)
        return Layer(claim.basic_paid, (step,), base=claim.eligible)
    payout = basic_payout(
        policy.basic,
        kind=claim.kind,
        grade=claim.grade,
        eligible=claim.eligible,
        paid_to_cap=totals.basic_paid_to_cap,
        paid_of_kind=totals.basic_by_kind.get(kind_paid_as(policy.basic, kind=claim.kind), ZERO),
    )
    return Layer(payout.value, payout.steps, base=claim.eligible)


def _critical_illness(
    policy: Policy,
    claim: ClaimFacts,
    totals: YearTotals,
    person: Person,
    before: tuple[Layer, CapResult | None],
) -> Layer:
    basic, cap = before
    base = eligible_for_critical_illness(
        policy.critical_illness,
        eligible_expense=claim.eligible,
        basic_paid=basic.paid,
        class_b_copay=claim.class_b_copay,
    )
    payout = critical_illness_payout(
        policy.critical_illness,
        person=person,
        eligible_before=totals.eligible_for_critical,
        eligible=base.value,
        paid_before=totals.critical_paid,
        cap=None if cap is None else cap.cap,
    )
    found = payout.value
    return Layer(found.amount, base.steps + payout.steps, base.value, detail=found.tilt or "", cap=found.cap)


def _assistance(
    policy: Policy, claim: ClaimFacts, totals: YearTotals, person: Person, paid: Decimal
) -> Layer:
    base = eligible_for_medical_assistance(
        policy.medical_assistance,
        eligible_expense=claim.eligible,
        paid=paid,
        class_b_copay=claim.class_b_copay,
    )
    payout = medical_assistance_payout(
        policy.medical_assistance,
        person=person,
        eligible_before=totals.assistance_base,
        eligible=base.value,
        paid_before=totals.assistance_paid,
    )
    found = payout.value
    return Layer(found.amount, base.steps + payout.steps, base.value, detail=found.group or "", cap=found.cap)
