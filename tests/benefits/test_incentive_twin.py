"""The set-based twin of the year end says what the scalar rule says, on generated lives and odd policies."""

import datetime
from collections.abc import Mapping

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from benefits.batch import incentives
from benefits.batch.incentives import YearEnd, outdated, write_states
from benefits.batch.run_tables import attach, digest_of, make_run_table, seal, told_digest
from benefits.models import Accumulator, IncentiveState
from benefits.rules import incentives as rules
from benefits.rules.incentives import YearFacts
from benefits.selectors.laws import rule_state
from benefits.selectors.year_facts import histories_of
from benefits.services.year_end_checks import TwinDisagrees, check_sample, expected_cap, expected_state
from enrollment.models import ContributionPeriod, Enrollment
from hardship.models import Category, Recognition
from registry.models import InsuredSpell
from tests.benefits.factories import enrollment, paid_period, places, recognition, somebody
from tests.benefits.law import HARBIN, changed
from tests.registry.factories import harbin

pytestmark = pytest.mark.django_db
YEARS = range(2024, 2030)
PEOPLE = 25
DAY = datetime.timedelta(days=1)
Life = list[tuple[bool, bool, bool, str]]
POLICIES = {
    "as shipped": {},
    "counts from 2023": {"incentives.count_years_from": 2023, "incentives.qualifying_years": 2},
    "starts in 2026": {"incentives.start_year": 2026, "incentives.qualifying_years": 1},
    "loses everything after a lapse": {
        "incentives.continuity_after_lapse": "lose",
        "incentives.zero_claim_after_lapse": "lose",
        "incentives.qualifying_years": 1,
    },
    "any payout resets, assistance counts": {
        "incentives.reset": "any_critical_illness_payout",
        "incentives.zero_claim_counts": ("basic", "critical_illness", "medical_assistance"),
    },
    "never resets, credits at once, employee cover lapses": {
        "incentives.reset": "never",
        "incentives.zero_claim_needs_next_year": False,
        "incentives.employee_cover": "lapse",
    },
    "low limits and odd shares": {
        "incentives.increase_limit": "0.0215",
        "incentives.continuous_increment": "0.0101234",
        "incentives.lapse_limit": "0.013",
        "incentives.qualifying_years": 0,
    },
    "yuan": {
        "incentives.increment_unit": "yuan",
        "incentives.continuous_increment": 3000,
        "incentives.zero_claim_increment": 2000,
        "incentives.lapse_decrement": 5000,
        "incentives.increase_limit": 7000,
        "incentives.lapse_limit": 8000,
    },
}
A_YEAR = st.tuples(
    st.booleans(),  # insured
    st.integers(0, 5).map(lambda dice: dice == 0),  # excluded
    st.integers(0, 5).map(lambda dice: dice == 0),  # under employee insurance
    st.sampled_from(["none", "none", "basic", "assistance", "critical", "increase"]),
)
A_LIFE = st.lists(A_YEAR, min_size=len(YEARS), max_size=len(YEARS))


def live(lives: Mapping[int, Life]) -> None:
    """Record what happened to people, year by year, in few statements."""
    enrollments, periods, spells, held, money = [], [], [], [], []
    for pk, life in lives.items():
        for year, (is_insured, excluded, employed, paid) in zip(YEARS, life, strict=True):
            if is_insured:
                enrollments.append(enrollment(pk, year))
            if employed:
                day = datetime.date(year, 6, 1)
                spells.append(
                    InsuredSpell(resident_id=pk, scheme="employee_scheme", starts_on=day, ends_on=day + DAY)
                )
            if excluded:
                day = datetime.date(year, 12, 31)
                held.append(recognition(pk, "subsistence_allowance", day, day + DAY))
            if paid != "none":
                money.append(
                    Accumulator(
                        resident_id=pk,
                        coverage_year=year,
                        pooling_area=harbin(),
                        basic_paid=10 * (paid == "basic"),
                        assistance_paid=10 * (paid == "assistance"),
                        critical_illness_paid=10 * (paid in {"critical", "increase"}),
                        increase_used=paid == "increase",
                    )
                )
    Enrollment.objects.bulk_create(enrollments)
    periods = [paid_period(each) for each in enrollments]
    for model, rows in (
        (ContributionPeriod, periods),
        (InsuredSpell, spells),
        (Recognition, held),
        (Accumulator, money),
    ):
        model.objects.bulk_create(rows)


def category() -> None:
    Category.objects.get_or_create(code="subsistence_allowance", defaults={"label": "低保", "issuer": "民政"})


@pytest.mark.parametrize("overrides", POLICIES.values(), ids=POLICIES)
def test_the_twin_says_what_the_rule_says(overrides):
    policy = changed(HARBIN, overrides)
    people = [somebody(at).pk for at in range(PEOPLE)]
    category()

    @settings(max_examples=4, deadline=None)
    @given(
        lives=st.lists(A_LIFE, min_size=PEOPLE, max_size=PEOPLE), skipped=st.sampled_from([None, 2024, 2026])
    )
    def holds(lives, skipped):
        before = transaction.savepoint()
        live(dict(zip(people, lives, strict=True)))
        compare(policy, people, skipped=skipped)
        transaction.savepoint_rollback(before)

    holds()


def compare(policy, people, *, skipped):
    """Run every year but the one skipped and compare each state with the scalar rule."""
    section, base = policy.incentives, policy.critical_illness.cap.value
    histories = histories_of(resident_ids=people, section=section)
    states = {}
    for year in YEARS:
        if year == skipped:
            states = {}
            continue
        end = YearEnd(section, year, harbin().pk, base)
        make_run_table(year)
        written = write_states(end, run_id=year, first=1, last=max(people), sample=3)
        seal(year, year=year, area_id=harbin().pk)
        assert digest_of(year) == told_digest(written.counts)
        attach(year, year=year, area_id=harbin().pk)
        assert outdated(end, run_id=year, first=1, last=max(people)) == []
        assert check_sample(end, run_id=year, places=written.sample) == 3
        rows = {row.resident_id: row for row in IncentiveState.objects.filter(year=year)}
        for pk in people:
            states[pk] = expected_state(end, histories, pk, previous=states.get(pk))
            excluded = histories.of(pk, year).excluded
            assert rule_state(rows[pk]) == states[pk]
            assert rows[pk].excluded == excluded
            assert rows[pk].next_cap == expected_cap(end, states[pk], excluded=excluded)


@pytest.mark.raw_writes("histories are made inside the database")
def test_facts_are_told_apart():
    pk = somebody(1).pk
    category()
    life = [
        (True, False, False, "none"),
        (True, True, False, "increase"),
        *[(False, False, True, "none")] * 4,
    ]
    live({pk: life})
    facts = histories_of(resident_ids=[pk], section=changed(HARBIN, {}).incentives)

    assert facts.of(pk, 2024) == YearFacts(2024, insured=True, zero_claim=True)
    assert facts.of(pk, 2025) == YearFacts(
        2025, insured=True, excluded=True, increase_used=True, critical_illness_paid=True
    )
    assert facts.of(pk, 2026) == YearFacts(2026, insured=False, employee_covered=True, zero_claim=True)


@pytest.mark.raw_writes("histories are made inside the database")
def test_a_sample_finds_a_state_the_rule_does_not_say():
    pk = somebody(1).pk
    category()
    live({pk: [(True, False, False, "none")] * len(YEARS)})
    policy = changed(HARBIN, {})
    end = YearEnd(policy.incentives, 2025, harbin().pk, policy.critical_illness.cap.value)
    make_run_table(1)
    written = write_states(end, run_id=1, first=pk, last=pk)
    seal(1, year=2025, area_id=harbin().pk)
    attach(1, year=2025, area_id=harbin().pk)
    IncentiveState.objects.filter(resident_id=pk).update(continuous_steps=1)

    assert digest_of(1) != told_digest(written.counts)
    assert outdated(end, run_id=1, first=pk, last=pk) == [pk]
    with pytest.raises(TwinDisagrees, match=str(pk)):
        check_sample(end, run_id=1, places=places(1, size=1))


@pytest.mark.raw_writes("histories are made inside the database")
@pytest.mark.parametrize("few", [0, 1_000], ids=["of the whole range", "of their own keys"])
def test_newcomers_are_folded_up_from_the_same_facts_however_many_they_are(monkeypatch, few):
    monkeypatch.setattr(incentives, "FEW", few)
    known, newcomer = (somebody(at).pk for at in (1, 2))
    category()
    life = [(year != 2026, False, False, "none") for year in YEARS]
    live({known: life})
    policy = changed(HARBIN, {"incentives.count_years_from": 2024, "incentives.start_year": 2025})
    base = policy.critical_illness.cap.value
    for year in (2027, 2028):
        if year == 2028:
            live({newcomer: life})
        make_run_table(year)
        end = YearEnd(policy.incentives, year, harbin().pk, base)
        write_states(end, run_id=year, first=known, last=newcomer if year == 2028 else known)
        seal(year, year=year, area_id=harbin().pk)
        attach(year, year=year, area_id=harbin().pk)

    rows = IncentiveState.objects.filter(year=2028).order_by("resident_id")
    assert [row.resident_id for row in rows] == sorted([known, newcomer])
    assert {rule_state(row) for row in rows} == {
        rules.IncentiveState(
            2028,
            ever_insured=True,
            continuous_years=2,
            zero_claim_steps=1,
            zero_claim_pending=True,
            lapsed_years=1,
        )
    }
