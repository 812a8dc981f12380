"""Incentives (连续参保和零报销激励): how loyalty moves the critical illness cap."""

from enum import StrEnum
from typing import Literal

from policy.cited import Cited, Section
from policy.schema.figures import Amount, Count


class IncrementUnit(StrEnum):
    """What increments and limits are written in."""

    SHARE_OF_BASE_CAP = "share_of_base_cap"
    YUAN = "yuan"


class Incentives(Section):
    """Increments, penalties, limits and resets of the critical illness cap.

    :param increment_unit: unit of the three increments; a limit in "/1" is a share of the base cap whatever they are
    :param start_year: coverage years before it neither earn nor cost anything
    :param qualifying_years: full consecutive years before continuity earns; the next year earns the first
    :param count_years_from: consecutive years before it do not count towards the qualifying ones
    :param continuous_increment / zero_claim_increment: earned per year
    :param zero_claim_needs_next_year: a zero-claim year counts only for people insured again the year after
    :param zero_claim_counts: layers any of whose payouts makes a year not a zero-claim year
    :param increase_limit: most that both incentives together may add
    :param lapse_decrement: taken off for each coverage year missed
    :param lapse_limit: most that lapses may take off
    :param reset: what clears the zero-claim increase
    :param continuity_after_lapse / zero_claim_after_lapse: whether increases already earned survive a lapse
    :param employee_cover: hold = years under employee insurance neither add nor break
    :param excluded: categories whose holders the mechanism does not touch while they hold them
    """

    increment_unit: Cited[IncrementUnit]
    start_year: Cited[int]
    qualifying_years: Cited[Count]
    count_years_from: Cited[int]
    continuous_increment: Cited[Amount]
    zero_claim_increment: Cited[Amount]
    zero_claim_needs_next_year: Cited[bool]
    zero_claim_counts: Cited[
        tuple[Literal["basic", "critical_illness", "supplement", "medical_assistance"], ...]
    ]
    increase_limit: Cited[Amount]
    lapse_decrement: Cited[Amount] | None = None
    lapse_limit: Cited[Amount] | None = None
    reset: Cited[Literal["increase_used", "any_critical_illness_payout", "never"]]
    continuity_after_lapse: Cited[Literal["keep", "lose"]]
    zero_claim_after_lapse: Cited[Literal["keep", "lose"]]
    employee_cover: Cited[Literal["hold", "lapse"]]
    excluded: Cited[tuple[str, ...]]
