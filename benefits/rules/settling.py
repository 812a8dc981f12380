"""A claim on its way through the layers: what each of them may ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.claim_facts import ClaimFacts
from benefits.rules.critical_illness_terms import critical_illness_terms
from benefits.rules.incentives import CapResult
from benefits.rules.layers import Layer
from benefits.rules.year_totals import YearTotals
from policy.conditions import Person
from policy.money import ZERO
from policy.policy import Policy

Before = Mapping[str, Layer]  # the layers before, by name


@dataclass(frozen=True, slots=True)
class Settling:
    """A claim being settled.

    :param person: as critical illness insurance sees them; :param helped: as medical assistance does
    """

    policy: Policy
    claim: ClaimFacts
    totals: YearTotals
    person: Person
    helped: Person
    cap: CapResult | None

    def critical_deductible(self) -> Decimal:
        """Return the person's own critical illness deductible.

        :raises RuleNotPublished: if the documents give none
        """
        terms = critical_illness_terms(self.policy.critical_illness, person=self.helped)
        return terms.value.deductible


def paid_by_all(layers: Before) -> Decimal:
    """Return what the layers pay together."""
    return sum((each.paid for each in layers.values()), ZERO)
