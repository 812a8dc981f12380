"""Basic insurance (基本医保): one visit's payout, held under the kind's own limit and the year's cap."""

from decimal import Decimal

from benefits.rules.amounts import check_amounts
from benefits.rules.bands import percent
from policy.money import ZERO, yuan
from policy.schema.benefits import Basic, InpatientTerms
from policy.trace import Step, Traced
from policy.words import said

ANY_GRADE = "any"
PRENATAL = "prenatal"
DELIVERY = "delivery"


def kind_paid_as(basic: Basic, *, kind: str) -> str:
    """Return the kind of visit whose terms and running limit hold for `kind`.

    Prenatal visits (产前检查) share those of `prenatal_as`, unless the policy has terms of their own for them.

    :raises RuleNotPublished: if the documents give prenatal visits neither
    """
    if kind != PRENATAL or kind in basic.terms:
        return kind
    return basic.published(basic.prenatal_as, "prenatal_as").value


def counts_to_cap(basic: Basic, *, kind: str) -> bool:
    """Return whether payouts of this kind enter the yearly cap's running total; only delivery (生育) may not.

    :raises RuleNotPublished: if the documents do not say whether delivery does
    """
    return kind != DELIVERY or basic.published(basic.delivery_counts_to_cap, "delivery_counts_to_cap").value


def basic_payout(
    basic: Basic, *, kind: str, grade: str, eligible: Decimal, paid_to_cap: Decimal, paid_of_kind: Decimal
) -> Traced[Decimal]:
    """Return what basic insurance pays for one visit.

    What lies above the visit's deductible is paid at the grade's rate, as far as the kind's yearly limit and the
    yearly cap leave room.

    :param grade: of the facility; where it has no terms, those for "any"
    :param eligible: in-policy expense of the visit, yuan
    :param paid_to_cap: what this year's payouts have used of the cap
    :param paid_of_kind: what this year's payouts of `kind_paid_as` have used of the kind's limit
    :returns: yuan, 0 <= amount <= eligible
    :raises RuleNotPublished: if there are no terms for the kind, or no cap for a kind that counts to it
    """
    check_amounts(eligible=eligible, paid_to_cap=paid_to_cap, paid_of_kind=paid_of_kind)
    steps = list(_kind_steps(basic, kind))
    terms = _terms(basic, kind=kind_paid_as(basic, kind=kind), grade=grade)
    amount = max(ZERO, eligible - terms.deductible.value) * terms.rate.value
    steps += [
        Step("政策范围内费用", eligible),
        Step.citing("起付标准", terms.deductible),
        Step.citing(f"起付标准以上部分支付{percent(terms.rate.value)}", terms.rate, amount),
    ]
    if terms.yearly_limit is not None:
        amount = min(amount, max(ZERO, terms.yearly_limit.value - paid_of_kind))
        steps.append(
            Step.citing(
                f"本类年度限额{terms.yearly_limit.value}元，此前已支付{paid_of_kind}元",
                terms.yearly_limit,
                amount,
            )
        )
    if counts_to_cap(basic, kind=kind):
        cap = basic.published(basic.cap, "cap")
        amount = min(amount, max(ZERO, cap.value - paid_to_cap))
        steps.append(Step.citing(f"年度最高支付限额{cap.value}元，此前已累计{paid_to_cap}元", cap, amount))
    return Traced(yuan(amount), (*steps, Step("基本医保支付", yuan(amount))))


def _terms(basic: Basic, *, kind: str, grade: str) -> InpatientTerms:
    grades = basic.terms.get(kind, {})
    return basic.published(grades.get(grade) or grades.get(ANY_GRADE), f"terms.{kind}.{grade}")


def _kind_steps(basic: Basic, kind: str) -> tuple[Step, ...]:
    """Return the steps that say whose terms hold and why the visit counts to the cap."""
    steps: list[Step] = []
    if kind == PRENATAL and kind not in basic.terms and basic.prenatal_as is not None:
        steps.append(Step.citing("产前检查执行的待遇", basic.prenatal_as, said(basic.prenatal_as.value)))
    if kind == DELIVERY and basic.delivery_counts_to_cap is not None:
        steps.append(Step.citing("生育医疗费用计入统筹基金年度累计", basic.delivery_counts_to_cap))
    return tuple(steps)
