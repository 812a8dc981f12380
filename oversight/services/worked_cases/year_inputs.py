"""How a case file writes years of cover and running totals."""

from dataclasses import fields
from typing import Any

from benefits.rules.incentives import (
    CapResult,
    IncentiveState,
    YearFacts,
    cap_for,
    history_states,
    is_excluded,
    opened,
)
from benefits.rules.year_totals import YearTotals
from oversight.services.worked_cases.format import CaseInvalid
from oversight.services.worked_cases.inputs import FLAG, MONEY, MONEY_TABLE, WHOLE, Given, Input, Kind
from policy.policy import Policy
from policy.trace import Traced

FLAGS = tuple(field.name for field in fields(YearFacts) if field.name != "year")
TABLES = ("basic_by_kind", "accounts")
AMOUNTS = tuple(field.name for field in fields(YearTotals) if field.name not in TABLES)


def _year_facts(raw: Any) -> tuple[YearFacts, ...]:
    """Return the years of `[{ year = 2025, insured = true }, { from = 2026, to = 2029, insured = false }]`."""
    if not isinstance(raw, list):
        raise TypeError
    told = [facts for row in raw for facts in _stretch(row)]
    if len({facts.year for facts in told}) != len(told):
        raise ValueError
    return tuple(sorted(told, key=lambda facts: facts.year))


def _stretch(row: Any) -> list[YearFacts]:
    if not isinstance(row, dict) or "insured" not in row:
        raise ValueError
    flags = {name: FLAG.read(row[name]) for name in FLAGS if name in row}
    span = {name: WHOLE.read(row[name]) for name in row if name not in flags}
    if set(span) == {"year"}:
        return [YearFacts(span["year"], **flags)]
    if set(span) != {"from", "to"} or span["to"] < span["from"]:
        raise ValueError
    return [YearFacts(year, **flags) for year in range(span["from"], span["to"] + 1)]


def _totals(raw: Any) -> YearTotals:
    if not isinstance(raw, dict) or set(raw) - {*AMOUNTS, *TABLES}:
        raise ValueError
    amounts: dict[str, Any] = {name: MONEY.read(raw[name]) for name in AMOUNTS if name in raw}
    tables: dict[str, Any] = {name: MONEY_TABLE.read(raw.get(name, {})) for name in TABLES}
    return YearTotals(**tables, **amounts)


YEAR_FACTS = Kind(
    f"年度列表，每项 {{ year 或 from、to，insured，… }}，可写 {'、'.join(FLAGS)}，同一年只写一次", _year_facts
)
TOTALS = Kind(f"表，可写 {'、'.join(AMOUNTS)}、{'、'.join(TABLES)}", _totals)
YEARS = Input(
    "years",
    YEAR_FACTS,
    "各年情况：{ year 或 from、to，insured，excluded，employee_covered，zero_claim，increase_used，"
    "critical_illness_paid }；首末年之间没写的年度为未参保",
    required=True,
)


def state_in(policy: Policy, given: Given, *, year: int) -> tuple[IncentiveState, bool]:
    """Return the state opened for `year`, and whether an identity takes the person out of the mechanism.

    The year itself may be among the years told; if not, the person is insured in it.

    :raises CaseInvalid: if a later year is told
    """
    section = policy.incentives
    told = {facts.year: facts for facts in given["years"]}
    own = told.pop(year, YearFacts(year, insured=True))
    if told and max(told) > year:
        raise CaseInvalid(f"years 只写到 {year} 年为止，写到了 {max(told)} 年")
    if told:
        told.setdefault(year - 1, YearFacts(year - 1, insured=False))
    states = history_states(section, told.values())
    held = {identity.category for identity in given["identities"]}
    excluded = own.excluded or is_excluded(section, categories=held)
    state = opened(
        section,
        states[-1] if states else None,
        year=year,
        insured=own.insured,
        excluded=excluded,
        employee_covered=own.employee_covered,
    )
    return state, excluded


def cap_in(policy: Policy, given: Given, *, year: int) -> Traced[CapResult]:
    """Return the cap of `year` after the years told.

    :raises RuleNotPublished: if incentives, or a base cap the case does not give, are not published
    """
    state, excluded = state_in(policy, given, year=year)
    base = given.get("base_cap")
    if base is None:
        base = policy.critical_illness.published(policy.critical_illness.cap, "cap")
    return cap_for(policy.incentives, base, state, excluded=excluded)
