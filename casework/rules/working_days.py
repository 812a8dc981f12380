"""Working days (工作日) as the State Council arranges them each year.

`chinesecalendar` knows the years for which the arrangement is published (its current release: 2004–2026). For a day
outside them Monday to Friday are working days: a due date may then move by a holiday once the package is updated.
"""

import datetime

import chinese_calendar

SATURDAY = 5
NEXT_DAY = datetime.timedelta(days=1)
FIRST_YEAR = min(chinese_calendar.holidays).year
LAST_YEAR = max(chinese_calendar.holidays).year


def is_working_day(day: datetime.date) -> bool:
    """Return whether offices are open: no weekend or holiday, or a weekend that is worked in lieu."""
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < SATURDAY


def working_days_after(day: datetime.date, days: int) -> datetime.date:
    """Return the working day that is `days` working days after `day`; the day itself is not counted.

    :param days: >= 0; with 0 the day itself, or the next working day

    Source: 民法典 201 (the first day is not counted), 203 (a period that ends on a holiday ends on the day after).
    """
    if days < 0:
        raise ValueError(f"days must not be negative: {days}")
    found = _open_from(day) if days == 0 else day
    for _ in range(days):
        found = _open_from(found + NEXT_DAY)
    return found


def _open_from(day: datetime.date) -> datetime.date:
    while not is_working_day(day):
        day += NEXT_DAY
    return day
