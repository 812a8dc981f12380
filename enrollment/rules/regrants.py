"""What another grant means for a year already paid: its parts, and the money that moves (事后资助、资助更正).

paid 400 without aid, then granted 240:   assisted 240, payable 160, to the person 240
paid 160 with 240, the grant was wrong:   assisted   0, payable 400, from the person 240
paid  20 with 240 and 140 of a village,
then granted 400:                         assisted 400, payable   0, to the person 20, to the village 140
then granted 240, the 140 not gone yet:   assisted 240, payable  20, from the person 20, the village keeps to it
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from enrollment.rules.dues import Part, assisted_parts, split_parts
from hardship.rules.payers import PayerShare
from policy.money import ZERO


@dataclass(frozen=True, slots=True)
class Regranted:
    """The parts as they would be.

    :param to_person: yuan; negative = the person owes it
    :param to_third_parties: yuan of support that is not needed any more; negative = used again, not given back
    """

    parts: Mapping[str, Part]
    to_person: Decimal
    to_third_parties: Decimal

    @property
    def assisted(self) -> Decimal:
        """What assistance pays."""
        return sum((part.assisted for part in self.parts.values()), ZERO)

    @property
    def supported(self) -> Decimal:
        """What third parties pay."""
        return sum((part.supported for part in self.parts.values()), ZERO)

    @property
    def payable(self) -> Decimal:
        """What is left to the person."""
        return sum((part.payable for part in self.parts.values()), ZERO)


def regranted(parts: Mapping[str, Part], *, aid: Mapping[str, Decimal], waiting: Decimal = ZERO) -> Regranted:
    """Return a paid year with other aid; what is due stays, and support never exceeds what aid leaves.

    :param parts: component → as it was paid
    :param aid: component → yuan granted
    :param waiting: yuan of support about to go back, used again before the person pays
    """
    due = {name: part.due for name, part in parts.items()}
    assisted = assisted_parts(due, aid)
    left = sum(due.values(), ZERO) - sum(assisted.values(), ZERO)
    supported = sum((part.supported for part in parts.values()), ZERO)
    now = split_parts(due, assisted, supported=min(supported + waiting, left))
    payable = sum((part.payable for part in parts.values()), ZERO)
    still = sum((part.supported for part in now.values()), ZERO)
    return Regranted(now, payable - sum((part.payable for part in now.values()), ZERO), supported - still)


def divided(shares: Sequence[PayerShare], sums: Sequence[Decimal]) -> list[list[PayerShare]]:
    """Return for each sum that moves who bears it: in order, each filled to the fen, the last takes what is left.

    basic 240 more, 120 of it to the person and 120 to a village:   [basic 120], [basic 120]

    :param shares: who bears more (positive) or less; who bears less stands with the first sum
    :param sums: yuan, positive wherever there is more than one
    """
    left = sorted(shares, key=lambda each: each.amount > 0)
    parts: list[list[PayerShare]] = []
    for amount in sums[:-1]:
        part: list[PayerShare] = []
        wanted = amount
        while left and wanted > 0:
            taken = min(left[0].amount, wanted)
            part.append(replace(left[0], amount=taken))
            wanted -= taken
            left[0] = replace(left[0], amount=left[0].amount - taken)
            left = left if left[0].amount else left[1:]
        parts.append(part)
    return [*parts, left] if sums else []
