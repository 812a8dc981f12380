"""The share of in-policy expense the fund pays (政策范围内基金支付比例), against its band."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from policy.schema.oversight import Oversight
from policy.trace import Step, Traced

RATIO_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class InPolicyRatio:
    """The ratio of a period.

    :param ratio: share of one to four places, halves up; None where there was no expense
    :param inside: the exact ratio lies in the band, both ends included; true where there was no expense
    """

    ratio: Decimal | None
    inside: bool


def in_policy_ratio(section: Oversight, *, fund_paid: Decimal, in_policy: Decimal) -> Traced[InPolicyRatio]:
    """Return what share of in-policy inpatient expense the basic fund pays.

    :param fund_paid / in_policy: yuan of one period; critical illness payouts are not the basic fund's
    :raises ValueError: if an amount is negative or the fund paid more than the expense
    :raises RuleNotPublished: if the documents set no band
    """
    band = section.published(section.in_policy_ratio, "in_policy_ratio")
    if not 0 <= fund_paid <= in_policy:
        raise ValueError(f"the fund paid {fund_paid} of {in_policy}")
    low, high = band.low.value, band.high.value
    inside = not in_policy or low * in_policy <= fund_paid <= high * in_policy
    ratio = (fund_paid / in_policy).quantize(RATIO_PLACES, ROUND_HALF_UP) if in_policy else None
    steps = (
        Step("政策范围内住院费用", in_policy),
        Step("基本医保统筹基金支付", fund_paid),
        Step("支付比例", ratio),
        Step.citing("目标", band.target),
        Step.citing("下沿", band.low),
        Step.citing("上沿", band.high),
        Step("是否在区间内", "是" if inside else "否"),
    )
    return Traced(InPolicyRatio(ratio, inside), steps)
