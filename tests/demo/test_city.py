"""The demo city: the same seed makes the same city, nobody in it can exist, and everything the law knows happens."""

import datetime
from collections import Counter
from decimal import Decimal

import pytest

from enrollment.rules.windows import adopted_windows, window_on
from oversight.services.demo.city.city import City, make_city
from oversight.services.demo.city.dice import Dice
from oversight.services.demo.city.numbers import NumberRegister
from oversight.services.demo.files.write import demo_files
from policy.loader import load_shipped
from registry.rules.identity_numbers import read_identity_number
from registry.services.load_areas import SHIPPED

SMALL, LARGE = 300, 5_000
LAST_DAY = datetime.date(2025, 12, 31)


@pytest.fixture(scope="module")
def small() -> City:
    return make_city(size=SMALL, seed=7)


@pytest.fixture(scope="module")
def large() -> City:
    return make_city(size=LARGE, seed=7)


def test_same_size_and_seed_give_the_same_bytes(small):
    again = make_city(size=SMALL, seed=7)

    assert demo_files(again) == demo_files(small)


def test_another_seed_gives_other_people(small):
    other = make_city(size=SMALL, seed=8)

    assert {person.id_number for person in other.people}.isdisjoint(
        {person.id_number for person in small.people}
    )


@pytest.mark.parametrize("size", [200, SMALL, 1_001])
def test_city_has_as_many_people_as_asked_for(size):
    assert len(make_city(size=size, seed=1).people) == size


def test_identity_numbers_are_right_and_belong_to_nobody(large):
    numbers = [person.id_number for person in large.people]

    assert len(set(numbers)) == LARGE
    for person in large.people:
        if person.has_certificate:
            continue
        read = read_identity_number(person.id_number, on=LAST_DAY)
        assert (read.born_on, read.sex) == (person.born_on, person.sex)
        assert person.id_number[4:6] == "99"  # a place that was never allocated


def test_some_newborns_have_a_birth_certificate_only(large):
    newborns = [person for person in large.people if person.has_certificate]

    assert newborns
    assert {person.born_on.year for person in newborns} == {2025}


def test_a_day_has_numbers_for_five_hundred_of_a_sex():
    register = NumberRegister(Dice(1, "numbers"))
    born_on = datetime.date(2000, 2, 29)

    numbers = {register.new(city="2301", born_on=born_on, sex="2") for _ in range(500)}

    assert len(numbers) == 500
    with pytest.raises(ValueError, match="no number left"):
        register.new(city="2301", born_on=born_on, sex="2")


def test_every_county_of_harbin_has_people_and_no_town_is_real(large):
    shipped = [line.split(",") for line in SHIPPED.read_text(encoding="utf-8").splitlines()]
    counties = {line[0]: line[1] for line in shipped if line[3] == "230100"}

    assert {each.village.county_code: each.village.county for each in large.families} == counties
    assert all(village.town_code[6] == "9" and village.town.startswith("演示") for village in large.villages)


@pytest.mark.parametrize("city", ["small", "large"])
def test_every_combination_of_identities_is_held_by_somebody(city, request):
    found = request.getfixturevalue(city)
    held = set()
    for person in found.people:
        names = frozenset(
            "severe_disability" if mark.level in (1, 2) else mark.category for mark in person.marks
        )
        held.add((names, any(mark.eliminated_on for mark in person.marks)))

    wanted = {(frozenset(each.categories), each.eliminated) for each in found.facts.combinations}

    assert wanted - held == set()


def test_every_category_of_the_register_is_held_by_somebody(large):
    marked = {
        "severe_disability" if mark.level in (1, 2) else mark.category
        for person in large.people
        for mark in person.marks
    }

    assert set(load_shipped("230100/2025").data.category) <= marked


def test_people_pay_in_every_window_and_with_every_mistake(large):
    rules = large.policy.enrollment
    payments = [each for person in large.people for each in person.payments]
    windows = Counter(
        window.name for each in payments if (window := window_on(rules, each.paid_on)) is not None
    )

    assert set(windows) == {window.name for window in adopted_windows(rules)}
    assert windows["concentrated"] > len(payments) / 2
    assert any(each.reverses for each in payments)
    assert any(
        sum(each.amount for each in person.payments) < Decimal(400) and person.benefit_start is None
        for person in large.people
        if person.payments and not person.marks
    )


def test_five_coverage_years_have_lapses_newborns_jobs_and_deaths(large):
    years = Counter(past.year for person in large.people for past in person.past)

    assert sorted(years) == [2021, 2022, 2023, 2024]
    assert any(
        {past.year for past in person.past} == {2021, 2023, 2024} for person in large.people
    )  # one lapse
    assert any(
        person.born_on.year == 2025 and person.benefit_start == person.born_on for person in large.people
    )
    assert any(job.last_on and job.last_on.year == 2025 for each in large.people for job in each.employment)
    assert any(person.discharged_on and person.benefit_start for person in large.people)
    for person in large.people:
        if person.died_on:
            assert all(past.paid_on < person.died_on for past in person.past)
            assert all(visit.discharged_on <= person.died_on for visit in person.visits)


def test_bills_add_up_fall_within_cover_and_reach_over_the_cap(small):
    visits = [(person, visit) for person in small.people for visit in person.visits]

    for person, visit in visits:
        assert visit.total == visit.eligible + visit.class_b_copay + visit.out_of_scope
        assert person.benefit_start <= visit.admitted_on <= visit.discharged_on <= LAST_DAY
    assert max(visit.eligible for _, visit in visits) >= Decimal(2_000_000)
    assert len({visit.number for _, visit in visits}) == len(visits)


def test_names_hold_rare_characters_and_middle_dots(large):
    names = "".join(person.name for person in large.people)

    assert "·" in names
    assert any(ord(sign) > 0xFFFF for sign in names)
