"""Conditions: what each shape accepts, at its edges, and what is no condition at all."""

import datetime

import pytest

from policy.condition_syntax import parsed
from policy.conditions import Identity, Person, asks_age, categories_in

Day = datetime.date
DAY = Day(2025, 6, 30)


def someone(**facts) -> Person:
    return Person(**({"day": DAY, "coverage_year": 2025} | facts))


def holding(category: str, since: Day | None = None, **attributes) -> Person:
    return someone(identities=(Identity(category, since, attributes),))


@pytest.mark.parametrize(
    ("written", "person", "holds"),
    [
        ("anyone", someone(), True),
        ("orphan", holding("orphan"), True),
        ("orphan", holding("special_care"), False),
        ({"any": ["orphan", "special_care"]}, holding("special_care"), True),
        ({"any": ["orphan", "special_care"]}, someone(), False),
        ({"all": ["orphan", "anyone"]}, holding("orphan"), True),
        ({"all": ["orphan", "special_care"]}, holding("orphan"), False),
        ({"not": "orphan"}, someone(), True),
        ({"not": "orphan"}, holding("orphan"), False),
        ({"category": "sudden_hardship", "where": {"over": False}}, holding("sudden_hardship"), True),
        (
            {"category": "sudden_hardship", "where": {"over": False}},
            holding("sudden_hardship", over=True),
            False,
        ),
        (
            {"category": "sudden_hardship", "where": {"over": True}},
            holding("sudden_hardship", over=True),
            True,
        ),
        ({"category": "severe_disability", "level_at_most": 2}, holding("severe_disability", level=2), True),
        ({"category": "severe_disability", "level_at_most": 2}, holding("severe_disability", level=3), False),
        ({"category": "severe_disability", "level_at_most": 2}, holding("severe_disability"), False),
        ({"age_at_least": 60}, someone(born_on=Day(1965, 6, 30)), True),
        ({"age_at_least": 60}, someone(born_on=Day(1965, 7, 1)), False),
        ({"age_at_least": 60}, someone(born_on=Day(1965, 7, 1), age_day=Day(2025, 7, 1)), True),
        ({"age_at_least": 60}, someone(), False),
        ({"age_at_most": 17}, someone(born_on=Day(2007, 7, 1)), True),
        ({"age_at_most": 17}, someone(born_on=Day(2007, 6, 30)), False),
        ({"age_at_least": 6, "age_at_most": 17}, someone(born_on=Day(2020, 1, 1)), False),
        ({"population": "student"}, someone(population="student"), True),
        ({"population": "student"}, someone(), False),
        ({"hukou": "inside"}, someone(has_local_hukou=True), True),
        ({"hukou": "inside"}, someone(), False),
        ({"hukou": "outside"}, someone(has_local_hukou=False), True),
        ({"hukou": "outside"}, someone(), False),
        ({"event": "birth", "within_days": 90}, someone(born_on=Day(2025, 4, 1)), True),
        ({"event": "birth", "within_days": 90}, someone(born_on=Day(2025, 3, 31)), False),
        ({"event": "birth", "within_days": 90}, someone(born_on=Day(2025, 7, 1)), False),
        ({"event": "birth", "within_days": 90}, someone(), False),
        (
            {"event": "discharge", "in_coverage_year": True},
            someone(events={"discharge": Day(2025, 1, 1)}),
            True,
        ),
        (
            {"event": "discharge", "in_coverage_year": True},
            someone(events={"discharge": Day(2024, 12, 31)}),
            False,
        ),
        ({"event": "discharge"}, someone(events={"discharge": Day(1999, 12, 31)}), True),
        ({"event": "left", "within_months": 3}, someone(events={"left": Day(2025, 3, 30)}), True),
        ({"event": "left", "within_months": 3}, someone(events={"left": Day(2025, 3, 29)}), False),
        (
            {"event": "left", "within_months": 3, "from_month_end": True},
            someone(events={"left": Day(2025, 3, 1)}),
            True,
        ),
        (
            {"event": "left", "within_months": 3, "from_month_end": True},
            someone(events={"left": Day(2025, 2, 28)}),
            False,
        ),
        ({"employee_months_at_least": 24}, someone(employee_months=24), True),
        ({"employee_months_at_least": 24}, someone(employee_months=23), False),
        ({"newly_recognized": ["orphan"]}, holding("orphan", Day(2025, 1, 1)), True),
        ({"newly_recognized": ["orphan"]}, holding("orphan", Day(2024, 12, 31)), False),
        ({"newly_recognized": ["orphan"]}, holding("orphan"), False),
        ({"newly_recognized": ["special_care"]}, holding("orphan", Day(2025, 1, 1)), False),
        (
            {"newly_recognized": ["orphan", "special_care"]},
            someone(
                identities=(Identity("orphan", Day(2025, 2, 1)),),
                held_at_previous_year_end=frozenset({"special_care"}),
            ),
            False,
        ),
    ],
)
def test_condition(written, person: Person, holds: bool):
    assert parsed(written).holds(person) is holds


@pytest.mark.parametrize(
    "written",
    [
        3,
        {},
        [],
        {"any": []},
        {"any": "orphan"},
        {"any": ["orphan", 3]},
        {"all": ["orphan"], "any": ["orphan"]},
        {"category": 3},
        {"category": "orphan", "level_at_most": "2"},
        {"where": {"level": 1}},
        {"age_at_least": "60"},
        {"age_at_least": True},
        {"age": 60},
        {"hukou": "here"},
        {"within_days": 90},
        {"event": "birth", "within_days": "90"},
        {"newly_recognized": "orphan"},
        {"newly_recognized": []},
        {"not": {"not": {}}},
    ],
)
def test_anything_else_is_no_condition(written):
    with pytest.raises(ValueError, match=r"条件|列表"):
        parsed(written)


def test_every_category_named_is_found_for_checking():
    written = {
        "any": [
            "a",
            {"all": ["b", {"not": {"category": "c"}}]},
            {"newly_recognized": ["d"]},
            {"hukou": "inside"},
        ]
    }

    assert categories_in(parsed(written)) == {"a", "b", "c", "d"}


def test_a_condition_says_whether_it_asks_for_an_age():
    assert asks_age(parsed({"any": ["a", {"all": ["b", {"not": {"age_at_most": 6}}]}]}))
    assert not asks_age(parsed({"any": ["a", {"not": "b"}]}))


def test_a_parsed_condition_stays_as_it_is():
    condition = parsed("orphan")

    assert parsed(condition) is condition
