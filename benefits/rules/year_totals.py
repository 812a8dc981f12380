"""One person's running totals of a year, and what a settled claim adds to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from benefits.rules.basic import counts_to_cap, kind_paid_as
from benefits.rules.claim_facts import ClaimFacts
from benefits.rules.layers import Layer
from policy.errors import RuleNotPublished
from policy.money import ZERO
from policy.policy import Policy


@dataclass(frozen=True, slots=True)
class YearTotals:
    """The year's running totals of one person, yuan.

    :param eligible_for_critical: expense critical illness insurance has looked at
    :param basic_paid_to_cap: basic payouts that count to the yearly cap
    :param basic_by_kind: basic payouts by kind of visit, prenatal ones under the kind whose limit they share
    :param assistance_base: expense medical assistance has looked at
    :param own_burden: in-policy expense less all payouts
    :param out_of_pocket: the whole bills less all payouts
    """

    eligible_for_critical: Decimal = ZERO
    basic_paid_to_cap: Decimal = ZERO
    basic_by_kind: Mapping[str, Decimal] = field(default_factory=dict)
    critical_paid: Decimal = ZERO
    assistance_base: Decimal = ZERO
    assistance_paid: Decimal = ZERO
    own_burden: Decimal = ZERO
    out_of_pocket: Decimal = ZERO
    total: Decimal = ZERO


def totals_after(
    policy: Policy, claim: ClaimFacts, totals: YearTotals, layers: tuple[Layer, Layer, Layer]
) -> YearTotals:
    """Return the totals with a claim added; a layer that is silent adds nothing of its own."""
    basic, critical, assistance = layers
    paid = basic.paid + critical.paid + assistance.paid
    kind, counts = _basic_account(policy, claim.kind)
    of_kind = totals.basic_by_kind.get(kind, ZERO) + basic.paid
    in_policy = claim.eligible + (claim.class_b_copay if _class_b_is_in_policy(policy) else ZERO)
    return replace(
        totals,
        eligible_for_critical=totals.eligible_for_critical + critical.base,
        basic_paid_to_cap=totals.basic_paid_to_cap + (basic.paid if counts else ZERO),
        basic_by_kind={**totals.basic_by_kind, kind: of_kind} if of_kind else totals.basic_by_kind,
        critical_paid=totals.critical_paid + critical.paid,
        assistance_base=totals.assistance_base + assistance.base,
        assistance_paid=totals.assistance_paid + assistance.paid,
        own_burden=totals.own_burden + in_policy - paid,
        out_of_pocket=totals.out_of_pocket + claim.total - paid,
        total=totals.total + claim.total,
    )


def _basic_account(policy: Policy, kind: str) -> tuple[str, bool]:
    """Return the kind a basic payout is booked under, and whether it uses the cap.

    Where the documents are silent and the hospital gave the amount, it is booked as billed and uses no cap.
    """
    try:
        return kind_paid_as(policy.basic, kind=kind), counts_to_cap(policy.basic, kind=kind)
    except RuleNotPublished:
        return kind, False


def _class_b_is_in_policy(policy: Policy) -> bool:
    """Return whether the class-B first self-pay counts as a person's own share, to any of the upper layers."""
    sections = (policy.data.critical_illness, policy.data.medical_assistance)
    leaves = [section.class_b_copay_in_base for section in sections if section is not None]
    return any(leaf is not None and leaf.value for leaf in leaves)
