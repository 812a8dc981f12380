"""Whether the printed amounts of a subsidy split agree with the subsidy and with their printed ratio."""

from decimal import Decimal

from policy.money import ZERO, shared_out
from policy.schema.financing import Split, SplitKind


def fault_in(split: Split, subsidy: Decimal) -> str:
    """Return what is wrong with the split of `subsidy` yuan per person, or nothing.

    Parts of a ratio cannot be wrong by themselves; printed amounts must add up, to the fen.
    """
    if split.kind.value is not SplitKind.AMOUNTS:
        return ""
    amounts = split.shares.value
    whole = sum(amounts.values(), ZERO) + (split.open_parts.value if split.open_parts else ZERO)
    if whole != subsidy:
        return f"“{split.label}”各级分担合计 {whole} 元，与人均补助 {subsidy} 元不符"
    if split.local_ratio is not None:
        local = {level: amounts.get(level, ZERO) for level in split.local_ratio.value}
        if shared_out(sum(local.values(), ZERO), split.local_ratio.value) != local:
            return f"“{split.label}”地方各级分担金额与所载比例不符"
    return ""
