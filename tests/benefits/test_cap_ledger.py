from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.rules.cap_ledger import cap_entries
from benefits.rules.cap_years import EntryKind, YearFacts, cap_year, changes, ended
from benefits.rules.incentives import cap_for, worth_of
from policy.loader import load_file
from tests.benefits.law import changed, harbin

HARBIN = harbin()
YUAN = load_file(Path(__file__).parent / "third_region.toml")
ODD = changed(
    "230100/2025",
    {"incentives.continuous_increment": Decimal("0.0033333333"), "critical_illness.cap": 100001},
)


def ledger(policy, *years: YearFacts, paid=None):
    """Return the years' entries and the cap of the last by the rule itself."""
    before, rows = None, []
    for facts in years:
        rows.append(ended(cap_year(policy.incentives, before, facts)))
        before = rows[-1].after
    base = policy.critical_illness.cap
    cap = cap_for(policy.incentives, base, rows[-1].opened, excluded=years[-1].excluded).value
    return cap_entries(base, rows, paid=paid), cap


def told(entries):
    return [(each.year, each.kind.value, each.count, each.amount) for each in entries]


def good(year: int, **more: bool) -> YearFacts:
    return YearFacts(year, insured=True, zero_claim=True, **more)


def test_zero_claim_years_and_continuity_are_entries_of_their_years():
    entries, cap = ledger(HARBIN, *[good(year) for year in range(2025, 2030)])

    assert told(entries) == [
        (2029, "base", 0, 400000),
        *[(year, "zero_claim", 1, 4000) for year in range(2026, 2029)],
        (2029, "continuous", 1, 4000),
        (2029, "zero_claim", 1, 4000),
    ]
    assert sum(each.amount for each in entries) == cap.cap == 420000
    assert entries[1].step.clause == "黑医保发〔2024〕45号 六(二)"


def test_a_used_increase_is_told_and_clears_the_zero_claim_steps():
    using = YearFacts(2027, insured=True, increase_used=True, critical_illness_paid=True)
    entries, cap = ledger(
        HARBIN, good(2025), good(2026), using, good(2028), paid={2027: Decimal("405000.01")}
    )

    assert told(entries)[1:] == [
        (2026, "zero_claim", 1, 4000),
        (2027, "zero_claim", 1, 4000),
        (2027, "reset", -2, -8000),
        (2027, "used", 0, 0),
    ]
    assert entries[-1].used == Decimal("5000.01")
    assert cap.cap == 400000


def test_lapses_take_off_and_what_is_lost_with_them_is_told():
    missed = YearFacts(2029, insured=False)
    years = [YearFacts(year, insured=True, zero_claim=True) for year in range(2024, 2029)]
    entries, cap = ledger(YUAN, *years, missed, YearFacts(2030, insured=True))

    lost = [(each.kind.value, each.count, each.amount) for each in entries if each.year == 2029]
    assert lost == [("lapsed", 1, -5000), ("lost", -3, -9000), ("lost", -3, -7500)]
    assert sum(each.amount for each in entries) == cap.cap == 295000


def test_years_before_the_mechanism_are_no_entries():
    entries, _ = ledger(HARBIN, good(2022), YearFacts(2023, insured=False), good(2024), good(2025))

    assert told(entries) == [(2025, "base", 0, 400000)]


def test_limits_and_excluded_identities_are_entries_too():
    years = [good(year) for year in range(2025, 2045)]
    entries, cap = ledger(HARBIN, *years)
    assert told(entries)[-1] == (2044, "over_limit", 0, -60000)
    assert cap.cap == 480000

    excluded = YearFacts(2045, insured=True, excluded=True)
    entries, cap = ledger(HARBIN, *years, excluded)
    assert told(entries)[-1] == (2045, "excluded", 0, -80000)
    assert sum(each.amount for each in entries) == cap.cap == 400000


def test_lapses_beyond_their_limit_are_spared():
    entries, cap = ledger(HARBIN, good(2025), *[YearFacts(year, insured=False) for year in range(2026, 2050)])

    assert told(entries)[-1] == (2049, "over_limit", 0, 16000)
    assert sum(each.amount for each in entries) == cap.cap == 320000


def test_a_year_that_has_not_ended_changes_nothing_at_its_end():
    running = cap_year(HARBIN.incentives, None, YearFacts(2025, insured=True, increase_used=True))

    assert running.after is None
    assert list(changes(running, is_last=False)) == []


def test_no_price_on_lapses_is_no_worth():
    section = HARBIN.incentives.model_copy(update={"lapse_decrement": None})

    assert worth_of(section, "lapsed_years", 3, Decimal(400000)) == 0


facts = st.builds(
    lambda insured, excluded, employee, zero, used: (insured, excluded, employee, zero and not used, used),
    *[st.booleans()] * 5,
)


@given(st.sampled_from([HARBIN, YUAN, ODD]), st.lists(facts, min_size=1, max_size=30))
def test_the_cap_is_the_sum_of_its_entries_and_nothing_is_cleared_that_was_not_earned(policy, flags):
    years = [
        YearFacts(2023 + at, insured, excluded, employee, zero_claim=zero, increase_used=used)
        for at, (insured, excluded, employee, zero, used) in enumerate(flags)
    ]
    entries, cap = ledger(policy, *years)

    assert sum(each.amount for each in entries) == cap.cap
    held = dict.fromkeys(("continuous", "zero_claim"), 0)
    for each in entries:
        if each.kind in (EntryKind.CONTINUOUS, EntryKind.ZERO_CLAIM):
            held[each.kind.value] += each.count
        if each.kind is EntryKind.RESET:
            assert 0 < -each.count <= held["zero_claim"]
            held["zero_claim"] += each.count
        if each.kind is EntryKind.LOST:
            assert -each.count in held.values()
            held[next(name for name, count in held.items() if count == -each.count)] = 0
    assert all(each.step.clause for each in entries)


def test_a_ledger_of_another_year_than_the_next_is_refused():
    first = ended(cap_year(HARBIN.incentives, None, good(2025)))

    with pytest.raises(ValueError, match="2025"):
        cap_year(HARBIN.incentives, first.after, good(2027))
