"""Which of two registrations stays, as the documents say."""

import datetime

import pytest

from enrollment.rules.duplicates import Double, Side, kept, unbroken_since
from policy.errors import RuleNotPublished
from policy.loader import load_shipped
from policy.schema.duplicates import Pair

DAY = datetime.date
NEW_YEAR = DAY(2025, 1, 1)
RULES = load_shipped("230100/2025").enrollment


@pytest.mark.parametrize(
    ("facts", "stays"),
    [
        ({"pair": Pair.TWO_AREAS, "lives": Side.HERE}, Side.HERE),
        ({"pair": Pair.TWO_AREAS, "lives": Side.THERE}, Side.THERE),
        ({"pair": Pair.TWO_AREAS, "lives": None}, None),
        ({"pair": Pair.SCHOOL_AND_HOME, "studies": Side.HERE, "lives": Side.THERE}, Side.HERE),
        ({"pair": Pair.SCHOOL_AND_HOME, "studies": Side.THERE, "lives": Side.HERE}, Side.THERE),
        ({"pair": Pair.TWO_SCHEMES, "there_since": DAY(2024, 1, 1)}, Side.THERE),
        ({"pair": Pair.TWO_SCHEMES, "there_since": DAY(2024, 1, 2)}, None),
        ({"pair": Pair.TWO_SCHEMES}, None),
    ],
)
def test_the_nation_keeps_home_school_and_a_year_of_employment(facts, stays):
    answer = kept(RULES, Double(day=NEW_YEAR, **facts))

    assert answer.value is stays
    assert answer.steps[0].status == "carried"
    assert "国家清理重复参保要求" in answer.steps[0].clause


def test_what_no_document_decides_is_silent():
    with pytest.raises(RuleNotPublished, match="two_documents"):
        kept(RULES, Double(pair=Pair.TWO_DOCUMENTS, day=NEW_YEAR))


@pytest.mark.parametrize(
    ("spells", "since"),
    [
        ([], None),
        ([(DAY(2024, 3, 1), None)], DAY(2024, 3, 1)),
        ([(DAY(2023, 1, 1), DAY(2024, 1, 1)), (DAY(2024, 1, 1), None)], DAY(2023, 1, 1)),
        ([(DAY(2023, 1, 1), DAY(2023, 12, 31)), (DAY(2024, 1, 1), None)], DAY(2024, 1, 1)),
        ([(DAY(2023, 1, 1), DAY(2025, 1, 1))], None),
        ([(DAY(2023, 1, 1), DAY(2025, 1, 2))], DAY(2023, 1, 1)),
        ([(DAY(2025, 1, 2), None)], None),
    ],
)
def test_cover_runs_as_long_as_no_day_is_missing(spells, since):
    assert unbroken_since(spells, day=NEW_YEAR) == since
