"""Where a list and the records part though the list changes nothing."""

import pytest

from hardship.rules.listed_identities import Change, Doing, Held, Said
from hardship.rules.unstated import denied_yet_standing, other_starts, unstated
from tests.hardship.lists import MARCH, day

CODE = "subsistence_allowance"
OWN = frozenset({CODE})


def held(key, start, end=None, category=CODE):
    return Held(key, category, day(start), day(end) if end else None)


@pytest.mark.parametrize(
    ("since", "records", "expected"),
    [
        ("2024-01-01", [held(1, "2024-01-01")], None),
        (None, [held(1, "2024-01-01")], None),
        ("2023-01-01", [held(1, "2024-01-01")], "2024-01-01"),
        ("2024-02-01", [held(1, "2024-01-01")], "2024-01-01"),
        ("2024-01-01", [held(1, "2024-01-01", "2025-01-01"), held(2, "2025-01-01")], None),
        ("2023-06-01", [held(2, "2025-01-01"), held(1, "2024-01-01", "2025-01-01")], "2024-01-01"),
        ("2020-01-01", [held(1, "2020-01-01", "2021-01-01"), held(2, "2025-01-01")], None),
        ("2020-06-01", [held(1, "2020-01-01", "2021-01-01"), held(2, "2025-01-01")], "2025-01-01"),
        ("2024-01-01", [held(1, "2023-01-01", "2025-01-01")], None),
    ],
)
def test_another_first_day_than_that_of_any_record_is_found(since, records, expected):
    said = Said(CODE, since=day(since) if since else None)

    found = list(other_starts([said], records, as_of=MARCH, own=OWN))

    assert [(each, record.valid_from) for each, record in found] == (
        [(said, day(expected))] if expected else []
    )
    assert list(other_starts([said], records, as_of=MARCH, own=frozenset())) == []


def test_what_stands_of_the_listers_own_and_is_neither_given_nor_changed_is_unstated():
    standing, other, over = (
        held(1, "2024-01-01"),
        held(2, "2024-01-01", None, "orphan"),
        held(3, "2020-01-01", "2021-01-01"),
    )
    ended = Change(Doing.END, CODE, MARCH, recognition=1)

    assert unstated([], [standing, other, over], [], as_of=MARCH, own=OWN) == [standing]
    assert unstated([Said(CODE)], [standing], [], as_of=MARCH, own=OWN) == []
    assert unstated([], [standing], [ended], as_of=MARCH, own=OWN) == []
    assert denied_yet_standing(frozenset({"orphan"}), [standing, other], [], as_of=MARCH) == [other]


@pytest.mark.parametrize(
    ("recorded", "is_month", "differs"),
    [
        ("2024-03-15", True, False),
        ("2024-03-31", True, False),
        ("2024-03-15", False, True),
        ("2024-04-01", True, True),
        ("2023-03-15", True, True),
    ],
)
def test_a_month_alone_agrees_with_every_day_in_it(recorded, is_month, differs):
    said = Said(CODE, since=day("2024-03-01"), is_month=is_month)

    assert bool(list(other_starts([said], [held(1, recorded)], as_of=MARCH, own=OWN))) is differs
