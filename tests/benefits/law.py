"""Policies and people for the tests of benefits rules."""

import datetime
from decimal import Decimal
from typing import Any

from benefits.rules.incentive_state import IncentiveState
from policy.conditions import Identity, Person
from policy.loader import build, load_shipped, read_shipped
from policy.policy import Policy

HARBIN = "230100/2025"
TANGSHAN = "130200/2025"
A_DAY = datetime.date(2025, 6, 1)


def harbin(**overrides: Any) -> Policy:
    """Return Harbin 2025, with `section__leaf` overrides."""
    changed = {path.replace("__", "."): value for path, value in overrides.items()}
    return build(HARBIN, read_shipped, changed) if changed else load_shipped(HARBIN)


def changed(key: str, overrides: dict[str, Any]) -> Policy:
    """Return a shipped policy with overrides by dotted path."""
    return build(key, read_shipped, overrides)


def person(*categories: str, day: datetime.date = A_DAY, **attributes: bool) -> Person:
    """Return somebody who holds `categories` on `day`."""
    held = tuple(Identity(category, None, attributes) for category in categories)
    return Person(day=day, coverage_year=day.year, identities=held)


def known(
    year: int, years: int = 0, steps: int = 0, zero: int = 0, *, pending: bool = False, lapses: int = 0
) -> IncentiveState:
    """Return the state of somebody insured before."""
    return IncentiveState(
        year,
        ever_insured=True,
        continuous_years=years,
        continuous_steps=steps,
        zero_claim_steps=zero,
        zero_claim_pending=pending,
        lapsed_years=lapses,
    )


def yuan(text: str | int) -> Decimal:
    """Return an amount as people write it."""
    return Decimal(str(text).replace(",", ""))
