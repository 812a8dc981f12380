"""Identities that became others on a day the list names."""

import datetime

import pytest

from hardship.rules.listed_identities import Change, Doing, Held, Refused, Said, Turn
from hardship.rules.turns import state_since, turned

AS_OF, SINCE, GONE = (datetime.date(*each) for each in ((2025, 3, 31), (2024, 3, 1), (2024, 10, 1)))
WATCHED, OVER = {"risk_eliminated": False}, {"risk_eliminated": True, "eliminated_month": "2024-09"}
TURN = Turn(GONE, WATCHED)


def started(on=SINCE, until=None, attributes=OVER, do=Doing.START):
    return Change(do, "unstable_exit", on, until, attributes)


def said(attributes=OVER, *, since=None, turn=TURN):
    return Said("unstable_exit", attributes, since, turn=turn)


def held(attributes, valid_from=SINCE, **more):
    return Held(7, "unstable_exit", valid_from, None, attributes, **more)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (None, ()),
        (started(), (started(until=GONE, attributes=WATCHED), started(GONE, do=Doing.TURN))),
        (started(GONE), (started(GONE),)),
        (started(until=GONE), (started(until=GONE, attributes=WATCHED),)),
        (started(do=Doing.AMEND), (started(do=Doing.AMEND),)),
    ],
)
def test_what_starts_is_written_as_it_was_on_every_day(change, expected):
    assert turned(change, TURN) == expected


def test_what_was_never_otherwise_is_one_record():
    assert turned(started(), None) == (started(),)


@pytest.mark.parametrize(
    ("listed", "record", "expected"),
    [
        (said(turn=None), held(WATCHED), AS_OF),
        (said(), held(WATCHED), GONE),
        (said(), held({}), GONE),
        (said(), held(WATCHED, AS_OF, is_revised=True), GONE),
        (said(), held(OVER, AS_OF), AS_OF),
        (said(), held({"risk_eliminated": True}, GONE), GONE),
        (
            said({"identified_month": "2025-01"}, since=AS_OF, turn=None),
            held({"identified_month": "2024-03"}),
            AS_OF,
        ),
        (
            said({"identified_month": "2024-10"}, since=GONE, turn=None),
            held({"identified_month": "2024-03"}),
            GONE,
        ),
        (said({"identified_month": "2024-10"}, since=GONE, turn=None), held({}), AS_OF),
        (
            said({"identified_month": "2024-01"}, since=SINCE, turn=None),
            held({"identified_month": "2024-03"}),
            AS_OF,
        ),
    ],
)
def test_a_record_is_as_the_list_says_since_the_day_it_names(listed, record, expected):
    assert state_since(listed, record, as_of=AS_OF) == expected


@pytest.mark.parametrize(
    "record",
    [held(WATCHED, AS_OF), held({"risk_eliminated": True}), held(OVER | {"eliminated_month": "2024-08"})],
)
def test_a_record_may_contradict_the_day(record):
    with pytest.raises(Refused, match="turn_differs"):
        state_since(said(), record, as_of=AS_OF)
