"""When people pay the coverage year's premium and how much: the right amount by the law, with a few mistakes.

The amounts are those of `enrollment.rules.dues`: what the generator knows of a person, and the shipped policy.
"""

import datetime
from collections.abc import Hashable
from decimal import Decimal

from enrollment.rules.dues import Circumstances, Dues, dues
from enrollment.rules.likeness import Likeness
from enrollment.rules.windows import OpenWindow, adopted_windows
from oversight.services.demo.city.dice import Dice
from oversight.services.demo.city.facts import CityFacts
from oversight.services.demo.city.people import Paying, Person
from oversight.services.demo.city.seen import as_seen
from policy.dates import Date, days_after
from policy.money import ZERO, yuan
from policy.policy import Policy

CHANNELS = ("税务公众号", "云闪付", "微信城市服务", "支付宝市民中心", "合作银行", "办税服务厅")
NOT_PAYING = "none"
FULLY_ASSISTED = ("extreme_hardship", "orphan", "unsupported_child")  # taken care of on the first day
NEWBORN_IN_TIME = 80
NEWBORN_DAYS = 88
LEAVER_IN_TIME = 70
AFTER_DISCHARGE = (10, 120)
PAID_BEFORE_RECOGNITION = 50
DAYS_BETWEEN = (1, 10)
HALF = 2
TRIES = 3
OFFICE_DAYS = (1, 15)  # of a month


class PayingMaker:
    """Lets people pay."""

    def __init__(self, facts: CityFacts, seed: int, *, policy: Policy) -> None:
        self._facts = facts
        self._dice = Dice(seed, "paying")
        self._policy = policy
        self._windows = {window.name: window for window in adopted_windows(policy.enrollment)}
        self._likeness = Likeness(policy)
        self._known: dict[Hashable, Dues] = {}
        self._serial = 0

    def pay(self, person: Person) -> None:
        """Add the person's payments, if any, and note from when benefits run."""
        paid_on = self._worthwhile_day(person)
        if paid_on is None:
            return
        found = self._dues(person, paid_on)
        if found.payable:
            person.payments = self._flawed(self._payment(paid_on, found.payable), paid_on)
        if sum((each.amount for each in person.payments), ZERO) >= found.payable:
            person.benefit_start = found.terms.start
        if found.terms.start is not None and (not found.payable or self._is_new(person)):
            person.registered_on = self._office_day(person, paid_on) if found.payable else paid_on

    def _worthwhile_day(self, person: Person) -> Date | None:
        """Return the day of payment, null = never; most people do not pay when no benefit day is left."""
        paid_on = None
        for _ in range(TRIES):
            paid_on = self._paid_on(person)
            if paid_on is None or paid_on > self._facts.known_until or not _is_there(person, paid_on):
                return None
            if self._dues(person, paid_on).terms.start is not None:
                break
        return paid_on

    def _office_day(self, person: Person, paid_on: Date) -> Date:
        """Return the day of registration: one of the office's days before the payment, if the person is there then."""
        here = max(paid_on.replace(day=day) for day in OFFICE_DAYS if day <= paid_on.day)
        first = next(iter(self._windows.values())).days.first
        arrived = [person.born_on, first, *(mark.since for mark in person.marks)]
        arrived += [days_after(job.last_on, 1) for job in person.employment if job.last_on]
        arrived += [person.discharged_on] if person.discharged_on else []
        return here if here >= max(arrived) else paid_on

    def _is_new(self, person: Person) -> bool:
        """Return whether the person has to register: not insured here the year before."""
        return self._facts.coverage_year - 1 not in {past.year for past in person.past}

    def serial(self, day: Date) -> str:
        """Return the tax authority's next number."""
        self._serial += 1
        return f"323010{day:%y%m%d}{self._serial:08d}"

    def _paid_on(self, person: Person) -> Date | None:
        """Return the day of payment, null = never."""
        first = next(iter(self._windows.values())).days
        if person.born_on > first.first:
            return self._newborn(person)
        if person.discharged_on is not None:
            return days_after(person.discharged_on, self._dice.number(*AFTER_DISCHARGE))
        if person.employment:
            return self._leaver(person)
        new = [mark.since for mark in person.marks if mark.since > first.first]
        if new and len(new) == len(person.marks):
            return self._recognized(min(new))
        if any(mark.category in FULLY_ASSISTED for mark in person.marks):
            return first.first
        return self._in_window(self._dice.weighted(self._facts.rate("paying.window")), person)

    def _in_window(self, name: str, person: Person) -> Date | None:
        if name == NOT_PAYING and not any(mark.covers(self._start()) for mark in person.marks):
            return None
        window: OpenWindow | None = self._windows.get(name)
        window = window or next(iter(self._windows.values()))
        return self._dice.day(window.days.first, window.days.last)

    def _newborn(self, person: Person) -> Date:
        if self._dice.chance(NEWBORN_IN_TIME):
            return days_after(person.born_on, self._dice.number(HALF, NEWBORN_DAYS))
        return self._dice.day(days_after(person.born_on, NEWBORN_DAYS), days_after(person.born_on, 200))

    def _leaver(self, person: Person) -> Date | None:
        last = person.employment[-1].last_on
        if last is None:
            return None
        if last.year < self._start().year:
            return self._in_window("concentrated", person)
        reach = (5, 85) if self._dice.chance(LEAVER_IN_TIME) else (100, 150)
        return days_after(last, self._dice.number(*reach))

    def _recognized(self, since: Date) -> Date:
        """Return a day before or after the recognition: the law helps the one this year, the other next year."""
        first = next(iter(self._windows.values())).days
        if self._dice.chance(PAID_BEFORE_RECOGNITION) and since > days_after(first.first, DAYS_BETWEEN[1]):
            return self._dice.day(first.first, min(first.last, days_after(since, -1)))
        return days_after(since, self._dice.number(*DAYS_BETWEEN))

    def _dues(self, person: Person, paid_on: Date) -> Dues:
        seen = as_seen(person, day=paid_on, coverage_year=self._facts.coverage_year, city=self._facts.area)
        circumstances = Circumstances(county=person.village.county_code)
        key = self._likeness.key(seen, circumstances)
        if key not in self._known:
            self._known[key] = dues(self._policy, person=seen, circumstances=circumstances).value
        return self._known[key]

    def _payment(self, day: Date, amount: Decimal, *, reverses: str = "") -> Paying:
        return Paying(self.serial(day), day, amount, self._dice.pick(CHANNELS), reverses)

    def _flawed(self, payment: Paying, day: Date) -> list[Paying]:
        """Return the payment as it really arrives: now and then in two parts, twice, or taken back."""
        flaws = {name: float(rate) for name, rate in self._facts.rate("paying.flaw").items()}
        flaw = self._dice.weighted(flaws | {"": 100 - sum(flaws.values())})
        later = days_after(day, self._dice.number(*DAYS_BETWEEN))
        if later not in self._window_of(day) or not flaw:
            return [payment]
        part = yuan(payment.amount / HALF)
        match flaw:
            case "part":
                return [self._payment(day, part)]
            case "completed":
                return [self._payment(day, part), self._payment(later, payment.amount - part)]
            case "twice":
                return [payment, self._payment(later, payment.amount)]
            case _:
                return [payment, self._payment(later, -payment.amount, reverses=payment.serial)]

    def _window_of(self, day: Date) -> tuple[Date, ...]:
        """Return the days of the window that is open on `day`, as far as a second payment may lie after it."""
        window = next((each for each in self._windows.values() if day in each.days), None)
        days = (days_after(day, number) for number in range(DAYS_BETWEEN[1] + 1))
        return tuple(each for each in days if window is not None and each in window.days)

    def _start(self) -> Date:
        return datetime.date(self._facts.coverage_year, 1, 1)


def _is_there(person: Person, day: Date) -> bool:
    """Return whether the person is alive and not employed on `day`."""
    return (person.died_on is None or day < person.died_on) and not person.is_employed_on(day)
