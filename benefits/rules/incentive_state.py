"""What is carried from year to year about somebody's incentives, and what a year adds to it."""

from collections.abc import Collection
from dataclasses import dataclass

from policy.schema.incentives import Incentives


@dataclass(frozen=True, slots=True)
class IncentiveState:
    """Where somebody stands after `year` (or, where so said, opened for it).

    :param continuous_years: insured years in a row since the last lapse
    :param continuous_steps: increments earned by continuity
    :param zero_claim_steps: increments earned by zero-claim years since the last reset
    :param zero_claim_pending: a zero-claim year waits for the person to be insured again
    :param lapsed_years: coverage years missed after first having been insured
    """

    year: int
    ever_insured: bool = False
    continuous_years: int = 0
    continuous_steps: int = 0
    zero_claim_steps: int = 0
    zero_claim_pending: bool = False
    lapsed_years: int = 0


@dataclass(frozen=True, slots=True)
class YearFacts:
    """What happened in one coverage year.

    :param insured: in the resident scheme, in any window
    :param excluded: held an excluded identity
    :param employee_covered: insured in the employee scheme
    :param zero_claim: no payout of the layers in `zero_claim_counts`
    :param increase_used: critical illness insurance paid more than the cap without the increase
    :param critical_illness_paid: critical illness insurance paid anything
    """

    year: int
    insured: bool
    excluded: bool = False
    employee_covered: bool = False
    zero_claim: bool = False
    increase_used: bool = False
    critical_illness_paid: bool = False


def initial_state(section: Incentives) -> IncentiveState:
    """Return the state of somebody without history, after the last year that tells nothing."""
    return IncentiveState(min(section.start_year.value, section.count_years_from.value) - 1)


def is_excluded(section: Incentives, *, categories: Collection[str]) -> bool:
    """Return whether one of the identities held takes a person out of the mechanism (医疗救助对象除外)."""
    return not set(section.excluded.value).isdisjoint(categories)
