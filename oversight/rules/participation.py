"""Participation (参保率) of hardship groups against the target."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from policy.schema.oversight import Oversight
from policy.trace import Step, Traced

RATE_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Participation:
    """How many of those listed are insured.

    :param denominator: the listed less those who need not be insured
    :param insured: here or, for a reason that counts, elsewhere
    :param rate: share of one to four places, halves up; None where nobody has to be insured
    :param reached: the exact share is not below the target
    """

    denominator: int
    insured: int
    rate: Decimal | None
    reached: bool


def participation(
    section: Oversight, *, listed: int, reasons: Mapping[str, int], insured_here: int
) -> Traced[Participation]:
    """Return the participation rate of a list.

    :param listed: persons on the agencies' list
    :param reasons: reason -> persons not insured here; those the policy does not name leave a person uninsured
    :param insured_here: persons insured in this pooling area
    :raises ValueError: if a count is negative, or the counts are more than the list
    :raises RuleNotPublished: if the documents set no target
    """
    rule = section.published(section.participation, "participation")
    if min(listed, insured_here, *reasons.values()) < 0 or insured_here + sum(reasons.values()) > listed:
        raise ValueError(f"{insured_here} insured and {dict(reasons)} do not fit into a list of {listed}")
    not_counted = sum(reasons.get(reason, 0) for reason in rule.not_counted.value)
    elsewhere = sum(reasons.get(reason, 0) for reason in rule.counted_as_insured.value)
    denominator, insured = listed - not_counted, insured_here + elsewhere
    rate = (Decimal(insured) / denominator).quantize(RATE_PLACES, ROUND_HALF_UP) if denominator else None
    reached = insured >= rule.target.value * denominator
    steps = (
        Step("名单人数", listed),
        Step.citing("不计入应参保人数", rule.not_counted, not_counted),
        Step("应参保人数", denominator),
        Step("本地参保人数", insured_here),
        Step.citing("在外参保视同已参保", rule.counted_as_insured, elsewhere),
        Step("参保率", rate),
        Step.citing("目标", rule.target),
        Step("是否达到目标", "是" if reached else "否"),
    )
    return Traced(Participation(denominator, insured, rate, reached), steps)
