"""Settle one person's claims of a year in date order, from running totals on (按出院日期顺序结算).

Settling is a fold: each claim starts from the totals the ones before it left. Whoever adds, corrects or reverses a
claim folds anew from that claim's place, so that the order of arrival changes nothing (docs/adr).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone

from benefits.models import Claim
from benefits.rules.claim_facts import ClaimFacts
from benefits.rules.incentives import CapResult, IncentiveState, opened
from benefits.rules.settlement import Settlement, settle
from benefits.selectors.laws import Laws, cap_with_incentives, limits_by_years
from benefits.services.person_facts import person_of
from benefits.services.running_totals import RunningTotals
from policy.conditions import Person
from policy.policy import Policy
from policy.trace import Traced

RECKONED = (
    "basic_paid", "critical_illness_paid", "supplement_paid", "assistance_paid", "own_burden", "out_of_pocket",
    "totals_before", "policy_key", "policy_digest", "trace", "reckoned_at",
)  # fmt: skip

TRACED = {"medical_assistance": "assistance"}
DECIDED = tuple(name for name in RECKONED if name not in {"trace", "reckoned_at"})


@dataclass
class YearLaw:
    """What all claims of one person-year share: the policy and the state of incentives before it."""

    laws: Laws
    year: int
    previous: IncentiveState | None
    caps: dict[tuple[int, bool], Traced[CapResult] | None] = field(default_factory=dict)

    def cap(self, policy: Policy, person: Person, *, area_id: int) -> Traced[CapResult] | None:
        """Return the cap for the person as of the claim; it changes only with the excluded identities."""
        section = policy.data.incentives
        excluded = section is not None and bool(person.categories & frozenset(section.excluded.value))
        key = (area_id, excluded)
        if key not in self.caps:
            self.caps[key] = cap_with_incentives(
                policy, person=person, year=self.year, previous=self.previous
            )
        return self.caps[key]

    def continuous_years(self, policy: Policy) -> int | None:
        """Return the years insured in a row with this one, as the incentives count them; None = no rule asks."""
        section = policy.data.incentives
        if section is None or not limits_by_years(policy):
            return None
        return opened(section, self.previous, year=self.year, insured=True).continuous_years


def in_date_order(claims: Iterable[Claim]) -> list[Claim]:
    """Return claims as they settle: by day of discharge, then by number."""
    return sorted(claims, key=lambda claim: (claim.discharged_on, claim.number))


def reckon(claims: Iterable[Claim], *, start: RunningTotals, law: YearLaw) -> RunningTotals:
    """Settle claims, given in date order, one after the other and set their figures, unsaved; return the totals after.

    The year is held since before anything was read, so the clock is looked at here; a claim whose figures stay as they
    were keeps the moment they were decided.

    :param start: the year's totals before the first of them
    :raises ClaimAmountsInvalid: if a claim's amounts are impossible
    :raises PolicyNotFound: if the year has no policy
    """
    totals, now = start, timezone.now()
    for claim in claims:
        before = decided(claim)
        policy = law.laws.of(claim.pooling_area_id, claim.coverage_year)
        person = _seen(claim, "critical_illness")
        if (years := law.continuous_years(policy)) is not None:
            person = replace(person, continuous_years=years)
        helped = _seen(claim, "medical_assistance") if "later" in claim.person_facts else person
        cap = law.cap(policy, person, area_id=claim.pooling_area_id)
        settlement = settle(
            policy, claim_facts(claim), totals.year, person, None if cap is None else cap.value, helped
        )
        after = totals.after(claim, settlement)
        claim.basic_paid = settlement.basic.paid
        claim.critical_illness_paid = settlement.critical_illness.paid
        claim.supplement_paid = settlement.paid_by("supplement")
        claim.assistance_paid = settlement.paid_by("medical_assistance", "second_layer")
        claim.own_burden = after.year.own_burden - totals.year.own_burden
        claim.out_of_pocket = after.year.out_of_pocket - totals.year.out_of_pocket
        claim.totals_before = totals.as_json()
        claim.policy_key, claim.policy_digest = policy.key, policy.digest
        claim.trace = _trace(settlement, cap)
        if claim.reckoned_at is None or decided(claim) != before:
            claim.reckoned_at = now
        totals = after
    return totals


def _trace(settlement: Settlement, cap: Traced[CapResult] | None) -> dict[str, Any]:
    """Return the working as a claim keeps it: layer → steps, the cap's before that of critical illness insurance."""
    steps = {TRACED.get(name, name): layer.traced.as_json() for name, layer in settlement.layers.items()}
    return {"basic": steps.pop("basic"), "cap": [] if cap is None else cap.as_json()} | steps


def _seen(claim: Claim, layer: str) -> Person:
    """Return the person as a layer of the claim sees them."""
    return person_of(claim.person_facts, day=claim.settled_on, coverage_year=claim.coverage_year, layer=layer)


def decided(claim: Claim) -> tuple[Any, ...]:
    """Return what a settlement decided, of a claim or of a row of its history."""
    return tuple(getattr(claim, name) for name in DECIDED)


def claim_facts(claim: Claim) -> ClaimFacts:
    """Return a claim's amounts as the rules want them."""
    return ClaimFacts(
        kind=claim.kind,
        grade=claim.grade,
        total=claim.total,
        eligible=claim.eligible,
        class_b_copay=claim.class_b_copay,
        basic_paid=claim.basic_paid_given,
        facility=claim.facility.code,
        referral=claim.referral,
        track=claim.track,
    )
