"""Incentives (连续参保和零报销激励) year by year: what each coverage year adds, holds and clears.

The state after year Y needs only the state after Y-1 and the facts of Y. A year has two moments:

    opening   insured: the zero-claim credit of the year before falls due, the year counts as continuous, and past
              the qualifying years it earns a step at once. Missed: one lapse, the count starts anew.
    closing   a year without any reimbursement leaves a credit; using the increase clears the zero-claim steps.

Years while an excluded identity or employee cover (employee_cover = hold) is held leave everything as it was.
Somebody never insured before cannot lapse. Years before `start_year` earn and cost nothing; they tell only that
somebody was insured, and from `count_years_from` on they count towards the qualifying years.

All counts are whole numbers; `benefits/batch/` has the same law as one query.
"""

from collections.abc import Iterable
from dataclasses import replace

from benefits.rules.incentive_state import IncentiveState, YearFacts
from benefits.rules.incentive_year_end import closed
from policy.schema.incentives import Incentives
from policy.trace import Step, Traced


def opened(
    section: Incentives,
    previous: IncentiveState | None,
    *,
    year: int,
    insured: bool,
    excluded: bool = False,
    employee_covered: bool = False,
) -> IncentiveState:
    """Return the state that holds during `year`, which decides the year's cap.

    :param previous: state after the year before; None = no history at all
    :raises ValueError: if `previous` is of any other year
    """
    return _opening(section, previous, YearFacts(year, insured, excluded, employee_covered)).value


def state_after(
    section: Incentives, previous: IncentiveState | None, facts: YearFacts
) -> Traced[IncentiveState]:
    """Return the state after the year, opened and closed.

    :param previous: state after the year before; None = no history at all
    :raises ValueError: if `previous` is of any other year
    """
    opening = _opening(section, previous, facts)
    closing = closed(section, opening.value, facts)
    return Traced(closing.value, opening.steps + closing.steps)


def history_states(section: Incentives, facts: Iterable[YearFacts]) -> list[IncentiveState]:
    """Return the state after every year from the first told to the last.

    A year in between of which nothing is told is a year not insured.
    """
    told = {one.year: one for one in facts}
    states: list[IncentiveState] = []
    state = None
    for year in range(min(told, default=0), max(told, default=-1) + 1):
        state = state_after(section, state, told.get(year, YearFacts(year, insured=False))).value
        states.append(state)
    return states


def _opening(
    section: Incentives, previous: IncentiveState | None, facts: YearFacts
) -> Traced[IncentiveState]:
    if previous is not None and previous.year != facts.year - 1:
        raise ValueError(f"the state after {facts.year - 1} is needed, not after {previous.year}")
    state = IncentiveState(facts.year) if previous is None else replace(previous, year=facts.year)
    if facts.excluded:
        held = replace(state, ever_insured=state.ever_insured or facts.insured)
        return Traced(
            held, (Step.citing("持有不适用激励机制的身份，不奖不罚", section.excluded, facts.year),)
        )
    if facts.insured:
        return _insured(section, state)
    if facts.employee_covered and section.employee_cover.value == "hold":
        return Traced(state, (Step.citing("参加职工医保，年数不增不减", section.employee_cover),))
    if state.ever_insured:
        return _missed(section, state)
    return Traced(state, (Step("此前未参加居民医保，不算断保", facts.year),))


def _insured(section: Incentives, state: IncentiveState) -> Traced[IncentiveState]:
    """Return the state of an insured year opened."""
    years = state.continuous_years + (state.year >= section.count_years_from.value)
    steps = [Step.citing("连续参保年数", section.count_years_from, years)]
    if state.year < section.start_year.value:
        return Traced(replace(state, ever_insured=True, continuous_years=years), tuple(steps))
    earned = years > section.qualifying_years.value
    if earned:
        steps.append(
            Step.citing(
                "超过规定年数，连续参保激励增加一档", section.qualifying_years, state.continuous_steps + 1
            )
        )
    if state.zero_claim_pending:
        steps.append(
            Step.citing(
                "以前年度零报销，本年参保后计入一档", section.zero_claim_increment, state.zero_claim_steps + 1
            )
        )
    found = replace(
        state,
        ever_insured=True,
        continuous_years=years,
        continuous_steps=state.continuous_steps + earned,
        zero_claim_steps=state.zero_claim_steps + state.zero_claim_pending,
        zero_claim_pending=False,
    )
    return Traced(found, tuple(steps))


def _missed(section: Incentives, state: IncentiveState) -> Traced[IncentiveState]:
    """Return the state of a missed year: the count starts anew, and earned steps stay as the policy says."""
    if state.year < section.start_year.value:
        return Traced(replace(state, continuous_years=0), (Step("激励起算年度前断保，连续年数重新计算", 0),))
    keeps_continuity = section.continuity_after_lapse.value == "keep"
    keeps_zero_claim = section.zero_claim_after_lapse.value == "keep"
    found = replace(
        state,
        continuous_years=0,
        continuous_steps=state.continuous_steps if keeps_continuity else 0,
        zero_claim_steps=state.zero_claim_steps if keeps_zero_claim else 0,
        zero_claim_pending=False,
        lapsed_years=state.lapsed_years + 1,
    )
    steps = (
        Step.citing("断保年数（自激励起算年度计）", section.start_year, found.lapsed_years),
        Step.citing("断保后保留的连续参保激励档数", section.continuity_after_lapse, found.continuous_steps),
        Step.citing("断保后保留的零报销激励档数", section.zero_claim_after_lapse, found.zero_claim_steps),
    )
    return Traced(found, steps)
