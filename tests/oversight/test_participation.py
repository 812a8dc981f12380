"""Participation by place: what is counted, what the rate is, and what is kept month by month."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import UninsuredReason
from enrollment.selectors.standings import task_of
from oversight import tasks
from oversight.models import ParticipationCount
from oversight.selectors.participation import ALL, HARDSHIP, kept_counts, lines_below, rate_of, total_of
from oversight.services.participation import keep_participation
from policy.selectors import policy_for
from policy.services.versions import load_shipped_policies
from registry.batch.history import write_with_history
from tests.enrollment.factories import InsuredFactory
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import (
    InsuredSpellFactory,
    ResidentFactory,
    area,
    daoli,
    harbin,
    identity_number,
    shangzhi,
)

DAY = datetime.date
TODAY = DAY(2024, 12, 31)


@pytest.fixture
def town():
    return area("230102001", name="新阳路街道", parent=daoli())


@pytest.fixture
def village(town):
    return area("230102001001", name="红旗社区", parent=town)


@pytest.fixture
def people(db, town, village):
    """Nine people: five in the hardship group, one of each standing that matters."""
    load_shipped_policies()
    places = [village, town, daoli(), shangzhi(), village, village, village, town, village]
    made = [ResidentFactory(number=identity_number(n), living_area=place) for n, place in enumerate(places)]
    for person in made[:5]:
        RecognitionFactory(resident=person)
    for person in (made[0], made[3], made[5]):
        InsuredFactory(resident=person, year=2025, paid_on=DAY(2024, 10, 1))
    InsuredSpellFactory(resident=made[1], area_code="130200", starts_on=DAY(2024, 11, 1), ends_on=None)
    InsuredSpellFactory(resident=made[6], area_code="230102", starts_on=DAY(2024, 11, 1), ends_on=None)
    write_with_history(
        [
            UninsuredReason(
                resident=person,
                coverage_year=2025,
                reason=why,
                stated_on=DAY(2024, 11, 5),
                source="visit",
                document="凭据",
            )
            for person, why in ((made[2], "army"), (made[7], "lost"))
        ],
        reason="state reason",
    )
    return made


def harbin_task(day=TODAY):
    return task_of(area=harbin(), coverage_year=2025, today=day)


def law():
    return policy_for(areas=["230100"], year=2025).oversight


def test_places_sum_up_to_the_whole_and_the_rate_follows_the_law(people):
    lines = lines_below(harbin_task())

    by_name = {line.area.name: line.groups for line in lines}
    assert {name: groups[ALL].listed for name, groups in by_name.items()} == {"道里区": 8, "尚志市": 1}
    hardship = total_of(lines, HARDSHIP)
    rate = rate_of(law(), hardship.by_standing).value
    # five listed, one in the army is not counted, two paid here, one is employed elsewhere, one is waiting
    assert (hardship.listed, rate.denominator, rate.insured, rate.rate) == (5, 4, 3, Decimal("0.7500"))
    everybody = rate_of(law(), total_of(lines, ALL).by_standing).value
    assert (everybody.denominator, everybody.insured) == (8, 5)


def test_who_lives_at_the_area_itself_has_a_line_without_a_place(people):
    lines = lines_below(task_of(area=daoli(), coverage_year=2025, today=TODAY))

    assert [(line.area and line.area.name, line.groups[ALL].listed) for line in lines] == [
        ("新阳路街道", 7),
        (None, 1),
    ]


def test_employee_cover_counts_wherever_the_job_is(people):
    counts = dict.fromkeys(total_of([], ALL).by_standing, 0) | {
        "insured_here": 90,
        "employee_scheme": 4,
        "employee_scheme_elsewhere": 5,
        "waiting": 1,
    }

    assert rate_of(law(), counts).value.rate == Decimal("0.9900")


def test_what_is_kept_counts_each_person_at_one_town(people, town):
    keep_participation(task=harbin_task())

    kept = ParticipationCount.objects.filter(group="all").order_by("area__path")
    assert [(row.area.name, row.insured_here, row.waiting) for row in kept] == [
        ("道里区", 0, 0),
        ("新阳路街道", 2, 2),
        ("尚志市", 1, 0),
    ]
    (found,) = [row for row in kept_counts(area=harbin(), coverage_year=2025) if row.group == "all"]
    assert found.by_standing == total_of(lines_below(harbin_task()), ALL).by_standing
    (of_town,) = [row for row in kept_counts(area=town, coverage_year=2025) if row.group == "all"]
    assert sum(of_town.by_standing.values()) == 7


def test_kept_again_it_is_corrected_with_history_and_never_doubled(people, village):
    keep_participation(task=harbin_task())
    before = ParticipationCount.objects.count()
    InsuredFactory(resident=people[4], year=2025, paid_on=DAY(2024, 12, 1))

    keep_participation(task=harbin_task())

    row = ParticipationCount.objects.get(area=village.parent, group="hardship")
    assert ParticipationCount.objects.count() == before
    assert (row.insured_here, row.waiting, row.history.count()) == (2, 0, 2)


def test_months_stay_as_they_were(people):
    keep_participation(task=harbin_task(DAY(2024, 9, 30)))
    keep_participation(task=harbin_task(DAY(2024, 10, 31)))

    kept = [row for row in kept_counts(area=harbin(), coverage_year=2025) if row.group == "all"]
    assert [(row.day, row.by_standing["insured_here"]) for row in kept] == [
        (DAY(2024, 9, 30), 0),
        (DAY(2024, 10, 31), 3),
    ]


def test_the_months_task_keeps_the_years_whose_windows_have_begun(people, monkeypatch):
    monkeypatch.setattr(tasks.timezone, "localdate", lambda: DAY(2025, 1, 1))

    assert tasks.launch_participation_counts() == 1
    assert set(ParticipationCount.objects.values_list("day", "coverage_year")) == {(TODAY, 2025)}


def test_the_page_counts_in_two_queries_for_any_number_of_people(people):
    lines_below(harbin_task())  # the law is built once
    with CaptureQueriesContext(connection) as asked:
        lines_below(harbin_task())
    few = len(asked)
    for serial in range(20, 50):
        ResidentFactory(number=identity_number(serial), living_area=people[0].living_area)

    with CaptureQueriesContext(connection) as asked:
        lines = lines_below(harbin_task())

    assert len(asked) == few
    assert total_of(lines, ALL).listed == 39
