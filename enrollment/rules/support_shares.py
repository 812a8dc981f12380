"""Whose support a year uses: offers are used in the order they were given, and go back in the opposite order.

甲村 30, 乙镇 50, of which 40 are used:    甲村 30, 乙镇 10
of these, 15 go back:                      乙镇 10, 甲村 5
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from policy.money import ZERO

Share = tuple[str, Decimal]  # giver, yuan

UNKNOWN_GIVER = "未登记的资金扶持方"  # of years taken over with support but without who gave it


def shares_used(offers: Sequence[Share], *, used: Decimal, returned: Mapping[str, Decimal]) -> list[Share]:
    """Return what is still used of each offer, in their order; what no offer covers is an unknown giver's.

    :param offers: as given, the first first
    :param used: yuan used now
    :param returned: giver → yuan given back of what was used at first
    """
    left, taken = used + sum(returned.values(), ZERO), list[Share]()
    for giver, offered in offers:
        part = min(left, offered)
        taken.append((giver, part))
        left -= part
    taken.append((UNKNOWN_GIVER, left))
    back = dict(returned)
    kept: list[Share] = []
    for giver, yuan in reversed(taken):
        part = min(back.get(giver, ZERO), yuan)
        back[giver] = back.get(giver, ZERO) - part
        kept.append((giver, yuan - part))
    return [(giver, yuan) for giver, yuan in reversed(kept) if yuan > 0]


def shares_returned(shares: Sequence[Share], amount: Decimal) -> list[Share]:
    """Return to whom `amount` goes back, one sum for each giver: who gave last first."""
    left = amount
    given: dict[str, Decimal] = {}
    for giver, yuan in reversed(shares):
        part = min(left, yuan)
        if part > 0:
            given[giver] = given.get(giver, ZERO) + part
            left -= part
    return list(given.items())
