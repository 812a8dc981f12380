"""The end of a coverage year: a zero-claim year leaves a credit, using the increase clears the steps (清零)."""

from dataclasses import replace

from benefits.rules.incentive_state import IncentiveState, YearFacts
from policy.schema.incentives import Incentives
from policy.trace import Step, Traced


def closed(section: Incentives, state: IncentiveState, facts: YearFacts) -> Traced[IncentiveState]:
    """Return the state at the year's end."""
    if facts.excluded or not facts.insured or facts.year < section.start_year.value:
        return Traced(state)
    if _is_reset(section, facts):
        found = replace(state, zero_claim_steps=0, zero_claim_pending=False)
        return Traced(found, (Step.citing("零报销激励清零", section.reset, 0),))
    if not facts.zero_claim:
        return Traced(state)
    needs_next = section.zero_claim_needs_next_year
    if needs_next.value:
        step = Step.citing("本年零报销，次年参保后计入", needs_next, facts.year)
        return Traced(replace(state, zero_claim_pending=True), (step,))
    found = replace(state, zero_claim_steps=state.zero_claim_steps + 1)
    return Traced(found, (Step.citing("本年零报销，计入一档", needs_next, found.zero_claim_steps),))


def _is_reset(section: Incentives, facts: YearFacts) -> bool:
    """Return whether what happened in the year clears the zero-claim steps."""
    if section.reset.value == "any_critical_illness_payout":
        return facts.critical_illness_paid or facts.increase_used
    return section.reset.value == "increase_used" and facts.increase_used
