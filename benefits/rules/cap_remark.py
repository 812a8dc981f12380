"""What a settlement's notice says of the year's cap of critical illness insurance."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from benefits.rules.claim_notice import Steps, money
from policy.money import ZERO

CAP_LABELS = ("年度最高支付限额（计入激励与断保后）", "年度最高支付限额")


def cap_remark(
    trace: Mapping[str, Steps], *, before: Mapping[str, Any], paid: Decimal, closed: Decimal | None = None
) -> str:
    """Return what is left of the year's critical illness cap after a claim; empty where its working names no cap.

    :param paid: by critical illness insurance for the claim, out of its own account
    :param closed: the year's cap as the year end left it; null = it has not closed the year before, or none is kept
    """
    caps = [
        Decimal(step["figure"])
        for step in trace.get("critical_illness", ())
        if step.get("label") in CAP_LABELS and step.get("figure")
    ]
    if not caps or not before:
        return ""
    separate = sum(
        (
            Decimal(amount)
            for name, amount in before.get("accounts", {}).items()
            if name.startswith("track.") and name.endswith(".paid")
        ),
        ZERO,
    )
    left = max(ZERO, caps[-1] - (Decimal(before.get("critical_illness_paid", 0)) - separate + paid))
    remark = f"大病保险本年度最高支付限额 {money(caps[-1])} 元，本次结算后还可支付 {money(left)} 元。"
    if closed is None or closed == caps[-1] or not _is_earned(trace.get("cap", ())):
        return remark
    return f"{remark}以上为结算时的限额；上年度年终核算后，本年度限额为 {money(closed)} 元。"


def _is_earned(cap: Steps) -> bool:
    """Return whether incentives count for the person's cap; who holds an excluded identity has the plain one."""
    return any(step.get("label") == "本年度最高支付限额" for step in cap)
