"""By which day the list of a month has to come.

agreed                         month    due
每月31日                       2025-02  2025-02-28
每月5日，遇休息日顺延 (次月)   2025-03  2025-04-07 (清明)
第3个工作日                    2025-10  2025-10-11 (weekend worked in lieu)
最后一个工作日                 2025-05  2025-05-30
"""

import calendar
import datetime

from casework.rules.working_days import is_working_day, working_days_after
from exchange.rules.agreed_days import DueRule

ONE_DAY = datetime.timedelta(days=1)


def list_due_on(
    month: datetime.date, *, rule: str, number: int | None = None, months_after: int = 0
) -> datetime.date:
    """Return the agreed day of the list whose data are of `month`.

    :param month: any day of it
    :param number: day of the month, or which working day; a month that has no such day ends earlier
    :param months_after: 0 = due in the month itself, 1 = in the next

    Source: 黑医保发〔2024〕45号 九; for days that fall on a holiday 民法典 203, where the agreement says so.
    """
    first = month_after(month, months_after)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    if rule == DueRule.LAST_WORKING_DAY:
        while not is_working_day(last):
            last -= ONE_DAY
        return last
    if number is None:
        raise ValueError(f"{rule} needs a number")
    if rule == DueRule.WORKING_DAY:
        return working_days_after(first - ONE_DAY, number)
    agreed = first.replace(day=min(number, last.day))
    return working_days_after(agreed, 0) if rule == DueRule.DAY_OR_NEXT_WORKING_DAY else agreed


def last_day_of_grace(due_on: datetime.date, *, working_days: int) -> datetime.date:
    """Return the last day on which the list is not late; without grace the agreed day itself."""
    return working_days_after(due_on, working_days) if working_days else due_on


def month_after(month: datetime.date, months: int) -> datetime.date:
    """Return the first day of the month so many months after the one that holds `month`; may be negative."""
    years, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return datetime.date(years, index + 1, 1)
