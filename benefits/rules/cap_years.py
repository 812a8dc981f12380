"""Coverage years on their way (封顶线台账的各年): what each did to the counters the cap stands on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from benefits.rules.incentive_state import IncentiveState, YearFacts
from benefits.rules.incentive_years import opened, state_after
from policy.cited import Cited
from policy.schema.incentives import Incentives


class EntryKind(StrEnum):
    """What an entry says."""

    BASE = "base"
    CONTINUOUS = "continuous"
    ZERO_CLAIM = "zero_claim"
    USED = "used"
    RESET = "reset"
    LOST = "lost"
    LAPSED = "lapsed"
    OVER_LIMIT = "over_limit"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class CapYear:
    """One coverage year on its way: the law of it, what happened, and the states.

    :param opened: the state that decides the year's cap; :param after: at its end, None = it has not ended
    """

    section: Incentives
    facts: YearFacts
    before: IncentiveState | None
    opened: IncentiveState
    after: IncentiveState | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A counter moved in a year.

    :param counter: a field of the state; :param count: by how much, more or less
    :param leaf: the clause that says so
    """

    year: int
    kind: EntryKind
    counter: str
    count: int
    label: str
    leaf: Cited[Any]


def cap_year(
    section: Incentives,
    before: IncentiveState | None,
    facts: YearFacts,
    *,
    after: IncentiveState | None = None,
) -> CapYear:
    """Return a year on its way.

    :param after: the state on record after it; None = the year has not ended
    :raises ValueError: if `before` is of any other year than the one before
    """
    begun = opened(
        section,
        before,
        year=facts.year,
        insured=facts.insured,
        excluded=facts.excluded,
        employee_covered=facts.employee_covered,
    )
    return CapYear(section, facts, before, begun, after)


def ended(year: CapYear) -> CapYear:
    """Return the year as it ends by the rule with what happened in it."""
    after = state_after(year.section, year.before, year.facts).value
    return replace(year, after=after)


def changes(row: CapYear, *, is_last: bool) -> Iterator[Change]:
    """Yield what the year did to the counters: at its opening, and unless its own cap is told, at its end."""
    before = row.before or IncentiveState(row.facts.year - 1)
    yield from _between(row, before, row.opened, is_closing=False)
    if not is_last and row.after is not None:
        yield from _between(row, row.opened, row.after, is_closing=True)


def _between(row: CapYear, old: IncentiveState, new: IncentiveState, *, is_closing: bool) -> Iterator[Change]:
    year, law = row.facts.year, row.section
    if lapsed := new.lapsed_years - old.lapsed_years:
        leaf: Cited[Any] = law.lapse_decrement or law.start_year
        yield Change(year, EntryKind.LAPSED, "lapsed_years", lapsed, "断保，降低", leaf)
    if moved := new.continuous_steps - old.continuous_steps:
        gained = moved > 0
        kind = EntryKind.CONTINUOUS if gained else EntryKind.LOST
        label = "连续参保，提高" if gained else "断保，取消已得的连续参保激励"
        leaf = law.continuous_increment if gained else law.continuity_after_lapse
        yield Change(year, kind, "continuous_steps", moved, label, leaf)
    if moved := new.zero_claim_steps - old.zero_claim_steps:
        yield _zero_claim(row, moved, is_closing=is_closing)


def _zero_claim(row: CapYear, moved: int, *, is_closing: bool) -> Change:
    year, law = row.facts.year, row.section
    if moved > 0:
        leaf: Cited[Any] = law.zero_claim_increment
        return Change(year, EntryKind.ZERO_CLAIM, "zero_claim_steps", moved, "零报销，提高", leaf)
    if is_closing:
        label = "用到奖励额度，零报销激励清零"
        return Change(year, EntryKind.RESET, "zero_claim_steps", moved, label, law.reset)
    label = "断保，取消已得的零报销激励"
    return Change(year, EntryKind.LOST, "zero_claim_steps", moved, label, law.zero_claim_after_lapse)
