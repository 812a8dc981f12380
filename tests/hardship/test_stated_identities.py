"""An identity as a row states it, and what it says once its name is understood."""

import datetime

import pytest

from hardship.rules.identity_names import Meaning
from hardship.rules.listed_identities import Said, Turn
from hardship.rules.stated_identities import ListedIdentity, identity_kept

SINCE, UNTIL = datetime.date(2024, 3, 1), datetime.date(2030, 12, 31)
RISK = "risk_eliminated"
WATCHED = frozenset({RISK, "identified_month"})


def test_columns_add_to_what_the_name_says_and_are_more_exact():
    stated = ListedIdentity("重残", {"level": 1}, SINCE, UNTIL)

    said = stated.said(Meaning("severe_disability", {"level": 2}, carries=frozenset({"level"})))

    assert said == Said("severe_disability", {"level": 1}, SINCE, UNTIL)
    assert not stated.contradicts(Meaning("severe_disability", {"level": 2}))


def test_what_the_name_says_held_before_the_turn_too():
    stated = ListedIdentity("农村边缘户", {RISK: True}, carrying=RISK, turn=Turn(SINCE, {RISK: False}))

    said = stated.said(Meaning("at_risk_of_poverty", {"residence": "rural", RISK: True}, carries=WATCHED))

    assert said.turn == Turn(SINCE, {"residence": "rural", RISK: False})


def test_columns_about_a_kind_of_identity_say_nothing_of_another():
    stated = ListedIdentity("脱贫户", {RISK: False}, SINCE, carrying=RISK)

    assert stated.said(Meaning("exited_poverty", carries=frozenset({"exit_year"}))) == Said("exited_poverty")
    assert stated.said(Meaning("unstable_exit", carries=WATCHED)) == Said(
        "unstable_exit", {RISK: False}, SINCE
    )


@pytest.mark.parametrize(
    ("by_name", "by_column", "expected"),
    [
        ({RISK: True}, {RISK: False}, True),
        ({RISK: False}, {RISK: True}, True),
        ({RISK: True}, {RISK: True}, False),
        ({RISK: True}, {}, False),
        ({}, {RISK: False}, False),
    ],
)
def test_a_name_and_a_column_may_contradict_each_other(by_name, by_column, expected):
    stated = ListedIdentity("边缘易致贫户", by_column, carrying=RISK)

    assert stated.contradicts(Meaning("at_risk_of_poverty", by_name, carries=WATCHED)) is expected


@pytest.mark.parametrize(
    "stated",
    [
        ListedIdentity("低保"),
        ListedIdentity("边缘户", {RISK: True}, SINCE, carrying=RISK),
        ListedIdentity("残疾1级", until=UNTIL),
        ListedIdentity("边缘户", {RISK: True}, turn=Turn(SINCE, {RISK: False})),
    ],
)
def test_a_row_keeps_what_it_stated(stated):
    assert identity_kept(stated.as_kept()) == stated
