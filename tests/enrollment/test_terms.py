"""What always holds of contribution terms, whatever the day, the person and the region."""

import datetime
import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.rules.cover import covered_days, is_covered
from enrollment.rules.groups import group_offers
from enrollment.rules.offers import Facts, window_offer
from enrollment.rules.terms import contribution_terms
from enrollment.rules.waiting import Lapse
from enrollment.rules.windows import adopted_windows, concentrated_period, window_on
from policy.conditions import Identity, Person
from policy.errors import RuleNotPublished
from policy.loader import build, load_shipped, read_shipped

HARBIN = load_shipped("230100/2025")
TANGSHAN = load_shipped("130200/2025")
YEAR_START, YEAR_END = datetime.date(2025, 1, 1), datetime.date(2025, 12, 31)
PAY_DAYS = st.dates(datetime.date(2024, 9, 1), YEAR_END)

people = st.builds(
    Person,
    day=st.just(YEAR_START),
    coverage_year=st.just(2025),
    born_on=st.none() | st.dates(datetime.date(2024, 6, 1), YEAR_END),
    identities=st.lists(
        st.builds(
            Identity,
            category=st.sampled_from(["subsistence_allowance", "orphan", "severe_disability"]),
            since=st.dates(datetime.date(2024, 6, 1), YEAR_END),
        ),
        max_size=2,
    ).map(tuple),
    events=st.dictionaries(
        st.sampled_from(["discharge", "spouse_discharge", "employee_cover_end"]),
        st.dates(datetime.date(2024, 6, 1), YEAR_END),
    ),
    employee_months=st.integers(0, 48),
)


@given(person=people, paid_on=PAY_DAYS)
def test_benefits_never_start_before_the_coverage_year(person: Person, paid_on: datetime.date):
    terms = contribution_terms(HARBIN.enrollment, HARBIN.financing, person=person, paid_on=paid_on).value

    assert terms.would_start >= YEAR_START
    assert (terms.start is None) == (terms.would_start > YEAR_END)
    assert terms.start is None or terms.start <= YEAR_END


@given(person=people, paid_on=PAY_DAYS)
def test_a_special_group_is_never_worse_off_than_everybody(person: Person, paid_on: datetime.date):
    nobody = Person(day=paid_on, coverage_year=2025)

    special = contribution_terms(HARBIN.enrollment, HARBIN.financing, person=person, paid_on=paid_on).value
    ordinary = contribution_terms(HARBIN.enrollment, HARBIN.financing, person=nobody, paid_on=paid_on).value

    assert special.total <= ordinary.total
    assert special.would_start <= ordinary.would_start


@given(person=people, paid_on=PAY_DAYS)
def test_due_is_the_premium_alone_or_with_the_subsidy(person: Person, paid_on: datetime.date):
    terms = contribution_terms(HARBIN.enrollment, HARBIN.financing, person=person, paid_on=paid_on).value

    assert terms.total in (Decimal(400), Decimal(1070))
    assert (terms.total == Decimal(1070)) == (terms.subsidy == "none")
    assert (terms.claim_year == 2026) == (terms.subsidy == "claim_next_year")


@given(paid_on=st.dates(datetime.date(2024, 9, 1), datetime.date(2025, 12, 30)))
def test_paying_a_day_later_never_starts_benefits_sooner(paid_on: datetime.date):
    later = paid_on + datetime.timedelta(days=1)
    person = Person(day=paid_on, coverage_year=2025)

    first = contribution_terms(HARBIN.enrollment, HARBIN.financing, person=person, paid_on=paid_on).value
    second = contribution_terms(HARBIN.enrollment, HARBIN.financing, person=person, paid_on=later).value

    assert second.would_start >= first.would_start


@given(person=people, paid_on=PAY_DAYS)
def test_every_step_of_the_terms_that_rests_on_the_law_names_its_clause(
    person: Person, paid_on: datetime.date
):
    traced = contribution_terms(HARBIN.enrollment, HARBIN.financing, person=person, paid_on=paid_on)

    assert [step.label for step in traced.steps if not step.clause] == ["应缴合计"]


@pytest.mark.parametrize("day", ["2024-08-31", "2026-01-01"])
def test_no_window_is_open_before_the_first_and_after_the_last(day: str):
    paid_on = datetime.date.fromisoformat(day)

    with pytest.raises(RuleNotPublished, match=day):
        contribution_terms(
            HARBIN.enrollment,
            HARBIN.financing,
            person=Person(day=paid_on, coverage_year=2025),
            paid_on=paid_on,
        )


def test_windows_cover_every_day_once_with_and_without_the_extension():
    without = build("230100/2025", read_shipped, {"enrollment.window.extension.adopted": False})

    for policy, names in (
        (HARBIN, ["concentrated", "extension", "late_subsidized", "late_unsubsidized"]),
        (without, ["concentrated", "late_subsidized", "late_unsubsidized"]),
    ):
        windows = adopted_windows(policy.enrollment)
        assert [window.name for window in windows] == names
        for before, after in itertools.pairwise(windows):
            assert after.days.first - before.days.last == datetime.timedelta(days=1)


def test_the_first_window_is_the_concentrated_one():
    assert concentrated_period(HARBIN.enrollment).last == datetime.date(2024, 12, 31)
    assert concentrated_period(TANGSHAN.enrollment).last == datetime.date(2024, 12, 28)
    assert window_on(TANGSHAN.enrollment, datetime.date(2024, 12, 29)) is None


def test_an_area_without_any_window_is_silent():
    with pytest.raises(RuleNotPublished, match="window"):
        concentrated_period(type(HARBIN.enrollment)())


def test_group_offers_follow_the_order_of_the_file():
    paid_on = datetime.date(2025, 8, 1)
    person = Person(
        day=paid_on,
        coverage_year=2025,
        born_on=datetime.date(2025, 7, 1),
        identities=(Identity("orphan", datetime.date(2025, 7, 5)),),
    )
    facts = Facts(person, YEAR_START, Lapse(), cross_year_paid_both=False)
    window = window_on(HARBIN.enrollment, paid_on)
    assert window is not None
    ordinary = window_offer(HARBIN.enrollment, HARBIN.financing, window, facts)

    offers = group_offers(HARBIN.enrollment, HARBIN.financing, window=window, ordinary=ordinary, facts=facts)

    assert [offer.group for offer in offers] == ["newborn", "new_assistance_target"]


def test_missed_years_and_months_are_never_negative():
    with pytest.raises(ValueError, match="negative"):
        Lapse(missed_years=-1)
    with pytest.raises(ValueError, match="negative"):
        Lapse(bought_back_months=-1)


def test_buying_back_is_refused_where_no_document_allows_it():
    paid_on = datetime.date(2024, 10, 1)

    with pytest.raises(RuleNotPublished, match="buy_back"):
        contribution_terms(
            HARBIN.enrollment,
            HARBIN.financing,
            person=Person(day=paid_on, coverage_year=2025),
            paid_on=paid_on,
            bought_back_months=1,
        )


def test_cover_counts_both_its_ends():
    assert covered_days(datetime.date(2025, 12, 30), YEAR_END) == 2
    assert covered_days(None, None) == 0
    assert is_covered(YEAR_START, YEAR_END, YEAR_START)
    assert is_covered(YEAR_START, YEAR_END, YEAR_END)
    assert not is_covered(YEAR_START, YEAR_END, datetime.date(2026, 1, 1))
    assert not is_covered(None, None, YEAR_START)
