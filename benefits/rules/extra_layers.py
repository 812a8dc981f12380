"""Layers some regions have beside the three: a supplement (大病补充保险), and a second layer of assistance (倾斜救助).

Both pay on what the layers before them leave, by the first group that fits, over a yearly account of their own.
"""

from collections.abc import Mapping
from decimal import Decimal

from benefits.rules.amounts import check_amounts
from benefits.rules.yearly_terms import Account, Payout, account_payout, why_not_counted
from policy.conditions import Person
from policy.money import ZERO
from policy.schema.benefits import ExtraTerms
from policy.trace import Step, Traced


def extra_payout(
    groups: Mapping[str, ExtraTerms],
    *,
    person: Person,
    kind: str,
    referral: str,
    account: Account,
    eligible: Decimal,
) -> Traced[Payout]:
    """Return what a further layer pays for one claim.

    :param referral: how the patient was referred; empty = not at all
    :param eligible: the person's share inside the policy after the layers before, yuan
    :returns: 0 <= amount <= eligible; nothing paid or counted for people in no group and visits that do not count
    """
    check_amounts(eligible=eligible)
    for name, terms in groups.items():
        if not terms.when.value.holds(person):
            continue
        first = Step.citing(f"适用对象：{terms.label}", terms.when)
        if unfit := why_not_counted(
            kind=kind, kinds=terms.kinds, referral=referral, referrals=terms.referrals
        ):
            return Traced(Payout(ZERO, name), (first, *unfit))
        traced = account_payout(name, terms, account=account, eligible=eligible)
        return Traced(traced.value, (first, *traced.steps, Step("本层支付", traced.value.amount)))
    return Traced(Payout(ZERO, None), (Step("不属于本层的支付对象", ZERO),))
