"""The world of one journey while it runs: law, places, people, and what happened so far."""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from benefits.models import Claim, Facility
from casework.models import Case
from hardship.services.load_categories import load_categories
from oversight.services.worked_cases.format import CaseInvalid
from oversight.services.worked_cases.journey_law import LawText, adopt, laws_of, set_aside_approved
from oversight.services.worked_cases.journey_people import People
from oversight.services.worked_cases.journey_places import Places, described_areas
from policy.errors import DomainError
from registry.models import Area, Resident


@dataclass(frozen=True, slots=True)
class Happened:
    """What came of an event that was done.

    :param held: reason why money is held, empty = done
    :param claim: own number of the claim it concerns
    :param list_counts: rows of a list by outcome
    """

    held: str = ""
    claim: str = ""
    list_counts: Mapping[str, int] = field(default_factory=dict)


class EventRefused(DomainError):
    """A service refused; `code` is the service's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class World:
    """Everything an event or an expectation may ask.

    :ivar stamp: put before numbers that are unique in the whole system
    :ivar last_claim: the claim an expectation means if it names none
    :ivar list_counts: rows of the current event's list by outcome
    :ivar cases_before: keys of cases opened after it are of the current event
    """

    folder: Path
    laws: list[LawText]
    places: Places
    people: People
    home: str
    fiscal_class: str = ""
    stamp: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    numbers: int = 0
    last_claim: str = ""
    list_counts: Mapping[str, int] = field(default_factory=dict)
    cases_before: int = 0

    def person(self, name: str) -> Resident:
        """Return a person of the journey as now on record."""
        return self.people.resident(name)

    def area(self, code: str | None = None) -> Area:
        """Return an area, the journey's own if none is named."""
        return self.places.area(code or self.home)

    def year(self, given: int | None) -> int:
        """Return the coverage year meant.

        :raises CaseInvalid: if none is written and the journey has several
        """
        years = {law.year for law in self.laws}
        if given is None and len(years) != 1:
            raise CaseInvalid("本用例有几个年度，要写 year")
        return years.pop() if given is None else given

    def stamped(self, own: str | None) -> str:
        """Return a number nobody else has for the author's own, or the next one if they gave none."""
        self.numbers += 1
        return f"{self.stamp}-{own or f'{self.numbers:04d}'}"

    def unstamped(self, number: str) -> str:
        """Return the author's own number."""
        return number.removeprefix(f"{self.stamp}-")

    def claim(self, own: str) -> Claim:
        """Return a claim by the author's own number."""
        claim = Claim.objects.filter(number=f"{self.stamp}-{own}").first()
        if claim is None:
            raise CaseInvalid(f"没有结算单 {own}")
        return claim

    def facility(self, grade: str) -> Facility:
        """Return the journey's hospital of this grade."""
        facility, _ = Facility.objects.get_or_create(
            code=f"{self.stamp}{grade}"[:20],
            defaults={"name": f"用例医院（{grade}）", "grade": grade, "area": self.area()},
        )
        return facility

    def clerk(self, role: str) -> User:
        """Return a member of staff of the journey's own."""
        user, _ = User.objects.get_or_create(username=f"{self.stamp}-{role}")
        return user

    def adopt(self, laws: list[LawText]) -> None:
        """Make policies the law from now on."""
        adopt(laws)
        self.laws = [*self.laws, *laws]
        load_categories()
        if self.fiscal_class:
            years = frozenset(year for law in laws for year in law.fiscal_years)
            self.places.classify(self.area(), fiscal_class=self.fiscal_class, fiscal_years=years)

    def remember_cases(self) -> None:
        """Note which cases are there before an event."""
        self.cases_before = Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def open_world(body: Mapping[str, Any], folder: Path, *, births: Mapping[str, datetime.date]) -> World:
    """Return the world a journey begins in, its law adopted and its areas made.

    :raises CaseInvalid: if the journey's head cannot be understood
    :raises DomainError: if a policy cannot be loaded
    """
    laws = laws_of(body, folder)
    described = described_areas(body.get("areas", []))
    places = Places(described)
    home = str(body.get("area", laws[0].area))
    people = People(body.get("people", {}), places, home, births)
    world = World(folder, [], places, people, home, str(body.get("fiscal_class", "")))
    set_aside_approved()
    world.adopt(laws)
    years = frozenset(year for law in laws for year in law.fiscal_years)
    for code, facts in described.items():
        if facts.get("fiscal_class"):
            places.classify(places.area(code), fiscal_class=facts["fiscal_class"], fiscal_years=years)
    for name in people.described:
        people.resident(name)
    return world
