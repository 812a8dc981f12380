"""How far back conditions look for the end of employee cover, and people whose cover ended before that."""

import datetime

import pytest

from enrollment.rules.dues import Circumstances
from enrollment.rules.likeness import Likeness
from enrollment.rules.reach import FOR_EVER, cover_reach
from policy.conditions import Age, AllOf, AnyOf, Anyone, EmployeeMonths, Event, Not, Person
from policy.loader import load_shipped

COVER_END = Event("employee_cover_end", within_months=3, from_month_end=True)
EVER = Event("employee_cover_end")
MONTHS = EmployeeMonths(at_least=24)
DAY = datetime.date(2024, 9, 1)


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ([Anyone(), Age(at_least=60)], 0),
        ([COVER_END], 4 * 31),
        ([Event("employee_cover_end", within_days=90), COVER_END], 4 * 31),
        ([AllOf((MONTHS, COVER_END))], 4 * 31),
        ([Not(AllOf((MONTHS, COVER_END)))], 4 * 31),
        ([AnyOf((AllOf((COVER_END, MONTHS)), COVER_END))], 4 * 31),
        ([MONTHS], FOR_EVER),
        ([AnyOf((MONTHS, COVER_END))], FOR_EVER),
        ([EVER], FOR_EVER),
        ([Not(EVER)], FOR_EVER),
        ([AllOf((EVER, Age(at_least=60)))], FOR_EVER),
    ],
)
def test_cover_matters_as_long_as_some_condition_asks(asked, days):
    assert cover_reach(asked) == days


@pytest.mark.parametrize(("ended", "alike"), [(DAY.replace(year=2022), True), (DAY.replace(month=7), False)])
def test_people_whose_cover_ended_long_ago_are_alike(ended, alike):
    likeness = Likeness(load_shipped("230100/2025"))
    someone = {"day": DAY, "coverage_year": 2025, "born_on": DAY.replace(year=1980)}

    left = Person(**someone, events={"employee_cover_end": ended}, employee_months=30)
    never = Person(**someone)

    assert (likeness.key(left, Circumstances()) == likeness.key(never, Circumstances())) is alike
