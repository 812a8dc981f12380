"""The two caps together against residents' income: a hint for the bureau, never a change of the cap."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from policy.schema.benefits import CriticalIllness
from policy.trace import Step, Traced

MULTIPLE_PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class CapIncome:
    """How many years of income the caps make.

    :param multiple: to two places, halves up
    :param inside: the exact multiple is about what the documents ask
    """

    multiple: Decimal
    inside: bool


def cap_income(section: CriticalIllness, *, basic_cap: Decimal, income: Decimal) -> Traced[CapIncome]:
    """Return how the basic and critical illness caps compare with the multiple of income the documents ask.

    :param basic_cap: yuan per year
    :param income: disposable income per head of the year before, yuan
    :raises ValueError: if the income is not positive
    :raises RuleNotPublished: if the documents give no multiple, no tolerance around it, or no cap
    """
    if income <= 0:
        raise ValueError(f"income must be positive: {income}")
    target = section.published(section.cap_income_multiple, "cap_income_multiple")
    tolerance = section.published(section.cap_income_tolerance, "cap_income_tolerance")
    cap = section.published(section.cap, "cap")
    both = basic_cap + cap.value
    inside = abs(both - target.value * income) <= tolerance.value * income
    multiple = (both / income).quantize(MULTIPLE_PLACES, ROUND_HALF_UP)
    steps = (
        Step("基本医保年度最高支付限额", basic_cap),
        Step.citing("大病保险年度最高支付限额", cap),
        Step("上年居民人均可支配收入", income),
        Step("两项限额合计为收入的倍数", multiple),
        Step.citing("文件要求的倍数", target),
        Step.citing("上下容许", tolerance),
        Step("是否相当", "是" if inside else "否，请研究调整（仅提示）"),
    )
    return Traced(CapIncome(multiple, inside), steps)
