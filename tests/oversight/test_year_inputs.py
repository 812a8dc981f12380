"""Years and totals in case files are read strictly."""

from pathlib import Path
from typing import Any

import pytest

from oversight.services.worked_cases.adapters_incentives import ADAPTERS as INCENTIVES
from oversight.services.worked_cases.format import Entry
from oversight.services.worked_cases.single import run_single
from oversight.services.worked_cases.year_inputs import TOTALS, YEAR_FACTS
from policy.loader import load_shipped

INSURED = {"year": 2025, "insured": True}


def failed(rule: str, given: dict[str, Any]) -> str:
    body = {"rule": rule, "policy": "230100/2025", "input": given, "expect": {"year": 2025}}
    if rule != "incentive_state":
        body["expect"] = {"cap": 400000}
    return run_single(Entry("case", "one", body, Path("one.toml"))).error


@pytest.mark.parametrize(
    "rows",
    [
        {},
        [2025],
        [{"year": 2025}],
        [{"insured": True}],
        [{**INSURED, "to": 2026}],
        [{"from": 2026, "to": 2025, "insured": True}],
        [{**INSURED, "insured": 1}],
        [{**INSURED, "zeroclaim": True}],
        [{"year": "2025", "insured": True}],
        [INSURED, INSURED],
        [{"from": 2024, "to": 2026, "insured": True}, INSURED],
    ],
)
def test_years_that_cannot_be_understood_are_refused(rows: Any):
    assert "输入 years 应写 年度列表" in failed("incentive_state", {"years": rows})


def test_years_are_put_in_order():
    rows = [{"year": 2027, "insured": False}, {"from": 2025, "to": 2026, "insured": True}]

    assert [facts.year for facts in YEAR_FACTS.read(rows)] == [2025, 2026, 2027]


def test_a_state_needs_a_year():
    assert failed("incentive_state", {"years": []}) == "years 至少写一年"


def test_years_after_the_one_asked_are_refused():
    rows = [{"from": 2025, "to": 2030, "insured": True}]

    assert (
        failed("incentive_cap", {"years": rows, "year": 2029}) == "years 只写到 2029 年为止，写到了 2030 年"
    )


def test_the_year_asked_may_be_told_itself():
    cap = next(adapter for adapter in INCENTIVES if adapter.rule == "incentive_cap")
    told = YEAR_FACTS.read([INSURED, {"year": 2026, "insured": False}])
    given = {"years": told, "year": 2026, "identities": (), "base_cap": None}

    assert cap.call(load_shipped("230100/2025"), given).values["decrease"] == 4000


def test_years_between_the_last_told_and_the_one_asked_are_missed():
    cap = next(adapter for adapter in INCENTIVES if adapter.rule == "incentive_cap")
    given = {"years": YEAR_FACTS.read([INSURED]), "year": 2029, "identities": (), "base_cap": None}

    assert cap.call(load_shipped("230100/2025"), given).values["decrease"] == 12000


@pytest.mark.parametrize(
    "totals",
    [[], {"paid": 1}, {"total": True}, {"basic_by_kind": {"inpatient": "many"}}, {"basic_by_kind": []}],
)
def test_totals_that_cannot_be_understood_are_refused(totals: Any):
    with pytest.raises((ValueError, TypeError)):
        TOTALS.read(totals)
