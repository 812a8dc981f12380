"""How one person's state in a run comes about, step by step by the scalar rule, on what is on record now."""

from dataclasses import dataclass
from decimal import Decimal

from benefits.batch.incentives import YearEnd
from benefits.models import IncentiveState
from benefits.rules.incentives import YearFacts, cap_for, opened, state_after
from benefits.selectors.laws import rule_state
from benefits.selectors.year_facts import folded_state, histories_of
from policy.money import yuan
from policy.trace import Step


@dataclass(frozen=True, slots=True)
class Working:
    """What happened to a person in the year, and what follows.

    :param next_cap: yuan, for somebody insured again; null = the documents give none
    :param agrees: whether the run says the same: if not, something was recorded since
    """

    facts: YearFacts
    steps: tuple[Step, ...]
    cap_steps: tuple[Step, ...]
    next_cap: Decimal | None
    agrees: bool


def working_of(end: YearEnd, row: IncentiveState) -> Working:
    """Return the working of a row of a run; five queries."""
    histories = histories_of(resident_ids=[row.resident_id], section=end.section)
    facts = histories.of(row.resident_id, end.year)
    before = IncentiveState.objects.filter(resident_id=row.resident_id, year=end.year - 1).first()
    previous = (
        folded_state(end.section, histories, row.resident_id, before=end.year)
        if before is None
        else rule_state(before)
    )
    after = state_after(end.section, previous, facts)
    cap = None
    if end.base_cap is not None:
        following = opened(end.section, after.value, year=end.year + 1, insured=True)
        cap = cap_for(end.section, end.base_cap, following, excluded=facts.excluded)
    next_cap = None if cap is None else yuan(cap.value.cap)
    found = (rule_state(row), row.excluded, row.next_cap)
    return Working(
        facts,
        after.steps,
        () if cap is None else cap.steps,
        next_cap,
        agrees=found == (after.value, facts.excluded, next_cap),
    )
