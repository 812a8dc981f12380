"""By which day a list has to come."""

import datetime

import pytest

from exchange.rules.agreed_days import DueRule, is_number_of
from hardship.rules.list_due_days import last_day_of_grace, list_due_on, month_after

DAY = datetime.date


@pytest.mark.parametrize(
    ("month", "rule", "number", "months_after", "due"),
    [
        (DAY(2025, 3, 17), DueRule.DAY, 5, 0, DAY(2025, 3, 5)),
        (DAY(2025, 2, 1), DueRule.DAY, 31, 0, DAY(2025, 2, 28)),
        (DAY(2024, 2, 1), DueRule.DAY, 31, 0, DAY(2024, 2, 29)),
        (DAY(2025, 12, 1), DueRule.DAY, 5, 1, DAY(2026, 1, 5)),
        (DAY(2025, 3, 1), DueRule.DAY, 5, 1, DAY(2025, 4, 5)),  # a Saturday: as agreed
        (DAY(2025, 3, 1), DueRule.DAY_OR_NEXT_WORKING_DAY, 5, 1, DAY(2025, 4, 7)),  # after 清明
        (DAY(2025, 3, 1), DueRule.DAY_OR_NEXT_WORKING_DAY, 7, 1, DAY(2025, 4, 7)),
        (DAY(2025, 10, 1), DueRule.WORKING_DAY, 1, 0, DAY(2025, 10, 9)),
        (DAY(2025, 10, 1), DueRule.WORKING_DAY, 3, 0, DAY(2025, 10, 11)),  # a Saturday worked in lieu
        (DAY(2025, 5, 1), DueRule.LAST_WORKING_DAY, None, 0, DAY(2025, 5, 30)),
        (DAY(2025, 8, 1), DueRule.LAST_WORKING_DAY, None, 1, DAY(2025, 9, 30)),
    ],
)
def test_the_agreed_day(month, rule, number, months_after, due):
    assert list_due_on(month, rule=rule, number=number, months_after=months_after) == due


def test_a_day_without_its_number_is_refused():
    with pytest.raises(ValueError, match="needs a number"):
        list_due_on(DAY(2025, 3, 1), rule=DueRule.DAY)


@pytest.mark.parametrize(
    ("working_days", "last"), [(0, DAY(2025, 4, 3)), (1, DAY(2025, 4, 7)), (2, DAY(2025, 4, 8))]
)
def test_grace_is_counted_in_working_days(working_days, last):
    assert last_day_of_grace(DAY(2025, 4, 3), working_days=working_days) == last


@pytest.mark.parametrize(
    ("months", "found"), [(-12, DAY(2024, 3, 1)), (0, DAY(2025, 3, 1)), (10, DAY(2026, 1, 1))]
)
def test_months_are_counted_over_the_turn_of_the_year(months, found):
    assert month_after(DAY(2025, 3, 31), months) == found


@pytest.mark.parametrize(
    ("rule", "number", "goes"),
    [
        (DueRule.DAY, 31, True),
        (DueRule.DAY, 32, False),
        (DueRule.DAY, 0, False),
        (DueRule.DAY_OR_NEXT_WORKING_DAY, None, False),
        (DueRule.WORKING_DAY, 15, True),
        (DueRule.WORKING_DAY, 16, False),
        (DueRule.LAST_WORKING_DAY, None, True),
        (DueRule.LAST_WORKING_DAY, 1, False),
    ],
)
def test_which_number_goes_with_which_rule(rule, number, goes):
    assert is_number_of(rule, number) is goes
