"""Visits of the coverage year: everyday ones by chance, and bills that stand just at the edges of the law."""

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal

from benefits.rules.settlement import ClaimFacts, YearTotals, settle
from oversight.services.demo.city.dice import Dice
from oversight.services.demo.city.facts import CityFacts, FacilityFacts
from oversight.services.demo.city.numbers import FEMALE
from oversight.services.demo.city.people import Person, Visit
from oversight.services.demo.city.seen import as_seen
from policy.dates import Date, days_after
from policy.money import ZERO, yuan
from policy.policy import Policy

BEARING_AGE = range(20, 43)
FEN = Decimal("0.01")
TOP_GRADE = "grade_3"
BILLS = {  # kind of visit → middle of the bill in yuan, spread, fewest and most a year
    "outpatient": (180, 0.7, 1, 4),
    "outpatient_chronic": (900, 0.5, 2, 6),
    "inpatient": (7_000, 0.8, 1, 2),
    "serious": (90_000, 0.9, 1, 3),
}
SHARE_OUTSIDE = (3, 18)  # percent of a bill that no catalogue covers
SHARE_CLASS_B = (2, 9)
DAYS_IN_HOSPITAL = (3, 16)
PRENATAL_VISITS = 3
PRENATAL_BILL, DELIVERY_BILL = 320, 5_200
LARGEST_BILL = Decimal(4_000_000)
OVER_THE_CAP = 3  # bills that would pay more than the cap


class CareMaker:
    """Sends people to the doctor."""

    def __init__(self, facts: CityFacts, seed: int, *, policy: Policy) -> None:
        self._facts = facts
        self._dice = Dice(seed, "care")
        self._policy = policy
        self._number = 0
        self._by_grade = {
            grade: [each for each in facts.facilities if each.grade == grade]
            for grade in sorted({each.grade for each in facts.facilities})
        }

    def treat(self, people: list[Person]) -> None:
        """Give visits to those who are insured on the day, and the edge cases to people without any other."""
        covered = [person for person in people if person.benefit_start is not None]
        healthy = []
        for person in covered:
            person.visits = sorted(self._year(person), key=lambda visit: visit.discharged_on)
            if not person.visits and person.died_on is None and person.age_on(self._last) > BEARING_AGE.stop:
                healthy.append(person)
        self._edges(
            [person for person in healthy if not person.marks], [each for each in healthy if each.marks]
        )

    @property
    def _last(self) -> Date:
        return self._facts.known_until

    def _year(self, person: Person) -> Iterator[Visit]:
        for kind, percent in self._facts.rate("care").items():
            if kind == "delivery":
                if (
                    person.sex == FEMALE
                    and person.age_on(self._last) in BEARING_AGE
                    and self._dice.chance(percent)
                ):
                    yield from self._birth(person)
            elif self._dice.chance(percent):
                yield from self._visits(person, kind)

    def _visits(self, person: Person, kind: str) -> Iterator[Visit]:
        middle, spread, fewest, most = BILLS[kind]
        facility = self._facility(TOP_GRADE if kind == "serious" else None)
        for _ in range(self._dice.number(fewest, most)):
            total = min(self._dice.amount(middle, spread=spread), LARGEST_BILL)
            day = self._day(person)
            if day is not None:
                yield self._visit("inpatient" if kind == "serious" else kind, facility, day, total)

    def _birth(self, person: Person) -> Iterator[Visit]:
        day, facility = self._day(person), self._facility(None)
        if day is None or person.benefit_start is None:
            return
        for number in range(PRENATAL_VISITS):
            before = days_after(day, -30 * (number + 1))
            if before >= person.benefit_start:
                yield self._visit("prenatal", facility, before, self._dice.amount(PRENATAL_BILL, spread=0.2))
        yield self._visit("delivery", facility, day, self._dice.amount(DELIVERY_BILL, spread=0.2))

    def _day(self, person: Person) -> Date | None:
        """Return a day on which the person is insured and alive, and may be discharged within the year."""
        assert person.benefit_start is not None
        last = days_after(self._last, -DAYS_IN_HOSPITAL[1])
        if person.died_on is not None:
            last = min(last, days_after(person.died_on, -DAYS_IN_HOSPITAL[1]))
        return self._dice.day(person.benefit_start, last) if person.benefit_start <= last else None

    def _facility(self, grade: str | None) -> FacilityFacts:
        grade = grade or self._dice.weighted(dict.fromkeys(self._by_grade, 1.0))
        return self._dice.pick(self._by_grade[grade])

    def _visit(self, kind: str, facility: FacilityFacts, day: Date, total: Decimal) -> Visit:
        outside = yuan(total * self._dice.number(*SHARE_OUTSIDE) / 100)
        class_b = yuan(total * self._dice.number(*SHARE_CLASS_B) / 100)
        return self._bill(kind, facility, day, total - outside - class_b, class_b=class_b, outside=outside)

    def _bill(
        self,
        kind: str,
        facility: FacilityFacts,
        day: Date,
        eligible: Decimal,
        *,
        class_b: Decimal = ZERO,
        outside: Decimal = ZERO,
    ) -> Visit:
        self._number += 1
        stays = kind in ("inpatient", "delivery")
        return Visit(
            number=f"JS{self._facts.coverage_year}{self._number:08d}",
            facility=facility.code,
            kind=kind,
            admitted_on=day,
            discharged_on=days_after(day, self._dice.number(*DAYS_IN_HOSPITAL)) if stays else day,
            total=yuan(eligible + class_b + outside),
            eligible=yuan(eligible),
            class_b_copay=yuan(class_b),
            out_of_scope=yuan(outside),
        )

    def _edges(self, ordinary: list[Person], poor: list[Person]) -> None:
        """Bills just at and just over every threshold: deductible and alerts, and some far over the cap."""
        facility = self._facility(TOP_GRADE)
        wanted = [
            (person, eligible)
            for person, eligible in zip(ordinary, self._eligible_at_edges(facility, ordinary), strict=False)
        ]
        wanted += [(person, LARGEST_BILL / 2) for person in [*ordinary[::-1][:OVER_THE_CAP], *poor[:1]]]
        for person, eligible in wanted:
            day = self._day(person)
            if day is not None and not person.visits:
                person.visits = [self._bill("inpatient", facility, day, eligible)]

    def _eligible_at_edges(self, facility: FacilityFacts, people: list[Person]) -> Iterator[Decimal]:
        """Yield the bills after which an ordinary person stands on a threshold, and a fen above it."""
        if not people:
            return
        deductible = self._policy.critical_illness.deductible
        assert deductible is not None
        measures: list[tuple[Decimal, Callable[[YearTotals], Decimal]]] = [
            (deductible.value, lambda totals: totals.eligible_for_critical)
        ]
        measures += [
            (rule.threshold.value, lambda totals: totals.own_burden)
            for rule in self._policy.alerts.rule.values()
            if rule.threshold is not None
        ]
        for threshold, measure in measures:
            for wanted in (threshold, threshold + FEN):
                yield self._eligible_for(wanted, measure, facility.grade, people[0])

    def _eligible_for(
        self, wanted: Decimal, measure: Callable[[YearTotals], Decimal], grade: str, person: Person
    ) -> Decimal:
        """Return the smallest in-policy bill after which `measure` reaches `wanted`, by halving."""
        seen = as_seen(
            person,
            day=datetime.date(self._facts.coverage_year, 6, 1),
            coverage_year=self._facts.coverage_year,
            city=self._facts.area,
        )
        low, high = 0, int(LARGEST_BILL / FEN)
        while low < high:
            middle = (low + high) // 2
            eligible = middle * FEN
            claim = ClaimFacts("inpatient", grade, eligible, eligible)
            reached = measure(settle(self._policy, claim, YearTotals(), seen).totals_after)
            low, high = (low, middle) if reached >= wanted else (middle + 1, high)
        return low * FEN
