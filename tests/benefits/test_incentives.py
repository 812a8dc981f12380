from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.rules.incentive_state import IncentiveState, YearFacts, initial_state
from benefits.rules.incentive_year_end import closed
from benefits.rules.incentive_years import history_states, opened, state_after
from benefits.rules.incentives import CapResult, cap_for, is_increase_used
from policy.errors import RuleNotPublished
from policy.schema.incentives import Incentives
from tests.benefits.law import HARBIN, changed, harbin, known

BASE = Decimal(400000)


def rules(**overrides: object) -> Incentives:
    return changed(HARBIN, {f"incentives.{leaf}": value for leaf, value in overrides.items()}).incentives


def with_values(**values: object) -> Incentives:
    """Return Harbin's section with other values in its leaves, quickly."""
    section = harbin().incentives
    return section.model_copy(
        update={
            leaf: getattr(section, leaf).model_copy(update={"value": value}) for leaf, value in values.items()
        }
    )


def healthy(first: int, last: int) -> list[YearFacts]:
    return [YearFacts(year, insured=True, zero_claim=True) for year in range(first, last + 1)]


def cap_in(year: int, facts: list[YearFacts], section: Incentives | None = None) -> CapResult:
    """Return the cap of `year` for somebody insured in it, after `facts` of the years before."""
    section = section or harbin().incentives
    before = history_states(section, facts)
    state = opened(section, before[-1] if before else None, year=year, insured=True)
    return cap_for(section, BASE, state).value


@pytest.mark.parametrize(
    ("year", "cap"),
    [
        (2025, 400000),
        (2026, 404000),
        (2027, 408000),
        (2028, 412000),
        (2029, 420000),  # four zero-claim years, and the fifth year in a row
        (2030, 428000),
        (2032, 444000),
        (2036, 476000),
        (2037, 480000),  # 21 % held at 20 %
        (2038, 480000),
    ],
)
def test_case_54_never_a_claim(year: int, cap: int):
    assert cap_in(year, healthy(2025, year - 1)).cap == cap


def test_case_55_missed_two_years():
    section = harbin().incentives
    facts = [*healthy(2025, 2025), YearFacts(2028, insured=True)]
    back = history_states(section, facts)[-1]

    assert back == known(2028, years=1, lapses=2)
    assert cap_in(2028, [*healthy(2025, 2025), *missed(2026, 2027)]).cap == 392000


def missed(first: int, last: int) -> list[YearFacts]:
    return [YearFacts(year, insured=False) for year in range(first, last + 1)]


@pytest.mark.parametrize(("year", "steps"), [(2031, 0), (2032, 1), (2033, 2)])
def test_case_55_continuity_earns_again_in_the_fifth_year_back(year: int, steps: int):
    facts = [YearFacts(2025, insured=True), *(YearFacts(one, insured=True) for one in range(2028, year + 1))]

    assert history_states(harbin().incentives, facts)[-1].continuous_steps == steps


@pytest.mark.parametrize(("count", "cap"), [(19, 324000), (20, 320000), (21, 320000), (25, 320000)])
def test_case_56_lapses_stop_at_the_limit(count: int, cap: int):
    facts = [YearFacts(2025, insured=True), *missed(2026, 2025 + count)]

    assert cap_in(2026 + count, facts).cap == cap


def test_case_57_a_small_claim_earns_nothing_and_costs_nothing():
    facts = [*healthy(2025, 2025), YearFacts(2026, insured=True)]

    assert cap_in(2026, facts[:1]).cap == 404000
    assert cap_in(2027, facts).cap == 404000


def test_case_58_an_excluded_identity_neither_adds_nor_takes_off():
    section = harbin().incentives
    rich = known(2030, 5, 1, 4, lapses=3)

    assert cap_for(section, BASE, rich, excluded=True).value.cap == 400000
    state = state_after(section, rich, YearFacts(2031, insured=True, excluded=True, zero_claim=True)).value
    assert state == known(2031, 5, 1, 4, lapses=3)


def test_case_53_using_the_increase_clears_the_zero_claim_steps_only():
    section = harbin().incentives
    before = known(2029, 5, 1, 4, pending=True)
    facts = YearFacts(2030, insured=True, increase_used=True)
    cap = cap_for(section, BASE, opened(section, before, year=2030, insured=True)).value
    after = state_after(section, before, facts).value

    assert cap.cap == 428000
    assert is_increase_used(cap, paid=Decimal("400000.01"))
    assert not is_increase_used(cap, paid=Decimal(400000))
    assert after == known(2030, 6, 2, 0)


def test_lapses_lower_the_line_above_which_the_increase_is_used():
    state = known(2030, 1, 0, 3, lapses=2)
    cap = cap_for(harbin().incentives, BASE, state).value

    assert (cap.cap, cap.cap_without_increase, cap.increase, cap.decrease) == (404000, 392000, 12000, 8000)
    assert is_increase_used(cap, paid=Decimal("392000.01"))


def test_without_an_increase_nothing_is_used():
    cap = cap_for(harbin().incentives, BASE, known(2025, 1)).value

    assert not is_increase_used(cap, paid=Decimal(500000))


def test_any_payout_resets_where_the_policy_says_so():
    section = rules(reset="any_critical_illness_payout")
    before = known(2028, 4, 0, 3)

    assert (
        state_after(
            section, before, YearFacts(2029, insured=True, critical_illness_paid=True)
        ).value.zero_claim_steps
        == 0
    )
    assert state_after(section, before, YearFacts(2029, insured=True)).value.zero_claim_steps == 3


def test_nothing_resets_where_the_policy_says_never():
    state = state_after(
        rules(reset="never"), known(2028, 4, 0, 3), YearFacts(2029, insured=True, increase_used=True)
    )

    assert state.value.zero_claim_steps == 3


@pytest.mark.parametrize(
    ("continuity", "zero_claim", "kept"),
    [("keep", "keep", (1, 4)), ("lose", "keep", (0, 4)), ("keep", "lose", (1, 0))],
)
def test_a_lapse_keeps_or_loses_what_was_earned(continuity: str, zero_claim: str, kept: tuple[int, int]):
    section = rules(continuity_after_lapse=continuity, zero_claim_after_lapse=zero_claim)
    state = opened(section, known(2029, 5, 1, 4, pending=True), year=2030, insured=False)

    assert (state.continuous_steps, state.zero_claim_steps) == kept
    assert (state.continuous_years, state.zero_claim_pending, state.lapsed_years) == (0, False, 1)


def test_zero_claim_counts_at_once_where_the_next_year_need_not_be_insured():
    section = rules(zero_claim_needs_next_year=False)
    state = state_after(section, None, YearFacts(2025, insured=True, zero_claim=True)).value

    assert (state.zero_claim_steps, state.zero_claim_pending) == (1, False)
    assert opened(section, state, year=2026, insured=False).zero_claim_steps == 1


def test_employee_years_hold_everything():
    section = harbin().incentives
    before = known(2027, 3, 0, 2, pending=True)
    held = state_after(section, before, YearFacts(2028, insured=False, employee_covered=True)).value

    assert held == known(2028, 3, 0, 2, pending=True)
    assert opened(section, held, year=2029, insured=True) == known(2029, 4, 0, 3)


def test_employee_years_lapse_where_the_policy_says_so():
    section = rules(employee_cover="lapse")
    state = opened(section, known(2027, 3), year=2028, insured=False, employee_covered=True)

    assert state.lapsed_years == 1


def test_never_insured_is_no_lapse():
    assert history_states(harbin().incentives, missed(2025, 2030))[-1] == IncentiveState(2030)


def test_excluded_and_insured_is_known_as_once_insured():
    section = harbin().incentives
    state = opened(section, None, year=2025, insured=True, excluded=True)

    assert state == known(2025)
    assert opened(section, state, year=2026, insured=False).lapsed_years == 1


def test_years_before_the_start_tell_only_that_somebody_was_insured():
    section = harbin().incentives
    state = history_states(section, [*healthy(2020, 2023), *missed(2024, 2024)])[-1]

    assert state == known(2024)
    assert opened(section, state, year=2025, insured=False).lapsed_years == 1


def test_earlier_years_count_where_the_policy_says_so():
    section = rules(count_years_from=2021)
    facts = [YearFacts(year, insured=True) for year in range(2021, 2025)]

    assert history_states(section, facts)[-1] == known(2024, years=4)
    assert cap_in(2025, facts, section).cap == 404000
    assert cap_in(2025, [*facts[:3], *missed(2024, 2024)], section).cap == 400000


def test_later_years_count_where_the_policy_says_so():
    section = rules(count_years_from=2027)

    assert history_states(section, healthy(2025, 2031))[-1].continuous_steps == 1


def test_initial_state_is_that_after_the_last_year_that_tells_nothing():
    assert initial_state(harbin().incentives) == IncentiveState(2024)
    assert initial_state(rules(count_years_from=2021)) == IncentiveState(2020)


def test_yuan_increments_under_a_share_limit():
    section = rules(
        increment_unit="yuan",
        continuous_increment={"value": 3000, "unit": "yuan", "clause": "测"},
        zero_claim_increment={"value": 2000, "unit": "yuan", "clause": "测"},
        lapse_decrement={"value": 1000, "unit": "yuan", "clause": "测"},
    )
    state = known(2030, 6, 2, 5, lapses=3)

    assert cap_for(section, BASE, state).value == CapResult(
        *map(Decimal, (413000, 16000, 6000, 10000, 3000, 397000))
    )
    assert cap_for(section, BASE, known(2090, 60, 60, 60)).value.cap == 480000


@pytest.mark.parametrize("limit", [60000, {"value": 60000, "unit": "yuan", "clause": "测"}])
def test_a_limit_in_yuan(limit: object):
    assert cap_for(rules(increase_limit=limit), BASE, known(2060, 30, 26, 26)).value.cap == 460000


def test_no_price_on_lapses_where_the_documents_set_none():
    section = harbin().incentives.model_copy(update={"lapse_decrement": None})

    assert cap_for(section, BASE, known(2030, lapses=4)).value.cap == BASE


def test_a_price_on_lapses_without_a_limit_is_not_guessed():
    section = harbin().incentives.model_copy(update={"lapse_limit": None})

    assert cap_for(section, BASE, known(2030)).value.cap == BASE
    with pytest.raises(RuleNotPublished, match=r"incentives\.lapse_limit"):
        cap_for(section, BASE, known(2030, lapses=1))


def test_the_state_of_another_year_is_refused():
    with pytest.raises(ValueError, match="after 2026 is needed"):
        opened(harbin().incentives, IncentiveState(2025), year=2027, insured=True)


def test_a_year_end_changes_nothing_for_somebody_not_insured():
    state = known(2026, zero=1)

    assert closed(harbin().incentives, state, YearFacts(2026, insured=False, zero_claim=True)).value == state


def test_steps_name_their_clauses():
    policy = harbin()
    traced = cap_for(policy.incentives, policy.critical_illness.cap, known(2032, 8, 4, 7, lapses=1))

    assert [(step.label, step.figure) for step in traced.steps if step.clause] == [
        ("原封顶线", 400000),
        ("连续参保激励 4 档", 16000),
        ("零报销激励 7 档", 28000),
        ("两项激励合计（不超过80000.00元）", 44000),
        ("断保 1 年降低", 4000),
        ("降低合计（不超过80000.00元）", 4000),
    ]


choices = st.sampled_from
sections = st.builds(
    with_values,
    reset=choices(["increase_used", "any_critical_illness_payout", "never"]),
    continuity_after_lapse=choices(["keep", "lose"]),
    zero_claim_after_lapse=choices(["keep", "lose"]),
    employee_cover=choices(["hold", "lapse"]),
    zero_claim_needs_next_year=st.booleans(),
    qualifying_years=st.integers(0, 5),
    count_years_from=st.integers(2022, 2027),
)
years = st.lists(st.tuples(*[st.booleans()] * 6), min_size=1, max_size=30)


def told(flags: list[tuple[bool, ...]], first: int = 2023) -> list[YearFacts]:
    return [YearFacts(first + index, *row) for index, row in enumerate(flags)]


@given(sections, years)
def test_the_cap_stays_within_a_fifth_of_the_base(section: Incentives, flags: list[tuple[bool, ...]]):
    for state in history_states(section, told(flags)):
        cap = cap_for(section, BASE, state).value

        assert (
            BASE * Decimal("0.8")
            <= cap.cap_without_increase
            <= BASE
            <= BASE + cap.increase
            <= BASE * Decimal("1.2")
        )
        assert cap.cap == BASE + cap.increase - cap.decrease


@given(sections, years)
def test_a_year_moves_each_count_by_one_at_most(section: Incentives, flags: list[tuple[bool, ...]]):
    facts = told(flags)
    states = history_states(section, facts)
    for (before, after), fact in zip(pairwise(states), facts[1:], strict=True):
        assert after.year == before.year + 1
        assert after.lapsed_years - before.lapsed_years in (0, 1)
        assert after.continuous_years in (0, before.continuous_years, before.continuous_years + 1)
        assert after.continuous_steps in (0, before.continuous_steps, before.continuous_steps + 1)
        assert not (fact.insured and after.lapsed_years > before.lapsed_years)
        assert after.ever_insured >= before.ever_insured
        if not after.ever_insured:
            assert after == IncentiveState(after.year)
        if fact.excluded:
            assert after == opened(section, before, year=after.year, insured=fact.insured, excluded=True)


@given(sections, years)
def test_history_is_the_chain_of_single_years(section: Incentives, flags: list[tuple[bool, ...]]):
    state = None
    for fact, expected in zip(told(flags), history_states(section, told(flags)), strict=True):
        state = state_after(section, state, fact).value

        assert state == expected
