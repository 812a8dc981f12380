"""Who pays the aid of a tier (资助资金来源), component by component."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from policy.cited import Cited
from policy.money import shared_out
from policy.schema.assistance import Tier
from policy.trace import Step, Traced
from policy.words import said


@dataclass(frozen=True, slots=True)
class PayerShare:
    """Who pays a part of the aid.

    :param payers: more than one = the documents name them together and do not say how they divide it
    :param amount: yuan
    """

    component: str
    payers: tuple[str, ...]
    amount: Decimal


def payer_shares(tier: Tier, aid: Mapping[str, Decimal]) -> Traced[tuple[PayerShare, ...]]:
    """Return who pays each component's aid; payers without published shares stay together in one row."""
    rows: list[PayerShare] = []
    for component, amount in aid.items():
        if not amount:
            continue
        payers = tier.payers.value.get(component)
        if not payers:
            raise tier.silent(f"payers.{component}")
        shares = (tier.payer_shares.value if tier.payer_shares else {}).get(component)
        if shares is None:
            rows.append(PayerShare(component, payers, amount))
        else:
            rows += [
                PayerShare(component, (payer,), part) for payer, part in shared_out(amount, shares).items()
            ]
    leaf: Cited[Any] = tier.payer_shares or tier.payers
    return Traced(
        tuple(rows),
        tuple(Step.citing(f"由{'、'.join(map(said, row.payers))}负担", leaf, row.amount) for row in rows),
    )
