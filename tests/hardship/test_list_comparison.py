"""What a list changes for one person."""

import datetime

import pytest

from hardship.rules.list_comparison import Comparison, compared
from hardship.rules.list_scope import NOBODY, Scope
from hardship.rules.listed_identities import Change, Disputed, Doing, Held, Said

AS_OF = datetime.date(2025, 3, 31)
OWN = frozenset({"subsistence_allowance", "extreme_hardship", "severe_disability"})


def day(text):
    return datetime.date.fromisoformat(text)


def held(category="severe_disability", valid_from="2024-01-01", valid_to=None, **attributes):
    return Held(7, category, day(valid_from), day(valid_to) if valid_to else None, attributes)


def said(category="severe_disability", since=None, until=None, **attributes):
    return Said(category, attributes, day(since) if since else None, day(until) if until else None)


def change(do, *, on=AS_OF, until=None, recognition=7, **attributes):
    return Change(do, "severe_disability", on, until, attributes, recognition, again=True)


def found(listed, *records, full=True, own=OWN):
    scope = Scope({category: {} for category in own}) if full else NOBODY
    return compared(listed, records, as_of=AS_OF, own=own, scope=scope)


@pytest.mark.parametrize(
    ("record", "listed", "expected"),
    [
        (held(level=2), said(level=2), None),
        (held(level=2), said(), None),
        (held(level=2), said(since="2020-01-01", level=2), None),
        (held(level=2), said(level=1), change(Doing.SPLIT, level=1)),
        (held(valid_from="2025-03-31", level=2), said(level=1), change(Doing.AMEND, level=1)),
        (held(), said(level=1), change(Doing.AMEND, level=1)),
        (held(), said(risk_eliminated=False), change(Doing.AMEND, risk_eliminated=False)),
        (held(), said(risk_eliminated=True), change(Doing.SPLIT, risk_eliminated=True)),
        (
            held(valid_to="2025-06-01", level=2),
            said(until="2030-05-31", level=2),
            change(Doing.AMEND, until=day("2030-06-01"), level=2),
        ),
        (held(valid_to="2025-03-31"), said(), change(Doing.START, recognition=None)),
        (
            held(valid_to="2025-02-01"),
            said(since="2025-02-01"),
            change(Doing.START, on=day("2025-02-01"), recognition=None),
        ),
        (held(valid_to="2025-02-01"), said(since="2025-01-31"), change(Doing.START, recognition=None)),
    ],
)
def test_one_identity_against_its_record(record, listed, expected):
    comparison = found([listed], record)

    assert comparison.changes == ((expected,) if expected else ())
    assert comparison.has_returned is bool(expected and expected.do is Doing.START)
    assert not (expected and comparison.is_new)


def test_somebody_never_held_is_new_from_the_day_the_list_says_or_its_own():
    assert found([said()]).changes == (Change(Doing.START, "severe_disability", AS_OF),)
    assert found([said(since="2025-05-01")]).changes[0].on == day("2025-05-01")
    assert found([said(until="2025-03-30")]) == Comparison(refusal="term_over")
    assert found([said(until="2025-03-31")]).changes[0].until == day("2025-04-01")
    assert found([said()]).is_new


def test_what_a_full_list_does_not_name_ends_if_it_is_the_listers_and_stood_the_day_before():
    records = (
        held("extreme_hardship"),
        held("exited_poverty"),
        held("subsistence_allowance", valid_from="2025-03-31"),
    )
    ending = Change(Doing.END, "extreme_hardship", AS_OF, recognition=7)

    assert found([], *records).changes == (ending,)
    assert found([said()], *records).changes[0] == ending
    assert found([], *records, full=False).changes == ()


def test_anothers_identity_may_begin_but_is_left_alone_where_it_stands():
    mine = frozenset({"subsistence_allowance"})

    assert found([said(level=1)], held(level=2), own=mine).changes == ()
    assert found([said(level=1)], own=mine).changes[0].do is Doing.START


def test_what_begins_after_the_lists_day_is_for_people_to_look_at():
    assert found([said()], held(valid_from="2025-04-01")) == Comparison(refusal="later_recognition")
    current, later = held(valid_to="2025-05-01", level=2), held(valid_from="2025-05-01", level=1)
    assert found([said(until="2030-01-01", level=2)], current, later).changes == ()


def test_a_paper_that_ran_out_by_the_lists_day_is_refused():
    assert found([said(until="2025-03-30")], held()) == Comparison(refusal="term_over")


@pytest.mark.parametrize(
    ("disputed", "expected"),
    [
        (Disputed.ASK, Comparison(refusal="ended_by_issuer")),
        (Disputed.KEEP, Comparison()),
        (
            Disputed.ADOPT,
            Comparison((Change(Doing.START, "exited_poverty", AS_OF, again=True),)),
        ),
    ],
)
def test_what_another_agency_ended_is_not_begun_again_unasked(disputed, expected):
    record = held("exited_poverty", valid_to="2025-01-01")

    comparison = compared(
        [said("exited_poverty")], [record], as_of=AS_OF, own=OWN, scope=NOBODY, disputed=disputed
    )

    assert comparison == expected
