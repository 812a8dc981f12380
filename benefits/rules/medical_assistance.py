"""Medical assistance (医疗救助) on what the first two layers leave, accumulated over the year."""

from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.amounts import check_amounts
from benefits.rules.bands import cap_steps, reckoned, stretches, within_cap
from policy.conditions import Person
from policy.money import ZERO
from policy.schema.benefits import AssistanceClass, MedicalAssistance
from policy.trace import Step, Traced


@dataclass(frozen=True, slots=True)
class Payout:
    """What one claim gets.

    :param group: name of the class whose terms held; None = the person is in none
    :param raw: yuan before the cap
    """

    amount: Decimal
    group: str | None
    raw: Decimal = ZERO
    cap: Decimal | None = None


def eligible_for_medical_assistance(
    section: MedicalAssistance, *, eligible_expense: Decimal, paid: Decimal, class_b_copay: Decimal
) -> Traced[Decimal]:
    """Return the expense assistance looks at: the person's share inside the policy after the first two layers.

    :param eligible_expense: in-policy expense without the class-B first self-pay (乙类先行自付)
    :param paid: by basic and critical illness insurance together
    :param class_b_copay: counts only where the policy says so
    :returns: yuan, >= 0
    :raises RuleNotPublished: if there is such a self-pay and the documents do not say whether it counts
    """
    check_amounts(eligible_expense=eligible_expense, paid=paid, class_b_copay=class_b_copay)
    own = eligible_expense - paid
    steps = [Step("政策范围内费用", eligible_expense), Step("基本医保和大病保险已支付", paid)]
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
) -> Traced[Payout]:
    """Return what medical assistance pays for one claim.

    The first class in the order of the file that fits `person` on `person.day` pays, by the same accumulation as
    critical illness insurance. A class without a cap has none.

    :param eligible_before: what counted earlier this year, yuan; :param eligible: this claim's
    :returns: 0 <= amount <= eligible; nothing, with a step saying so, for people in no class
    :raises RuleNotPublished: if the documents name no class at all
    """
    check_amounts(eligible_before=eligible_before, eligible=eligible, paid_before=paid_before)
    if not section.group:
        raise section.silent("group")
    for name, group in section.group.items():
        if group.when.value.holds(person):
            return _paid(name, group, before=eligible_before, eligible=eligible, paid_before=paid_before)
    return Traced(Payout(ZERO, None), (Step("不属于任何医疗救助对象类别，不予救助", ZERO),))


def _paid(
    name: str, group: AssistanceClass, *, before: Decimal, eligible: Decimal, paid_before: Decimal
) -> Traced[Payout]:
    deductible = group.deductible.value
    share = reckoned(stretches(group.bands.value, deductible=deductible), before=before, eligible=eligible)
    cap = None if group.cap is None else group.cap.value
    amount = within_cap(share.amount, cap=cap, paid_before=paid_before)
    limit = () if group.cap is None else (Step.citing("年度救助限额", group.cap),)
    steps = (
        Step.citing(f"救助对象类别：{group.label}", group.when),
        Step.citing("年度起付标准", group.deductible),
        *limit,
        Step("此前年度累计", before),
        Step("本次计入", eligible),
        *(Step.citing(stretch.label, group.bands, part) for stretch, part in share.touched()),
        Step("各段合计（全年累计计算，四舍五入到分）", share.amount),
        *cap_steps(share.amount, cap=cap, paid_before=paid_before),
        Step("医疗救助支付", amount),
    )
    return Traced(Payout(amount, name, share.amount, cap), steps)
