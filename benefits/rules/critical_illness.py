"""Critical illness insurance (大病保险): accumulated over the year, tilted for some, capped for most.

Holders of an identity have better terms from the day they hold it: settled claims are not worked anew, and a
deductible already met is not returned. With a deductible of 12,000, bands 65 / 70 / 75 %, cap 400,000:

    ordinary     112,000   above the deductible 100,000   13,000 + 21,000 + 37,500 = 71,500
    低保 (tilt)  112,000   deductible 6,000, 106,000      14,000 + 22,500 + 44,800 = 81,300
    ordinary     600,000   437,500 by the bands           400,000 under the cap
"""

from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.amounts import check_amounts
from benefits.rules.bands import cap_steps, reckoned, within_cap
from benefits.rules.critical_illness_terms import CriticalIllnessTerms, critical_illness_terms
from policy.conditions import Person
from policy.money import ZERO
from policy.schema.benefits import CriticalIllness
from policy.trace import Step, Traced

__all__ = [
    "CriticalIllnessTerms",
    "Payout",
    "critical_illness_payout",
    "critical_illness_terms",
    "eligible_for_critical_illness",
]


@dataclass(frozen=True, slots=True)
class Payout:
    """What one claim gets.

    :param deductible_used_total: how much of the year's deductible is met after this claim
    :param raw: yuan before the cap
    :param cap: yuan per year; None = no cap
    :param tilt: as in the terms
    """

    amount: Decimal
    deductible_used_total: Decimal
    raw: Decimal
    cap: Decimal | None
    tilt: str | None


def eligible_for_critical_illness(
    section: CriticalIllness, *, eligible_expense: Decimal, basic_paid: Decimal, class_b_copay: Decimal
) -> Traced[Decimal]:
    """Return the person's own share inside the policy after basic insurance.

    :param eligible_expense: in-policy expense without the class-B first self-pay (乙类先行自付)
    :param class_b_copay: that self-pay; counts only where the policy says so
    :returns: yuan, >= 0
    :raises RuleNotPublished: if there is such a self-pay and the documents do not say whether it counts
    """
    check_amounts(eligible_expense=eligible_expense, basic_paid=basic_paid, class_b_copay=class_b_copay)
    own = max(ZERO, eligible_expense - basic_paid)
    steps = [Step("政策范围内费用", eligible_expense), Step("基本医保已支付", basic_paid)]
    if class_b_copay:
        counted = section.published(section.class_b_copay_in_base, "class_b_copay_in_base")
        own += class_b_copay if counted.value else ZERO
        steps.append(Step.citing(f"乙类先行自付{class_b_copay}元计入大病保险", counted))
    return Traced(own, (*steps, Step("可计入大病保险的个人自付", own)))


def critical_illness_payout(
    section: CriticalIllness,
    *,
    person: Person,
    eligible_before: Decimal,
    eligible: Decimal,
    paid_before: Decimal,
    cap: Decimal | None = None,
) -> Traced[Payout]:
    """Return what critical illness insurance pays for one claim.

    The claim pays what the year's running expense pays with it, less what it paid without it, under the terms of
    the day; then what the cap leaves.

    :param eligible_before: running expense of the year before this claim, yuan
    :param eligible: this claim's, see `eligible_for_critical_illness`
    :param paid_before: critical illness payouts of the year so far
    :param cap: the year's cap with incentives; None = the policy's own
    :returns: 0 <= amount <= eligible
    :raises RuleNotPublished: see `critical_illness_terms`
    """
    check_amounts(eligible_before=eligible_before, eligible=eligible, paid_before=paid_before)
    terms = critical_illness_terms(section, person=person, cap=cap)
    deductible, limit = terms.value.deductible, terms.value.cap
    share = reckoned(terms.value.bands, before=eligible_before, eligible=eligible)
    amount = within_cap(share.amount, cap=limit, paid_before=paid_before)
    used = min(deductible, eligible_before + eligible)
    steps = (
        *terms.steps,
        Step("此前年度累计", eligible_before),
        Step("本次计入", eligible),
        Step("本次抵扣起付标准", used - min(deductible, eligible_before)),
        *share.steps(section.published(section.bands, "bands")),
        *cap_steps(share.amount, cap=limit, paid_before=paid_before),
        Step("大病保险支付", amount),
    )
    return Traced(Payout(amount, used, share.amount, limit, terms.value.tilt), steps)
