"""One person's running totals of a year, and what a settled claim adds to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from benefits.rules.basic import account_of_kind, counts_to_cap
from benefits.rules.claim_facts import ClaimFacts
from benefits.rules.layers import Layer
from benefits.rules.yearly_terms import Account
from policy.errors import RuleNotPublished
from policy.money import ZERO
from policy.policy import Policy

TRACK = "track."
STAYS = "stays."
SUPPLEMENT = "supplement"
SECOND_LAYER = "second_layer"
ASSISTANCE = "assistance."


@dataclass(frozen=True, slots=True)
class YearTotals:
    """The year's running totals of one person, yuan.

    :param eligible_for_critical: expense critical illness insurance has looked at, its separate accounts with it
    :param basic_paid_to_cap: basic payouts that count to the yearly cap
    :param basic_by_kind: basic payouts by kind of visit, prenatal ones under the kind whose limit they share
    :param critical_paid: by critical illness insurance, its separate accounts with it
    :param supplement_paid: by a supplement
    :param assistance_base: expense the first layer of medical assistance has looked at
    :param assistance_paid: by both layers of medical assistance
    :param own_burden: in-policy expense less all payouts
    :param out_of_pocket: the whole bills less all payouts
    :param accounts: what only some policies count: "<account>.expense" and "<account>.paid" of separate critical
        illness accounts ("track.<name>"), the supplement and the second layer; "assistance.<kind>", what assistance
        paid for a kind with a limit of its own; "stays.<kind>", how many visits of the kind
    """

    eligible_for_critical: Decimal = ZERO
    basic_paid_to_cap: Decimal = ZERO
    basic_by_kind: Mapping[str, Decimal] = field(default_factory=dict)
    critical_paid: Decimal = ZERO
    supplement_paid: Decimal = ZERO
    assistance_base: Decimal = ZERO
    assistance_paid: Decimal = ZERO
    own_burden: Decimal = ZERO
    out_of_pocket: Decimal = ZERO
    total: Decimal = ZERO
    accounts: Mapping[str, Decimal] = field(default_factory=dict)

    def account(self, name: str) -> Account:
        """Return an account of those only some policies have."""
        return Account(self.accounts.get(f"{name}.expense", ZERO), self.accounts.get(f"{name}.paid", ZERO))

    def critical_account(self) -> Account:
        """Return critical illness insurance's own account, without the separate ones."""
        names = {name.rpartition(".")[0] for name in self.accounts if name.startswith(TRACK)}
        tracks = [self.account(name) for name in names]
        return Account(
            self.eligible_for_critical - sum((each.expense for each in tracks), ZERO),
            self.critical_paid - sum((each.paid for each in tracks), ZERO),
        )

    def assistance_account(self) -> Account:
        """Return the first layer of assistance's account."""
        return Account(self.assistance_base, self.assistance_paid - self.account(SECOND_LAYER).paid)


def totals_after(
    policy: Policy, claim: ClaimFacts, totals: YearTotals, layers: Mapping[str, Layer]
) -> YearTotals:
    """Return the totals with a claim added; a layer that is silent adds nothing of its own."""
    basic, critical = layers["basic"], layers["critical_illness"]
    paid = sum((each.paid for each in layers.values()), ZERO)
    kind, counts = _basic_account(policy, claim.kind)
    of_kind = totals.basic_by_kind.get(kind, ZERO) + basic.paid
    in_policy = claim.eligible + (claim.class_b_copay if _class_b_is_in_policy(policy) else ZERO)
    return replace(
        totals,
        eligible_for_critical=totals.eligible_for_critical + critical.base,
        basic_paid_to_cap=totals.basic_paid_to_cap + (basic.paid if counts else ZERO),
        basic_by_kind={**totals.basic_by_kind, kind: of_kind} if of_kind else totals.basic_by_kind,
        critical_paid=totals.critical_paid + critical.paid,
        supplement_paid=totals.supplement_paid + _paid(layers, "supplement"),
        assistance_base=totals.assistance_base + layers["medical_assistance"].base,
        assistance_paid=totals.assistance_paid + _paid(layers, "medical_assistance", "second_layer"),
        own_burden=totals.own_burden + in_policy - paid,
        out_of_pocket=totals.out_of_pocket + claim.total - paid,
        total=totals.total + claim.total,
        accounts=_accounts(policy, claim, totals, layers),
    )


def _paid(layers: Mapping[str, Layer], *names: str) -> Decimal:
    return sum((layers[name].paid for name in names if name in layers), ZERO)


def _accounts(
    policy: Policy, claim: ClaimFacts, totals: YearTotals, layers: Mapping[str, Layer]
) -> Mapping[str, Decimal]:
    """Return the accounts with the claim, only those the policy keeps."""
    added: dict[str, Decimal] = {}
    if claim.track and layers["critical_illness"].amount is not None:
        added |= _booked(TRACK + claim.track, layers["critical_illness"])
    for name in (SUPPLEMENT, SECOND_LAYER):
        if name in layers:
            added |= _booked(name, layers[name])
    if _has_sub_cap(policy, claim.kind):
        added[ASSISTANCE + claim.kind] = layers["medical_assistance"].paid
    if _counts_stays(policy, claim.kind):
        added[STAYS + claim.kind] = Decimal(1)
    sums = {name: totals.accounts.get(name, ZERO) + amount for name, amount in added.items()}
    return {**totals.accounts, **{name: amount for name, amount in sums.items() if amount}}


def _booked(name: str, layer: Layer) -> dict[str, Decimal]:
    return {f"{name}.expense": layer.base, f"{name}.paid": layer.paid}


def _has_sub_cap(policy: Policy, kind: str) -> bool:
    section = policy.data.medical_assistance
    return section is not None and any(kind in group.sub_cap for group in section.group.values())


def _counts_stays(policy: Policy, kind: str) -> bool:
    section = policy.data.basic
    return section is not None and any(terms.later_stays for terms in section.terms.get(kind, {}).values())


def _basic_account(policy: Policy, kind: str) -> tuple[str, bool]:
    """Return the kind a basic payout is booked under, and whether it uses the cap.

    Where the documents are silent and the hospital gave the amount, it is booked as billed and uses no cap.
    """
    try:
        return account_of_kind(policy.basic, kind=kind), counts_to_cap(policy.basic, kind=kind)
    except RuleNotPublished:
        return kind, False


def _class_b_is_in_policy(policy: Policy) -> bool:
    """Return whether the class-B first self-pay counts as a person's own share, to any of the upper layers."""
    sections = (policy.data.critical_illness, policy.data.medical_assistance)
    leaves = [section.class_b_copay_in_base for section in sections if section is not None]
    return any(leaf is not None and leaf.value for leaf in leaves)
