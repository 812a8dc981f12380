"""Dues: aid on the personal part only, support after aid, and who is alike for the law."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from enrollment.rules.aid import aid_with_premium
from enrollment.rules.dues import Circumstances, dues
from enrollment.rules.likeness import Likeness
from policy.conditions import Identity, Person
from policy.errors import RuleNotPublished
from policy.loader import load_file, load_shipped

HARBIN, TANGSHAN = load_shipped("230100/2025"), load_shipped("130200/2025")
PROVINCE = load_shipped("230000/2025")
DAY = datetime.date
LATE = DAY(2025, 7, 1)
OCTOBER, BORN_ON = DAY(2024, 10, 1), DAY(1965, 3, 1)


def person(day=OCTOBER, *, identities=(), born_on=BORN_ON, **facts):
    return Person(
        day=day,
        coverage_year=2025,
        born_on=born_on,
        identities=tuple(identities),
        has_local_hukou=True,
        **facts,
    )


def owed(policy, who, **circumstances):
    return dues(policy, person=who, circumstances=Circumstances(**circumstances)).value


def test_components_are_assisted_and_supported_in_their_order():
    found = owed(TANGSHAN, person(identities=[Identity("subsistence_allowance")]), offered=Decimal(100))

    assert (found.due, found.assisted, found.supported, found.payable) == (430, 390, 40, 0)
    assert {name: part.supported for name, part in found.parts.items()} == {"basic": 40, "ltc": 0}


def test_the_fiscal_part_a_late_payer_bears_is_not_assisted():
    found = owed(HARBIN, person(LATE, identities=[Identity("extreme_hardship", DAY(2020, 1, 1))]))

    assert (found.due, found.assisted, found.payable) == (1070, 400, 670)


def test_without_identity_no_tier_has_to_be_published():
    assert owed(PROVINCE, person()).payable == 400
    with pytest.raises(RuleNotPublished):
        owed(PROVINCE, person(identities=[Identity("subsistence_allowance")]))


def test_new_targets_after_the_window_are_assisted_this_year_as_the_notice_is_read():
    late = person(DAY(2025, 8, 15), identities=[Identity("subsistence_allowance", DAY(2025, 8, 10))])

    found = owed(HARBIN, late)

    assert (found.terms.group, found.due, found.assisted) == ("new_assistance_target", 400, 240)
    assert found.terms.claim_year == 2026


@pytest.mark.parametrize(("timing", "assisted", "warned"), [("next_year", 0, 0), ("case", 0, 1)])
def test_new_targets_wait_where_the_documents_say_so(timing, assisted, warned):
    rules = HARBIN.assistance
    leaf = rules.new_outside_window_unpaid.model_copy(update={"value": timing})
    changed = rules.model_copy(update={"new_outside_window_unpaid": leaf})
    policy = type(HARBIN)(HARBIN.key, HARBIN.data.model_copy(update={"assistance": changed}))
    late = person(DAY(2025, 3, 1), identities=[Identity("subsistence_allowance", DAY(2025, 2, 10))])

    aid = aid_with_premium(policy, person=late)

    assert (aid.value.grant is None, len(aid.value.warnings)) == (True, warned)
    assert dues(policy, person=late, circumstances=Circumstances()).value.assisted == assisted


days = st.dates(DAY(2024, 9, 1), DAY(2024, 12, 28))
births = st.dates(DAY(1930, 1, 1), DAY(2024, 12, 28))
held = st.lists(st.sampled_from(["low_income_household", "severe_disability", "exited_poverty"]), max_size=2)


@given(policy=st.sampled_from([HARBIN, TANGSHAN]), day=days, one=births, other=births, held=held)
def test_people_with_one_key_owe_the_same(policy, day, one, other, held):
    identities = [Identity(name) for name in sorted(set(held))]
    alike = Likeness(policy)
    first = person(day, identities=identities, born_on=one)
    second = person(day, identities=identities, born_on=other)
    nothing = Circumstances()
    assume(alike.key(first, nothing) == alike.key(second, nothing))

    assert dues(policy, person=first, circumstances=nothing) == dues(
        policy, person=second, circumstances=nothing
    )


def test_counties_tell_people_apart_only_where_one_has_tiers_of_its_own():
    third = load_file(Path(__file__).parents[1] / "policy" / "third_region.toml")
    someone = person(DAY(2024, 10, 1), born_on=DAY(1990, 1, 1))

    def keys(policy, *counties):
        alike = Likeness(policy)
        return {alike.key(someone, Circumstances(county=code)) for code in counties}

    assert len(keys(HARBIN, "230102", "230103", None)) == 1
    assert len(keys(third, "990124", "990102", "990103", None)) == 2


def test_newborns_of_two_days_are_not_alike_and_adults_are():
    alike, nothing = Likeness(HARBIN), Circumstances()

    keys = {
        alike.key(person(DAY(2025, 6, 1), born_on=born), nothing)
        for born in (DAY(2025, 4, 1), DAY(2025, 4, 2), DAY(1970, 1, 1), DAY(1990, 5, 5))
    }

    assert len(keys) == 3


def test_the_age_a_tier_turns_on_tells_people_apart():
    alike, nothing = Likeness(TANGSHAN), Circumstances()
    day = DAY(2024, 10, 1)

    keys = [
        alike.key(person(day, born_on=born), nothing)
        for born in (DAY(1964, 10, 1), DAY(1964, 10, 2), DAY(1990, 1, 1))
    ]

    assert keys[0] != keys[1]
    assert keys[1] != keys[0]
    assert alike.ages == [60]
