import datetime

import pytest

from benefits.rules.alert_states import further, late_step, outcome_of, steps_reached

DAY = datetime.date(2025, 4, 10)
DUE = {
    "acknowledged": datetime.date(2025, 4, 3),
    "visited": datetime.date(2025, 4, 8),
    "answered": datetime.date(2025, 4, 11),
}


@pytest.mark.parametrize(
    ("state", "step", "reached", "then"),
    [
        ("sent", "acknowledged", ("acknowledged",), "acknowledged"),
        ("sent", "answered", ("acknowledged", "visited", "answered"), "answered"),
        ("acknowledged", "visited", ("visited",), "visited"),
        ("answered", "visited", (), "answered"),
        ("withdrawn", "answered", (), "withdrawn"),
    ],
)
def test_an_alert_never_goes_back(state: str, step: str, reached: tuple[str, ...], then: str):
    assert steps_reached(state, step) == reached
    assert further(state, step) == then


@pytest.mark.parametrize(
    ("latest", "outcome"),
    [
        ([], ""),
        (["not_eligible"], "not_eligible"),
        (["not_eligible", "assisted"], "assisted"),
        (["assisted", "recognized"], "recognized"),
    ],
)
def test_what_reaches_furthest_counts(latest: list[str], outcome: str):
    assert outcome_of(latest) == outcome


@pytest.mark.parametrize(
    ("state", "today", "late"),
    [
        ("sent", datetime.date(2025, 4, 3), None),
        ("sent", datetime.date(2025, 4, 4), "acknowledged"),
        ("sent", datetime.date(2025, 4, 9), "visited"),
        ("acknowledged", datetime.date(2025, 4, 8), None),
        ("visited", datetime.date(2025, 4, 11), None),
        ("visited", datetime.date(2025, 4, 12), "answered"),
        ("answered", datetime.date(2025, 5, 1), None),
        ("withdrawn", datetime.date(2025, 5, 1), None),
    ],
)
def test_the_last_day_is_in_time(state: str, today: datetime.date, late: str | None):
    found = late_step(state, DUE, today=today)

    assert found == (None if late is None else (late, DUE[late]))


def test_without_a_limit_nothing_is_late():
    assert late_step("sent", dict.fromkeys(DUE), today=DAY) is None
