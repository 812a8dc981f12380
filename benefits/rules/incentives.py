"""Incentives: the critical illness cap (最高支付限额) with what loyalty adds and lapses take off.

The yearly state lives in `incentive_years`; its names are at home here too. Additive on
the base cap, never compounding: 400,000 with 4 + 1 steps of 1 % is 420,000; with two lapses 392,000.
"""

from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.incentive_state import IncentiveState, YearFacts, initial_state, is_excluded
from benefits.rules.incentive_years import history_states, opened, state_after
from policy.cited import Cited
from policy.money import ZERO, yuan
from policy.schema.incentives import Incentives, IncrementUnit
from policy.trace import Step, Traced

__all__ = [
    "CapResult",
    "IncentiveState",
    "YearFacts",
    "cap_for",
    "history_states",
    "initial_state",
    "is_excluded",
    "is_increase_used",
    "limit_in_yuan",
    "opened",
    "state_after",
    "worth_of",
]


@dataclass(frozen=True, slots=True)
class CapResult:
    """The year's cap and what it is made of, all yuan.

    :param increase: what both incentives add together, limited
    :param continuous_increase / zero_claim_increase: what each would add before the limit
    :param decrease: what lapses take off, limited
    :param cap_without_increase: paying more than this in the year uses the increase
    """

    cap: Decimal
    increase: Decimal
    continuous_increase: Decimal
    zero_claim_increase: Decimal
    decrease: Decimal
    cap_without_increase: Decimal


def cap_for(
    section: Incentives, base_cap: Cited[Decimal] | Decimal, state: IncentiveState, *, excluded: bool = False
) -> Traced[CapResult]:
    """Return the cap of the year `state` is opened for.

    :param base_cap: cap before incentives (原封顶线), yuan per year
    :param excluded: holds an excluded identity: neither increase nor decrease
    :returns: base less the lapse limit <= cap <= base plus the increase limit
    :raises RuleNotPublished: if lapses cost something and the documents do not say at most how much
    """
    base = base_cap.value if isinstance(base_cap, Cited) else base_cap
    first = Step.citing("原封顶线", base_cap) if isinstance(base_cap, Cited) else Step("原封顶线", base)
    if excluded:
        result = CapResult(base, ZERO, ZERO, ZERO, ZERO, base)
        return Traced(
            result, (first, Step.citing("持有不适用激励机制的身份，不奖不罚", section.excluded, base))
        )
    continuous = _worth(section, section.continuous_increment, state.continuous_steps, base)
    zero_claim = _worth(section, section.zero_claim_increment, state.zero_claim_steps, base)
    limit = limit_in_yuan(section, section.increase_limit, base)
    increase = min(continuous + zero_claim, limit)
    decrease, lapse_steps = _decrease(section, state.lapsed_years, base)
    steps = (
        first,
        Step.citing(f"连续参保激励 {state.continuous_steps} 档", section.continuous_increment, continuous),
        Step.citing(f"零报销激励 {state.zero_claim_steps} 档", section.zero_claim_increment, zero_claim),
        Step.citing(f"两项激励合计（不超过{limit}元）", section.increase_limit, increase),
        *lapse_steps,
        Step("本年度最高支付限额", base + increase - decrease),
    )
    result = CapResult(
        base + increase - decrease, increase, continuous, zero_claim, decrease, base - decrease
    )
    return Traced(result, steps)


def is_increase_used(cap: CapResult, *, paid: Decimal) -> bool:
    """Return whether critical illness payouts of `paid` yuan in the year reach into the increase."""
    return cap.increase > 0 and paid > cap.cap_without_increase


def limit_in_yuan(section: Incentives, limit: Cited[Decimal], base: Decimal) -> Decimal:
    """Return a limit in yuan, whichever way its leaf is written.

    A leaf in "/1" is a share of the base cap even where increments are yuan (国办发〔2024〕38号 writes both so);
    a figure above one whole is yuan whatever its unit says, as an override keeps the unit it found.
    """
    is_share = limit.unit == "/1" or (
        not limit.unit.startswith("yuan") and section.increment_unit.value is IncrementUnit.SHARE_OF_BASE_CAP
    )
    return yuan(base * limit.value) if is_share and limit.value <= 1 else yuan(limit.value)


def worth_of(section: Incentives, counter: str, count: int, base: Decimal) -> Decimal:
    """Return what so many of a counter of the state are worth, yuan before any limit.

    :param counter: continuous_steps, zero_claim_steps or lapsed_years
    """
    increment = {
        "continuous_steps": section.continuous_increment,
        "zero_claim_steps": section.zero_claim_increment,
        "lapsed_years": section.lapse_decrement,
    }[counter]
    return ZERO if increment is None else _worth(section, increment, count, base)


def _worth(section: Incentives, increment: Cited[Decimal], count: int, base: Decimal) -> Decimal:
    whole = base if section.increment_unit.value is IncrementUnit.SHARE_OF_BASE_CAP else Decimal(1)
    return yuan(whole * increment.value * count)


def _decrease(section: Incentives, lapsed_years: int, base: Decimal) -> tuple[Decimal, tuple[Step, ...]]:
    """Return what lapses take off; nothing where the documents set no price on them."""
    decrement = section.lapse_decrement
    if decrement is None or not lapsed_years:
        return ZERO, ()
    limit = section.published(section.lapse_limit, "lapse_limit")
    most = min(limit_in_yuan(section, limit, base), base)
    decrease = min(_worth(section, decrement, lapsed_years, base), most)
    steps = (
        Step.citing(f"断保 {lapsed_years} 年降低", decrement, _worth(section, decrement, lapsed_years, base)),
        Step.citing(f"降低合计（不超过{most}元）", limit, decrease),
    )
    return decrease, steps
