"""Random people to bill, and what the job wrote for them beside what the desk would have."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import strategies as st

from enrollment.models import ContributionPeriod, Enrollment, Quoted
from enrollment.services.enroll import enroll
from hardship.models import Recognition, ThirdPartySupport
from policy.errors import DomainError
from registry.models import Area, InsuredSpell, Resident
from tests.enrollment.factories import InsuredFactory
from tests.registry.factories import ResidentFactory, identity_number

DAY = datetime.date
ONE_DAY = datetime.timedelta(days=1)
FIGURES = tuple(field.name for field in Quoted._meta.local_fields if field.name != "working")
OF_ROW = (
    "coverage_year",
    "paid",
    "no_benefit_confirmed",
    "bought_back_months",
    "state",
    "quoted_on",
    "paid_on",
)
OF_GRANT = (
    "tier",
    "tier_label",
    "total",
    "aid",
    "payers",
    "losing",
    "trace",
    "policy_key",
    "decided_on",
    "case",
)
OF_ENROLLMENT = ("coverage_year", "pooling_area_id", "population", "registered_on", "status", "place")
ATTRIBUTES = st.sampled_from([{}, {}, {"risk_eliminated": True}, {"level": 1}, {"level": 3}])
EDGES = [
    DAY(2024, 9, 1),
    DAY(2024, 12, 28),
    DAY(2024, 12, 31),
    DAY(2025, 1, 1),
    DAY(2025, 6, 30),
    DAY(2025, 7, 1),
]
days = st.one_of(st.sampled_from(EDGES), st.dates(DAY(2023, 6, 1), DAY(2025, 11, 1)))
sixty = st.integers(-2, 2).map(lambda days: DAY(1964, 9, 1) + days * ONE_DAY)
births = st.one_of(
    st.dates(DAY(1930, 1, 1), DAY(2024, 8, 31)), st.dates(DAY(2024, 6, 1), DAY(2024, 8, 31)), sixty
)


@dataclass(frozen=True)
class Life:
    """What is on record of somebody.

    :param held: category, from, days held (0 = still), attributes
    :param elsewhere: scheme, from, days covered (0 = still)
    """

    born_on: datetime.date
    place: int
    hukou: int
    years: frozenset[int]
    population: str
    held: tuple[Any, ...]
    elsewhere: tuple[Any, ...]
    discharged_on: datetime.date | None
    died_on: datetime.date | None
    offered: int


def lives(categories: list[str]) -> st.SearchStrategy[Life]:
    spell = st.tuples(st.sampled_from(categories), days, st.sampled_from([0, 0, 40, 200]), ATTRIBUTES)
    cover = st.tuples(
        st.sampled_from(["employee_scheme", "resident_scheme_elsewhere"]),
        st.dates(DAY(2019, 1, 1), DAY(2024, 12, 1)),
        st.sampled_from([0, 30, 300, 800, 1500]),
    )
    return st.builds(
        Life,
        born_on=births,
        place=st.integers(0, 2),
        hukou=st.sampled_from([0, 0, 0, 1, 3]),
        years=st.sampled_from([{2024}, {2024}, {2023, 2024}, {2022}, set()]).map(frozenset),
        population=st.sampled_from(["resident", "resident", "student", "freshman"]),
        held=st.lists(spell, max_size=2, unique_by=lambda each: each[0]).map(tuple),
        elsewhere=st.lists(cover, max_size=1).map(tuple),
        discharged_on=st.sampled_from([None, None, None, DAY(2024, 11, 5), DAY(2025, 3, 1)]),
        died_on=st.sampled_from([None, None, None, None, None, DAY(2024, 9, 15)]),
        offered=st.sampled_from([0, 0, 0, 30, 1000]),
    )


def later(day: Any, years: int) -> Any:
    """Return the same day of a later year; null stays null."""
    leap = day and (day.month, day.day) == (2, 29)
    return day and day.replace(year=day.year + years, day=28 if leap else day.day)


def years_later(life: Life, years: int) -> Life:
    """Return the same life lived later."""
    return replace(
        life,
        born_on=later(life.born_on, years),
        years=frozenset(year + years for year in life.years),
        held=tuple((code, later(since, years), length, more) for code, since, length, more in life.held),
        elsewhere=tuple((scheme, later(since, years), length) for scheme, since, length in life.elsewhere),
        discharged_on=later(life.discharged_on, years),
        died_on=later(life.died_on, years),
    )


def settle(found: Iterable[Life], places: list[Area], pool: Area, *, year: int = 2025) -> list[Resident]:
    """Record the lives; `places` are three areas of the pool and one elsewhere."""
    people = []
    for serial, life in enumerate(found):
        person = ResidentFactory(
            number=identity_number(serial % 500, born_on=life.born_on),
            born_on=life.born_on,
            living_area=places[life.place],
            hukou_area=places[life.hukou],
            pooling_area=pool,
            discharged_on=life.discharged_on,
            died_on=max(life.died_on, life.born_on) if life.died_on else None,
        )
        people.append(person)
        for insured in life.years:
            InsuredFactory(
                resident=person,
                year=insured,
                enrollment__population=life.population,
                enrollment__pooling_area=pool,
            )
        Recognition.objects.bulk_create(
            Recognition(
                resident=person, category_id=category, valid_from=since, attributes=attributes, authority="民政",
                valid_to=since + length * ONE_DAY if length else None,
            )
            for category, since, length, attributes in life.held
        )  # fmt: skip
        InsuredSpell.objects.bulk_create(
            InsuredSpell(
                resident=person, scheme=scheme, starts_on=since,
                ends_on=since + length * ONE_DAY if length else None,
            )
            for scheme, since, length in life.elsewhere
        )  # fmt: skip
        if life.offered:
            ThirdPartySupport.objects.create(
                resident=person, coverage_year=year, giver="村委会", offered=Decimal(life.offered),
                amount=0, given_on=DAY(year - 1, 9, 1),
            )  # fmt: skip
    return people


def said(resident_id: int, year: int) -> dict[str, Any]:
    """Return all that is stored of somebody's year, keys and moments apart."""
    row = ContributionPeriod.objects.select_related("grant", "enrollment", "working").get(
        resident=resident_id, coverage_year=year
    )
    values = {name: getattr(row, name) for name in (*FIGURES, *OF_ROW)}
    values |= {f"enrollment_{name}": getattr(row.enrollment, name) for name in OF_ENROLLMENT}
    values |= {f"grant_{name}": getattr(row.grant, name) for name in OF_GRANT} if row.grant else {}
    return values | {"steps": row.steps, "history": row.history.count()}


def at_the_desk(resident_id: int, *, year: int, on: datetime.date, population: str) -> dict[str, Any] | str:
    """Return what enrolling one person would store, or the code of its refusal; nothing stays."""
    with transaction.atomic():
        try:
            enroll(resident_ids=[resident_id], coverage_year=year, on=on, population=population)
            return said(resident_id, year)
        except DomainError as refusal:
            return refusal.code
        finally:
            transaction.set_rollback(True)


def populations(people: list[Resident], *, year: int) -> dict[int, str]:
    """Return the class of insured each was in the year before, freshmen grown students, or resident."""
    before = Enrollment.objects.filter(resident__in=people, coverage_year=year - 1)
    found = dict(before.values_list("resident", "population"))
    return {each.pk: found.get(each.pk, "resident").replace("freshman", "student") for each in people}
