"""Why a settled claim came out otherwise, as staff read it, and as the hospital that filed the claim may."""

import re

RESETTLED = "后重新结算"
ANOTHER = f"同一参保人的另一结算冲正{RESETTLED}"
BY_ANOTHER = re.compile(rf"冲正 \S+ {RESETTLED}：.*", re.DOTALL)


def resettled_after(number: str, why: str) -> str:
    """Return the reason of claims that were settled anew because another was reversed."""
    return f"冲正 {number} {RESETTLED}：{why}"


def for_partners(reason: str) -> str:
    """Return a reason without what it says of another claim, which may be another hospital's."""
    return BY_ANOTHER.sub(ANOTHER, reason)
