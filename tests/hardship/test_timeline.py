"""The picture of identities: years that matter, and an arrow on what goes on beyond them."""

import datetime

import pytest

from hardship.admin.timeline import picture
from hardship.admin.two_clocks import Life, Stated

DAY = datetime.date(2025, 3, 31)


def life(valid_to, valid_from=datetime.date(2024, 9, 1)):
    stated = Stated("severe", "重度残疾人", {}, valid_from, valid_to, {}, "disabled_federation", "")
    return Life(1, stated, valid_from, (), None)


@pytest.mark.parametrize(
    ("valid_to", "last_year", "goes_on"),
    [
        (datetime.date(2100, 1, 1), "2026", True),
        (datetime.date(2027, 1, 1), "2026", False),
        (datetime.date(2025, 6, 1), "2025", False),
        (None, "2025", True),
    ],
)
def test_a_long_term_does_not_shrink_the_years_that_matter(valid_to, last_year, goes_on):
    drawn = picture([life(valid_to)], day=DAY, known_on=DAY)

    assert f">{last_year}</text>" in drawn
    assert f">{int(last_year) + 1}</text>" not in drawn
    assert ("<path" in drawn) is goes_on


def test_an_identity_of_the_future_is_in_the_picture():
    drawn = picture([life(datetime.date(2099, 1, 1), datetime.date(2027, 5, 1))], day=DAY, known_on=DAY)

    assert ">2028</text>" in drawn
    assert ">2029</text>" not in drawn
