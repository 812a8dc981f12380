"""Everything one contribution costs and who pays it: terms of the pay day, assistance, third-party support.

due = assisted + supported + payable, component by component. Assistance is measured on the personal premium alone: the
fiscal part that a late payer bears is never assisted (缴费、资助、扶持合并核定).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from enrollment.rules.aid import aid_with_premium
from enrollment.rules.offers import TermsWarning
from enrollment.rules.terms import Terms, contribution_terms
from hardship.rules.premium_assistance import Grant, top_up
from policy.conditions import Person
from policy.money import ZERO, yuan
from policy.policy import Policy
from policy.trace import Step, Traced

BUY_BACK = "buy_back"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a person beside the facts conditions ask.

    :param county: code of the county the person lives in, for tiers of its own
    :param missed_years: coverage years without basic insurance just before this one
    :param bought_back_months: months of waiting the person pays to remove
    :param paid_birth_year: the premium of the year of birth is paid as well
    :param offered: yuan third parties offer
    """

    county: str | None = None
    missed_years: int = 0
    bought_back_months: int = 0
    paid_birth_year: bool = False
    offered: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Part:
    """One component in yuan."""

    due: Decimal
    assisted: Decimal
    supported: Decimal

    @property
    def payable(self) -> Decimal:
        """What is left to the person."""
        return self.due - self.assisted - self.supported


@dataclass(frozen=True, slots=True)
class Dues:
    """Terms, aid and the parts they leave.

    :param grant: None = nothing is given
    :param steps_of_grant: the working of the grant alone, kept with it
    """

    terms: Terms
    grant: Grant | None
    parts: Mapping[str, Part]
    warnings: tuple[TermsWarning, ...]
    steps_of_grant: tuple[Step, ...] = ()

    @property
    def due(self) -> Decimal:
        """All that is due, yuan."""
        return sum((part.due for part in self.parts.values()), ZERO)

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


def dues(policy: Policy, *, person: Person, circumstances: Circumstances) -> Traced[Dues]:
    """Return what `person` owes for a payment that arrives on `person.day`, and what it gives.

    :raises RuleNotPublished: if the documents are silent on the day, or on aid for someone who holds an identity
    """
    terms = contribution_terms(
        policy.enrollment,
        policy.financing,
        person=person,
        paid_on=person.day,
        missed_years=circumstances.missed_years,
        bought_back_months=circumstances.bought_back_months,
        cross_year_paid_both=circumstances.paid_birth_year,
    )
    aid = aid_with_premium(policy, person=person, county=circumstances.county)
    given = aid.value.grant.aid if aid.value.grant else {}
    due = dict(terms.value.due)
    if terms.value.buy_back_due:
        due[BUY_BACK] = terms.value.buy_back_due
    assisted = assisted_parts(due, given)
    left = sum(due.values(), ZERO) - sum(assisted.values(), ZERO)
    support = _support(policy, residual=left, offered=circumstances.offered)
    parts = split_parts(due, assisted, supported=support.value)
    steps = (*terms.steps, *aid.steps, *support.steps, Step("个人应缴", left - support.value))
    warnings = (*terms.value.warnings, *aid.value.warnings)
    return Traced(Dues(terms.value, aid.value.grant, parts, warnings, aid.steps), steps)


def _support(policy: Policy, *, residual: Decimal, offered: Decimal) -> Traced[Decimal]:
    if not offered:
        return Traced(yuan(ZERO))
    return top_up(policy.assistance, residual=residual, offered=offered)


def assisted_parts(due: Mapping[str, Decimal], given: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return how much of each component's due assistance pays: what was granted, never more than is due."""
    return {name: min(given.get(name, ZERO), amount) for name, amount in due.items()}


def split_parts(
    due: Mapping[str, Decimal], assisted: Mapping[str, Decimal], *, supported: Decimal
) -> dict[str, Part]:
    """Return the components; support falls on them in their order."""
    parts, left = {}, supported
    for name, amount in due.items():
        taken = min(left, amount - assisted[name])
        parts[name] = Part(yuan(amount), yuan(assisted[name]), yuan(taken))
        left -= taken
    return parts
