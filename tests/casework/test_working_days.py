"""Due dates skip weekends and holidays, and count weekends worked in lieu."""

import datetime

import pytest

from casework.rules.working_days import LAST_YEAR, is_working_day, working_days_after

Date = datetime.date


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (Date(2025, 9, 30), True),
        (Date(2025, 10, 1), False),
        (Date(2025, 10, 8), False),
        (Date(2025, 10, 9), True),
        (Date(2025, 10, 11), True),  # a Saturday worked in lieu
        (Date(2025, 10, 12), False),
        (Date(1999, 10, 1), True),  # a Friday before the arrangements known
        (Date(1999, 10, 2), False),
        (Date(LAST_YEAR + 1, 1, 1), Date(LAST_YEAR + 1, 1, 1).weekday() < 5),
    ],
)
def test_offices_are_open_as_arranged(day, is_open):
    assert is_working_day(day) is is_open


@pytest.mark.parametrize(
    ("day", "days", "due"),
    [
        (Date(2025, 3, 10), 5, Date(2025, 3, 17)),
        (Date(2025, 3, 14), 1, Date(2025, 3, 17)),
        (Date(2025, 3, 15), 1, Date(2025, 3, 17)),
        (Date(2025, 3, 15), 0, Date(2025, 3, 17)),
        (Date(2025, 3, 17), 0, Date(2025, 3, 17)),
        (Date(2025, 9, 30), 3, Date(2025, 10, 11)),
        (Date(2025, 9, 30), 4, Date(2025, 10, 13)),
    ],
)
def test_the_first_day_is_not_counted(day, days, due):
    assert working_days_after(day, days) == due


def test_negative_days_are_impossible():
    with pytest.raises(ValueError, match="negative"):
        working_days_after(Date(2025, 3, 10), -1)
