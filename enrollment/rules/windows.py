"""Payment windows (缴费期) as adopted here, and the day their start rules give."""

import datetime
from dataclasses import dataclass

from policy.dates import Date, Period, days_after, months_after
from policy.schema.enrollment import (
    AfterPayment,
    EnrollmentRules,
    FixedStart,
    FromBirth,
    StartRule,
    Wait,
    Window,
)


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A window this area has adopted, with the days it is open."""

    name: str
    rules: Window
    days: Period


def adopted_windows(enrollment: EnrollmentRules) -> list[OpenWindow]:
    """Return the windows in the order of the file; one without an opening day follows the adopted one before it.

    :raises RuleNotPublished: if the first one has no opening day
    """
    windows: list[OpenWindow] = []
    for name, rules in enrollment.window.items():
        if rules.adopted is not None and not rules.adopted.value:
            continue
        if rules.opens is not None:
            opens = rules.opens.value
        elif windows:
            opens = days_after(windows[-1].days.last, 1)
        else:
            raise rules.silent("opens")
        windows.append(OpenWindow(name, rules, Period(opens, rules.closes.value)))
    return windows


def window_on(enrollment: EnrollmentRules, day: Date) -> OpenWindow | None:
    """Return the first adopted window that takes payments on `day`, or None between and after them."""
    return next((window for window in adopted_windows(enrollment) if day in window.days), None)


def concentrated_period(enrollment: EnrollmentRules) -> Period:
    """Return the concentrated window (集中参保缴费期): the first one adopted.

    :raises RuleNotPublished: if the documents open no window at all
    """
    windows = adopted_windows(enrollment)
    if not windows:
        raise enrollment.silent("window")
    return windows[0].days


def day_after_wait(day: Date, *, n: int, unit: str, counts_first: bool) -> Date:
    """Return the first day after a wait of `n` units that began on `day`.

    :param unit: month (same day of the month, clamped), whole_month (a first of a month) or day
    :param counts_first: `day` (for whole months: its month) is the first one waited
    """
    if unit == "day":
        return days_after(day, n if counts_first else n + 1)
    if unit == "whole_month":
        return months_after(day.replace(day=1), n if counts_first else n + 1)
    return days_after(months_after(day, n), 0 if counts_first else 1)


def start_by(rule: StartRule, *, paid_on: Date, born_on: datetime.date | None = None) -> Date:
    """Return the day `rule` gives someone who paid on `paid_on`, before any limit of the coverage year.

    :raises ValueError: if the rule counts from birth and no birth is known
    """
    match rule:
        case FixedStart(date=date):
            return date
        case AfterPayment(days=days):
            return days_after(paid_on, days)
        case Wait(n=n, unit=unit, count_pay_day=counts):
            return day_after_wait(paid_on, n=n, unit=unit, counts_first=counts)
        case FromBirth():
            if born_on is None:
                raise ValueError("a start from birth needs the day of birth")
            return born_on
