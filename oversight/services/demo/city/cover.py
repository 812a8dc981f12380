"""What happened before the coverage year's own payments: past years, jobs, service in the forces, deaths."""

import datetime
from decimal import Decimal

from oversight.services.demo.city.dice import Dice
from oversight.services.demo.city.facts import CityFacts
from oversight.services.demo.city.numbers import MALE
from oversight.services.demo.city.people import Employment, PastYear, Person
from policy.dates import Date, Period, days_after, last_day_of_month, months_after

WORKING_AGE = range(23, 58)
SOLDIERS = range(20, 28)
LONGEST_JOB, SHORTEST_JOB = 40, 18  # months
PAID_IN_WINDOW = 94
NEWBORN_DAYS = 60
OLD = 62
FEW_MARKS = 1


class CoverMaker:
    """Fills in employment, deaths and the coverage years before."""

    def __init__(self, facts: CityFacts, seed: int, *, concentrated: Period) -> None:
        self._facts = facts
        self._dice = Dice(seed, "cover")
        self._concentrated = concentrated
        self._premiums = {int(year): Decimal(yuan) for year, yuan in facts.rate("cover.past_premium").items()}
        self._year = facts.coverage_year

    def live(self, people: list[Person]) -> None:
        """Give everybody the years before; special groups have members in the smallest city."""
        self._employ(people)
        self._discharge(people)
        self._bury(people)
        for person in people:
            if not self._dice.chance(self._facts.rate("cover.never_insured")):
                person.past = self._past(person)

    def _employ(self, people: list[Person]) -> None:
        grown = [
            person for person in people if person.age_on(self._start()) in WORKING_AGE and not person.marks
        ]
        rate = self._facts.rate
        for person in self._dice.some(grown, self._many(people, "employee")):
            person.employment = [Employment(datetime.date(self._dice.number(2008, 2022), 7, 1), None)]
        free = [person for person in grown if not person.employment]
        for person in self._dice.some(free, max(self._many(people, "employee_leaver"), rate("cover.fewest"))):
            person.employment = [self._job_until(self._year, self._dice.number(2, 8))]
        free = [person for person in free if not person.employment]
        for person in self._dice.some(free, self._many(people, "formerly_employee")):
            person.employment = [self._job_until(self._dice.number(self._year - 3, self._year - 2), 12)]

    def _job_until(self, year: int, month: int) -> Employment:
        last = last_day_of_month(datetime.date(year, month, 1))
        months = self._dice.number(SHORTEST_JOB, LONGEST_JOB)
        return Employment(months_after(datetime.date(year, month, 1), 1 - months), last)

    def _discharge(self, people: list[Person]) -> None:
        young = [
            person
            for person in people
            if person.sex == MALE
            and person.age_on(self._start()) in SOLDIERS
            and not (person.employment or person.marks)
        ]
        count = max(self._many(people, "soldier"), self._facts.rate("cover.fewest"))
        for number, person in enumerate(self._dice.some(young, count)):
            first = datetime.date(self._year, 3, 1) if number else datetime.date(self._year - 1, 12, 1)
            person.discharged_on = self._dice.day(first, months_after(first, 3 if number else 0))

    def _bury(self, people: list[Person]) -> None:
        old = [
            person
            for person in people
            if person.age_on(self._start()) >= OLD and len(person.marks) <= FEW_MARKS
        ]
        first_year = min(self._premiums)
        for person in self._dice.some(old, self._many(people, "died_before")):
            person.died_on = self._dice.day(
                datetime.date(first_year, 6, 1), days_after(self._concentrated.first, -32)
            )
        alive = [person for person in old if person.died_on is None]
        for person in self._dice.some(alive, self._many(people, "died_in_year")):
            person.died_on = self._dice.day(self._start(), self._facts.known_until)
        for person in people:
            person.marks = [
                mark for mark in person.marks if not person.died_on or mark.since < person.died_on
            ]

    def _past(self, person: Person) -> list[PastYear]:
        missed = set()
        if self._dice.chance(self._facts.rate("cover.lapsed_once")) and not person.marks:
            missed = set(self._dice.some(sorted(self._premiums), self._dice.number(1, 2)))
        years = []
        for year in self._premiums:
            paid_on = self._paid_on(person, year)
            lived = paid_on is not None and (person.died_on is None or paid_on < person.died_on)
            if paid_on and lived and year not in missed and not self._served(person, year):
                years.append(PastYear(year, paid_on, self._premiums[year]))
        return years

    def _paid_on(self, person: Person, year: int) -> Date | None:
        """Return the day of a past year's payment, null = the person was not there to be insured."""
        if person.born_on.year > year:
            return None
        shift = year - self._year
        first = self._concentrated.first.replace(year=self._concentrated.first.year + shift)
        last = self._concentrated.last.replace(year=self._concentrated.last.year + shift)
        if person.born_on > first:
            paid_on = self._dice.day(person.born_on, days_after(person.born_on, NEWBORN_DAYS))
            return paid_on if paid_on.year == year else None
        if self._employed_in(person, year):
            return None
        if self._dice.chance(PAID_IN_WINDOW):
            return self._dice.day(first, last)
        return self._dice.day(days_after(last, 1), days_after(last, 55))

    def _employed_in(self, person: Person, year: int) -> bool:
        days = (datetime.date(year, 1, 1), datetime.date(year, 12, 31))
        return any(person.is_employed_on(day) for day in days)

    def _served(self, person: Person, year: int) -> bool:
        """Return whether the year was spent in the forces: two years before the discharge."""
        return person.discharged_on is not None and year >= person.discharged_on.year - 2

    def _start(self) -> Date:
        return datetime.date(self._year, 1, 1)

    def _many(self, people: list[Person], what: str) -> int:
        percent = float(self._facts.rate(f"cover.{what}"))
        return max(1, round(len(people) * percent / 100))
