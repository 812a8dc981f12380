"""Which days of a spell of cover are not on record yet."""

import datetime

import pytest

from enrollment.rules.missing_cover import missing_parts, parts_text

YEAR = (datetime.date(2023, 1, 1), datetime.date(2024, 1, 1))


def days(*pairs):
    """Return `[from, to)` out of months of 2023; 13 = January 2024, null = open."""
    firsts = [datetime.date(2023, month, 1) for month in range(1, 13)] + [datetime.date(2024, 1, 1)]
    return [(firsts[start - 1], None if end is None else firsts[end - 1]) for start, end in pairs]


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ([], [(1, 13)]),
        ([(1, 13)], []),
        ([(1, None)], []),
        ([(12, None)], [(1, 12)]),
        ([(1, 4)], [(4, 13)]),
        ([(3, 5), (7, 9)], [(1, 3), (5, 7), (9, 13)]),
        ([(7, 9), (1, 7)], [(9, 13)]),
        ([(13, None)], [(1, 13)]),
    ],
)
def test_what_no_known_spell_covers_is_missing(known, missing):
    assert missing_parts(YEAR, days(*known)) == days(*missing)


def test_a_spell_that_ended_before_takes_nothing_away():
    before = (datetime.date(2022, 1, 1), datetime.date(2023, 1, 1))
    assert missing_parts(YEAR, [before]) == [YEAR]


def test_parts_are_told_with_their_last_days():
    assert parts_text(days((1, 3), (12, 13))) == "2023-01-01 至 2023-02-28、2023-12-01 至 2023-12-31"
