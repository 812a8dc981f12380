"""Whether a paid premium goes back (退费), by reason and day.

paid for 2025, benefits from 2025-01-01     documents                          answer
joins employee insurance, asks 2024-12-31   “待遇享受期未开始前…可依申请退费”      allowed
joins employee insurance, asks 2025-01-01   “待遇享受期开始后…不再退回”           forbidden
an identity ends, any day                   “已缴纳的个人缴费部分不退回”           forbidden
dies before benefits begin                  silent                             a person decides, told what is missing
"""

from enum import StrEnum

from policy.dates import Date
from policy.policy import Policy
from policy.schema.refunds import Refundable
from policy.trace import Step, Traced

DEATH, OVERPAID = "death", "overpaid"
REASONS = {
    DEATH: "参保人死亡",
    "employee_cover": "参加职工医保或其他统筹地区居民医保",
    "duplicate": "重复缴费",
    "identity_change": "退出或困难身份变动",
    OVERPAID: "多缴",
    "aid_granted": "缴费后给予资助",
}


class RefundAnswer(StrEnum):
    """What the documents say of a refund."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    CASE = "case"


def refund_answer(policy: Policy, *, reason: str, day: Date, start: Date | None) -> Traced[RefundAnswer]:
    """Return whether a premium goes back for a reason; the last step is the rule that says so.

    :param reason: one of `REASONS`
    :param day: the day that counts: of the application, of a death the day of death
    :param start: first benefit day; None = benefits never began: there is none this year, or not all was paid
    :raises RuleNotPublished: if the documents do not say

    Source: 医保发〔2020〕33号; 黑医保发〔2024〕45号 四.
    """
    if reason not in REASONS:
        raise ValueError(f"no reason of refunds: {reason}")
    rules = policy.refunds
    leaf = rules.published(getattr(rules, reason), reason)
    facts = (
        Step("死亡日期" if reason == DEATH else "申请退费日", day),
        Step("待遇开始日", start if start is not None else "待遇没有开始"),
    )
    has_begun = start is not None and day >= start
    answer = {
        Refundable.BEFORE_START: RefundAnswer.FORBIDDEN if has_begun else RefundAnswer.ALLOWED,
        Refundable.ANY_DAY: RefundAnswer.ALLOWED,
        Refundable.NO_REFUND: RefundAnswer.FORBIDDEN,
        Refundable.CASE: RefundAnswer.CASE,
    }[leaf.value]
    said = {
        RefundAnswer.ALLOWED: "可以退费",
        RefundAnswer.FORBIDDEN: "不予退费",
        RefundAnswer.CASE: "逐案决定",
    }[answer]
    when = "（待遇已开始）" if has_begun and leaf.value is Refundable.BEFORE_START else ""
    return Traced(answer, (*facts, Step.citing(f"{REASONS[reason]}{when}", leaf, said)))
