"""Days and months as administrative practice counts them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.dates import Period, age_on, days_after, last_day_of_month, months_after

Day = datetime.date
days = st.dates(Day(1900, 1, 1), Day(2100, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (Day(2025, 3, 31), 3, Day(2025, 6, 30)),
        (Day(2025, 11, 30), 3, Day(2026, 2, 28)),
        (Day(2027, 11, 30), 3, Day(2028, 2, 29)),
        (Day(2024, 2, 29), 12, Day(2025, 2, 28)),
        (Day(2025, 12, 1), 1, Day(2026, 1, 1)),
        (Day(2025, 3, 15), 0, Day(2025, 3, 15)),
        (Day(2025, 3, 31), -1, Day(2025, 2, 28)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(day: Day, months: int, result: Day):
    assert months_after(day, months) == result


@given(day=days, months=st.integers(0, 240))
def test_months_land_in_the_month_they_should(day: Day, months: int):
    later = months_after(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == min(day.day, last_day_of_month(later).day)


@given(day=days)
def test_the_last_day_of_a_month_is_followed_by_a_first(day: Day):
    assert days_after(last_day_of_month(day), 1).day == 1


@pytest.mark.parametrize(
    ("born_on", "day", "age"),
    [
        (Day(1964, 10, 12), Day(2024, 10, 11), 59),
        (Day(1964, 10, 12), Day(2024, 10, 12), 60),
        (Day(2004, 2, 29), Day(2025, 2, 28), 20),
        (Day(2004, 2, 29), Day(2025, 3, 1), 21),
        (Day(2004, 2, 29), Day(2024, 2, 29), 20),
    ],
)
def test_a_year_is_completed_on_the_birthday(born_on: Day, day: Day, age: int):
    assert age_on(born_on, day) == age


def test_a_period_holds_both_its_ends():
    period = Period(Day(2024, 9, 1), Day(2024, 12, 31))

    assert Day(2024, 9, 1) in period
    assert Day(2024, 12, 31) in period
    assert Day(2025, 1, 1) not in period
