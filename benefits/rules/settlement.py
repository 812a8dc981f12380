"""One claim through the layers (基本医保、大病保险、补充保险、医疗救助、倾斜救助), in the policy's order.

Each layer looks at what those before it left. A layer on which the documents are silent is recorded as not
published, pays nothing, and the next one goes on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from benefits.rules.assisted_layers import assistance_layer, second_layer
from benefits.rules.claim_facts import ClaimAmountsInvalid, ClaimFacts, check_claim
from benefits.rules.incentives import CapResult, is_increase_used
from benefits.rules.insured_layers import basic_layer, critical_illness_layer, supplement_layer
from benefits.rules.layers import Layer, layer
from benefits.rules.settling import Before, Settling
from benefits.rules.year_totals import YearTotals, totals_after
from policy.conditions import Person
from policy.layer_order import layers_in_order
from policy.money import ZERO
from policy.policy import Policy

__all__ = ["ClaimAmountsInvalid", "ClaimFacts", "Layer", "Settlement", "YearTotals", "settle"]

WORK: Mapping[str, Callable[[Settling, Before], Layer]] = {
    "basic": basic_layer,
    "critical_illness": critical_illness_layer,
    "supplement": supplement_layer,
    "medical_assistance": assistance_layer,
    "second_layer": second_layer,
}


@dataclass(frozen=True, slots=True)
class Settlement:
    """A claim settled.

    :param layers: by name, in the order they paid
    :param increase_used: this payout reached into the incentives' increase of the cap
    """

    layers: Mapping[str, Layer]
    totals_after: YearTotals
    increase_used: bool

    @property
    def basic(self) -> Layer:
        """Basic insurance."""
        return self.layers["basic"]

    @property
    def critical_illness(self) -> Layer:
        """Critical illness insurance, or the separate account of it."""
        return self.layers["critical_illness"]

    @property
    def assistance(self) -> Layer:
        """The first layer of medical assistance."""
        return self.layers["medical_assistance"]

    @property
    def paid(self) -> Decimal:
        """All layers together."""
        return sum((each.paid for each in self.layers.values()), ZERO)

    def paid_by(self, *names: str) -> Decimal:
        """Return what some of the layers pay together; a layer the policy does not have pays nothing."""
        return sum((self.layers[name].paid for name in names if name in self.layers), ZERO)


def settle(
    policy: Policy,
    claim: ClaimFacts,
    totals: YearTotals,
    person: Person,
    cap: CapResult | None = None,
    helped: Person | None = None,
) -> Settlement:
    """Return what each layer pays for `claim`, and the year's totals after it.

    :param totals: of the claim's year before this claim, in the order claims are settled
    :param person: with the identities held on the settlement day
    :param cap: the year's cap with incentives; None = the policy's own
    :param helped: the person as medical assistance sees them, where a later decision made that another; None = alike
    :raises ClaimAmountsInvalid: if the amounts are impossible
    """
    check_claim(claim)
    case = Settling(policy, claim, totals, person, helped or person, cap)
    layers: dict[str, Layer] = {}
    for name in layers_in_order(policy.data):
        layers[name] = layer(name, partial(WORK[name], case, layers))
    return Settlement(
        layers,
        totals_after(policy, claim, totals, layers),
        increase_used=not claim.track and _is_increase_used(layers["critical_illness"], totals, cap),
    )


def _is_increase_used(critical: Layer, totals: YearTotals, cap: CapResult | None) -> bool:
    """Return whether this payout reaches into the increase; people without a cap never use one."""
    if cap is None or critical.cap is None or not critical.paid:
        return False
    return is_increase_used(cap, paid=totals.critical_account().paid + critical.paid)
