"""How much a tier of premium assistance gives, component by component."""

from collections.abc import Mapping
from decimal import Decimal

from policy.money import ZERO, yuan
from policy.schema.assistance import AidRule, FixedAid, FullAid, PaysAid, ShareAid


def aid_amounts(aid: AidRule, premium: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return yuan of aid by component, never more than the component's premium.

    :param premium: component → personal premium, yuan; a fixed sum to pay falls on the components in this order
    """
    match aid:
        case FullAid():
            return {name: yuan(amount) for name, amount in premium.items()}
        case FixedAid(amounts=amounts):
            return {name: yuan(min(amounts.get(name, ZERO), amount)) for name, amount in premium.items()}
        case ShareAid(shares=shares):
            return {name: yuan(shares.get(name, ZERO) * amount) for name, amount in premium.items()}
        case PaysAid(amount=left):
            aids = {}
            for name, amount in premium.items():
                pays = min(left, amount)
                aids[name] = yuan(amount - pays)
                left -= pays
            return aids


def above_premium(aid: AidRule, premium: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the fixed sums above the component's premium, of which the premium alone is given."""
    if not isinstance(aid, FixedAid):
        return {}
    return {name: aid.amounts[name] for name in premium if aid.amounts.get(name, ZERO) > premium[name]}
