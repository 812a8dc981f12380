"""From which year a recognition helps, and what later changes move."""

import datetime

import pytest

from hardship.rules.timing import Effect, Timing, assistance_timing, change_effect
from policy.dates import Period
from policy.errors import RuleNotPublished
from policy.loader import build, load_shipped, read_shipped

HARBIN = load_shipped("230100/2025")
TANGSHAN = load_shipped("130200/2025")
WINDOW = Period(datetime.date(2024, 9, 1), datetime.date(2024, 12, 31))


def day(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("recognized_on", "paid_on", "timing"),
    [
        ("2020-03-01", None, Timing.THIS_YEAR),
        ("2020-03-01", "2024-11-02", Timing.THIS_YEAR),
        ("2024-11-02", "2024-11-02", Timing.THIS_YEAR),
        ("2024-11-03", "2024-11-02", Timing.CASE),
        ("2024-12-31", "2024-11-02", Timing.CASE),
        ("2025-01-01", "2024-11-02", Timing.NEXT_YEAR),
        ("2025-01-01", None, Timing.THIS_YEAR),
        ("2025-08-10", "2025-08-15", Timing.THIS_YEAR),
    ],
)
def test_heilongjiang_helps_from(recognized_on: str, paid_on: str | None, timing: Timing):
    traced = assistance_timing(
        HARBIN.assistance,
        concentrated=WINDOW,
        coverage_year=2025,
        recognized_on=datetime.date.fromisoformat(recognized_on),
        paid_on=day(paid_on),
    )

    assert traced.value is timing


def test_tangshan_does_not_say_what_becomes_of_the_newly_recognised():
    with pytest.raises(RuleNotPublished, match="new_outside_window_paid"):
        assistance_timing(
            TANGSHAN.assistance,
            concentrated=WINDOW,
            coverage_year=2025,
            recognized_on=datetime.date(2025, 2, 20),
            paid_on=datetime.date(2024, 11, 2),
        )


@pytest.mark.parametrize("policy", [HARBIN, TANGSHAN])
@pytest.mark.parametrize(
    ("paid_on", "changed_on", "is_correction", "effect"),
    [
        (None, "2024-10-20", False, Effect.REQUOTE),
        ("2024-10-12", "2024-10-12", False, Effect.CASE),
        ("2024-10-12", "2024-10-13", False, Effect.FROZEN),
        ("2024-10-12", "2025-03-01", False, Effect.FROZEN),
        ("2024-10-12", "2025-03-01", True, Effect.CASE),
    ],
)
def test_after_payment_a_change_moves_nothing(
    policy, paid_on: str | None, changed_on: str, is_correction: bool, effect: Effect
):
    traced = change_effect(
        policy.assistance,
        coverage_year=2025,
        paid_on=day(paid_on),
        changed_on=datetime.date.fromisoformat(changed_on),
        is_correction=is_correction,
    )

    assert traced.value is effect


def test_a_region_that_does_not_freeze_quotes_anew():
    policy = build("230100/2025", read_shipped, {"assistance.frozen_at_payment": False})

    traced = change_effect(
        policy.assistance,
        coverage_year=2025,
        paid_on=datetime.date(2024, 10, 12),
        changed_on=datetime.date(2025, 3, 1),
    )

    assert traced.value is Effect.REQUOTE
    assert traced.steps[-1].clause
