"""How an agreement says by which day of a month a list has to come."""

from enum import StrEnum


class DueRule(StrEnum):
    """The ways agreements name the day; the first three take a number, the last needs none."""

    DAY = "day"
    DAY_OR_NEXT_WORKING_DAY = "day_or_next_working_day"
    WORKING_DAY = "working_day"
    LAST_WORKING_DAY = "last_working_day"


HIGHEST_NUMBER = {
    DueRule.DAY: 31,
    DueRule.DAY_OR_NEXT_WORKING_DAY: 31,
    DueRule.WORKING_DAY: 15,  # every month has as many, the holidays of October too
}


def is_number_of(rule: str, number: int | None) -> bool:
    """Return whether `number` goes with the rule: a day of the month, a count of working days, or none."""
    highest = HIGHEST_NUMBER.get(DueRule(rule))
    return number is None if highest is None else number is not None and 1 <= number <= highest
