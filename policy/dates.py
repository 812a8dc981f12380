"""Days and months as administrative practice counts them. Pure: the day is always an argument."""

import calendar
import datetime
from dataclasses import dataclass

Date = datetime.date


def last_day_of_month(day: Date) -> Date:
    """Return the last day of `day`'s month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_after(day: Date, months: int) -> Date:
    """Return the same day of the month `months` later, or that month's last day where there is none.

    Source: 民法典 202 (a period in months ends on the corresponding day, or on the month's last day).
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first = datetime.date(year, month + 1, 1)
    return first.replace(day=min(day.day, last_day_of_month(first).day))


def days_after(day: Date, days: int) -> Date:
    """Return the day `days` later."""
    return day + datetime.timedelta(days=days)


def age_on(born_on: Date, day: Date) -> int:
    """Return the completed years of age on `day`; someone born on 29 February turns on 1 March in other years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: Date
    last: Date

    def __contains__(self, day: Date) -> bool:
        return self.first <= day <= self.last
