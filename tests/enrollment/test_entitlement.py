"""Who is covered on a day, and why not."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrollment.selectors import (
    basic_insured_years,
    entitlement_on,
    entitlements_on,
    insured_in_year,
    insured_years_changed,
    missed_years,
)
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from tests.enrollment.factories import InsuredFactory, row
from tests.registry.factories import InsuredSpellFactory, ResidentFactory, harbin

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date


def paid(person, on):
    enroll(resident_ids=[person.pk], coverage_year=2025, on=on)
    record_payments(rows=[row(person, on)])


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (DAY(2025, 3, 1), "waiting"),
        (DAY(2025, 5, 31), "waiting"),
        (DAY(2025, 6, 1), "covered"),
        (DAY(2025, 12, 31), "covered"),
        (DAY(2026, 1, 1), "not_enrolled"),
        (DAY(2024, 12, 31), "not_enrolled"),
    ],
)
def test_cover_runs_from_the_first_to_the_last_benefit_day(day, code):
    person = ResidentFactory()
    paid(person, DAY(2025, 3, 1))

    found = entitlement_on(resident_id=person.pk, day=day)

    assert (found.code, found.covered) == (code, code == "covered")
    assert found.why
    if code == "waiting":
        assert found.since == DAY(2025, 6, 1)
        assert "2025-06-01" in found.why


def test_every_other_reason_says_what_to_do():
    waiting, dead = ResidentFactory(), ResidentFactory(died_on=DAY(2025, 2, 1))
    InsuredFactory(resident=dead, year=2025)
    enroll(resident_ids=[waiting.pk], coverage_year=2025, on=DAY(2024, 10, 1))
    day = DAY(2025, 2, 2)

    found = entitlements_on([(waiting.pk, day), (dead.pk, day), (dead.pk, DAY(2025, 2, 1)), (0, day)])

    assert {moment: each.code for moment, each in found.items()} == {
        (waiting.pk, day): "not_paid",
        (dead.pk, day): "dead",
        (dead.pk, DAY(2025, 2, 1)): "covered",
        (0, day): "resident_unknown",
    }
    assert "缴清2025年度保费" in found[waiting.pk, day].what_to_do


def test_many_people_cost_as_many_queries_as_one():
    people = [InsuredFactory(year=2025).resident for _ in range(30)]

    def queries(some):
        with CaptureQueriesContext(connection) as asked:
            found = entitlements_on([(each.pk, DAY(2025, 5, 1)) for each in some])
        assert all(each.covered for each in found.values())
        return len(asked)

    assert queries(people[:1]) == queries(people) == 2


def test_answer_by_what_was_on_record_at_a_moment():
    person = ResidentFactory()
    before_all = timezone.now()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 1))
    registered = timezone.now()
    record_payments(rows=[row(person, DAY(2024, 10, 5))])
    day = DAY(2025, 3, 1)

    def code(known_at):
        return entitlement_on(resident_id=person.pk, day=day, known_at=known_at).code

    assert [code(moment) for moment in (before_all, registered, timezone.now(), None)] == [
        "not_enrolled",
        "not_paid",
        "covered",
        "covered",
    ]
    assert entitlement_on(resident_id=0, day=day, known_at=registered).code == "resident_unknown"


def test_many_people_of_a_past_moment_cost_as_many_queries_as_one():
    people = [InsuredFactory(year=2025).resident for _ in range(20)]
    moment = timezone.now()

    def queries(some):
        with CaptureQueriesContext(connection) as asked:
            found = entitlements_on([(each.pk, DAY(2025, 5, 1)) for each in some], known_at=moment)
        assert all(each.covered for each in found.values())
        return len(asked)

    assert queries(people[:1]) == queries(people) == 3


def test_insured_years_count_other_schemes_only_when_asked():
    person = ResidentFactory()
    InsuredFactory(resident=person, year=2024)
    InsuredSpellFactory(resident=person, starts_on=DAY(2022, 5, 1), ends_on=DAY(2023, 1, 1))

    assert basic_insured_years(resident_ids=[person.pk], until=DAY(2025, 1, 1)) == {
        person.pk: frozenset({2022, 2024})
    }
    assert list(insured_in_year(coverage_year=2024, pooling_area_id=harbin().pk)) == list(
        insured_in_year(coverage_year=2024)
    )


@pytest.mark.parametrize(
    ("insured", "count_from", "missed"),
    [
        (set(), None, 0),
        ({2026}, None, 0),
        ({2024}, None, 2),
        ({2020}, 2025, 2),
        ({2020, 2025}, 2025, 1),
        ({2028}, None, 0),
    ],
)
def test_missed_years_are_those_just_before(insured, count_from, missed):
    assert missed_years(frozenset(insured), coverage_year=2027, count_from_year=count_from) == missed


def test_changed_years_are_pulled_by_time_the_earliest_first():
    person, other = ResidentFactory(), ResidentFactory()
    InsuredFactory(resident=person, year=2023)
    start = timezone.now()
    paid(person, DAY(2024, 10, 1))
    spell = InsuredSpellFactory(resident=other, starts_on=DAY(2022, 5, 1), ends_on=DAY(2023, 1, 1))
    begun = timezone.now()
    spell.starts_on = DAY(2022, 9, 1)
    spell.save()
    end = timezone.now()

    def changed(since, *, last=2025):
        found = insured_years_changed(since=since, until=end, last=last)
        return {pk: year for pk, (year, at) in found.items() if since <= at < end}

    assert changed(start) == {person.pk: 2025, other.pk: 2022}
    assert changed(start, last=2024) == {other.pk: 2022}
    assert changed(begun) == {other.pk: 2022}
    assert changed(end) == {}
