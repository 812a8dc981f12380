"""Medical assistance (医疗救助) on what the layers before leave, accumulated over the year; and its second layer."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.amounts import check_amounts
from benefits.rules.bands import cap_steps, within_cap
from benefits.rules.yearly_terms import Account, Payout, account_payout, why_not_counted
from policy.conditions import Person
from policy.money import ZERO
from policy.schema.benefits import AssistanceClass, MedicalAssistance
from policy.trace import Step, Traced

__all__ = ["AssistedVisit", "Payout", "eligible_for_medical_assistance", "medical_assistance_payout"]


@dataclass(frozen=True, slots=True)
class AssistedVisit:
    """What a class may ask about the visit.

    :param paid_of_kind: what assistance paid this year for visits of the kind
    :param critical_deductible: the person's critical illness deductible, asked only where a band ends at it
    """

    kind: str = "inpatient"
    paid_of_kind: Decimal = ZERO
    critical_deductible: Callable[[], Decimal] | None = None


def eligible_for_medical_assistance(
    section: MedicalAssistance,
    *,
    eligible_expense: Decimal,
    paid: Decimal,
    class_b_copay: Decimal,
    paid_by: str = "基本医保和大病保险",
) -> Traced[Decimal]:
    """Return the expense assistance looks at: the person's share inside the policy after the layers before.

    :param eligible_expense: in-policy expense without the class-B first self-pay (乙类先行自付)
    :param paid: by the layers before together
    :param paid_by: what the layers before are called
    :param class_b_copay: counts only where the policy says so
    :returns: yuan, >= 0
    :raises RuleNotPublished: if there is such a self-pay and the documents do not say whether it counts
    """
    check_amounts(eligible_expense=eligible_expense, paid=paid, class_b_copay=class_b_copay)
    own = eligible_expense - paid
    steps = [Step("政策范围内费用", eligible_expense), Step(f"{paid_by}已支付", paid)]
    if class_b_copay:
        counted = section.published(section.class_b_copay_in_base, "class_b_copay_in_base")
        own += class_b_copay if counted.value else ZERO
        steps.append(Step.citing(f"乙类先行自付{class_b_copay}元计入医疗救助", counted))
    own = max(ZERO, own)
    return Traced(own, (*steps, Step("可计入医疗救助的个人自付", own)))


def medical_assistance_payout(
    section: MedicalAssistance,
    *,
    person: Person,
    eligible_before: Decimal,
    eligible: Decimal,
    paid_before: Decimal,
    visit: AssistedVisit = AssistedVisit(),
) -> Traced[Payout]:
    """Return what medical assistance pays for one claim.

    The first class in the order of the file that fits `person` on `person.day` pays, by the same accumulation as
    critical illness insurance. A class without a cap has none; some kinds of visit may have a cap within it.

    :param eligible_before: what counted earlier this year, yuan; :param eligible: this claim's
    :returns: 0 <= amount <= eligible; nothing, with a step saying so, for people in no class
    :raises RuleNotPublished: if the documents name no class at all
    """
    check_amounts(eligible_before=eligible_before, eligible=eligible, paid_before=paid_before)
    if not section.group:
        raise section.silent("group")
    for name, group in section.group.items():
        if group.when.value.holds(person):
            account = Account(eligible_before, paid_before)
            return _paid(name, group, account=account, eligible=eligible, visit=visit)
    return Traced(Payout(ZERO, None, base=eligible), (Step("不属于任何医疗救助对象类别，不予救助", ZERO),))


def _paid(
    name: str, group: AssistanceClass, *, account: Account, eligible: Decimal, visit: AssistedVisit
) -> Traced[Payout]:
    first = Step.citing(f"救助对象类别：{group.label}", group.when)
    if unfit := why_not_counted(kind=visit.kind, kinds=group.kinds, referral="", referrals=None):
        return Traced(Payout(ZERO, name), (first, *unfit))
    traced = account_payout(
        name, group, account=account, eligible=eligible, threshold=_threshold(group, visit)
    )
    found, steps = traced.value, (first, *traced.steps)
    amount = found.amount
    if (sub_cap := group.sub_cap.get(visit.kind)) is not None:
        amount = within_cap(found.amount, cap=sub_cap.value, paid_before=visit.paid_of_kind)
        steps += (
            Step.citing("其中本类就医的年度限额", sub_cap),
            *cap_steps(found.amount, cap=sub_cap.value, paid_before=visit.paid_of_kind),
        )
    paid = Payout(amount, name, found.raw, found.cap, eligible)
    return Traced(paid, (*steps, Step("医疗救助支付", amount)))


def _threshold(group: AssistanceClass, visit: AssistedVisit) -> Decimal | None:
    """Return the critical illness deductible where a band of the class ends at it."""
    if not group.bands.value.needs_threshold or visit.critical_deductible is None:
        return None
    return visit.critical_deductible()
