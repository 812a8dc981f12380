"""Financing, its split and its transfers: they add up, and silence is named."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.rules.financing import critical_illness_transfer, premiums, subsidies, total_premium
from enrollment.rules.subsidy_split import ShareRatioMissing, ltc_shares, subsidy_shares
from enrollment.rules.transfers import transfer_status
from policy.errors import PolicyInvalid, RuleNotPublished
from policy.loader import build, load_shipped, read_shipped

HARBIN = load_shipped("230100/2025")
TANGSHAN = load_shipped("130200/2025")
DISTRICT = "financing.fiscal.2024.split.district.open_ratio"
CLASSES = [
    (HARBIN, "equalised"),
    (HARBIN, "non_equalised"),
    (TANGSHAN, "direct_county"),
    (TANGSHAN, "city_county"),
]
RATIO = {"unit": "ratio", "clause": "市级文件"}


@given(case=st.sampled_from(CLASSES), persons=st.integers(0, 3_000_000))
def test_shares_add_up_to_the_fen(case: tuple, persons: int):
    policy, fiscal_class = case

    shares = subsidy_shares(
        policy.financing, fiscal_year=2024, fiscal_class=fiscal_class, persons=persons
    ).value

    assert sum(shares.values()) == Decimal(670) * persons
    assert min(shares.values()) >= 0


@given(city=st.integers(0, 97), district=st.integers(1, 89), persons=st.integers(0, 99_999))
def test_any_city_ratio_adds_up_to_the_fen(city: int, district: int, persons: int):
    ratio = {"value": {"city": city, "district": district}, **RATIO}
    policy = build("130200/2025", read_shipped, {DISTRICT: ratio})

    shares = subsidy_shares(
        policy.financing, fiscal_year=2024, fiscal_class="district", persons=persons
    ).value

    assert sum(shares.values()) == Decimal(670) * persons
    assert shares["central"] == Decimal(402) * persons
    assert shares["province"] == 0


def test_a_missing_city_ratio_is_an_error_with_its_name():
    with pytest.raises(ShareRatioMissing, match=r"市辖区.*分担比例未录入") as caught:
        subsidy_shares(TANGSHAN.financing, fiscal_year=2024, fiscal_class="district", persons=1000)

    assert caught.value.code == "share_ratio_missing"


@pytest.mark.parametrize("ratio", [{"city": 5}, {"city": 0, "district": 0}, {"city": 1, "county": 1}])
def test_a_city_ratio_names_just_the_levels_left_open(ratio: dict):
    policy = build("130200/2025", read_shipped, {DISTRICT: {"value": ratio, **RATIO}})

    with pytest.raises(PolicyInvalid, match="分担比例"):
        subsidy_shares(policy.financing, fiscal_year=2024, fiscal_class="district", persons=1)


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"central": 402, "province": Decimal("187.60"), "local": Decimal("80.39")}, "不符"),
        ({"central": 402, "province": Decimal("187.50"), "local": Decimal("80.50")}, "比例不符"),
    ],
)
def test_printed_amounts_must_add_up_and_follow_their_ratio(shares: dict, said: str):
    path = "financing.fiscal.2024.split.equalised.shares"

    with pytest.raises(PolicyInvalid, match=said):
        build("230100/2025", read_shipped, {path: shares})


def test_the_rule_itself_refuses_amounts_that_do_not_add_up():
    year = HARBIN.financing.fiscal["2024"]
    less = year.subsidy["basic"].model_copy(update={"value": Decimal(660)})
    financing = HARBIN.financing.model_copy(
        update={"fiscal": {"2024": year.model_copy(update={"subsidy": {"basic": less}})}}
    )

    with pytest.raises(PolicyInvalid, match="与人均补助 660"):
        subsidy_shares(financing, fiscal_year=2024, fiscal_class="equalised", persons=1)


def test_an_unknown_class_of_area_is_not_published():
    with pytest.raises(RuleNotPublished, match=r"split\.industry"):
        subsidy_shares(HARBIN.financing, fiscal_year=2024, fiscal_class="industry", persons=1)


def test_tangshan_finances_1140_in_two_components():
    assert premiums(TANGSHAN.financing).value == {"basic": Decimal(400), "ltc": Decimal(30)}
    assert subsidies(TANGSHAN.financing, fiscal_year=2024).value == {
        "basic": Decimal(670),
        "ltc": Decimal(40),
    }
    assert total_premium(TANGSHAN.financing, fiscal_year=2024).value == Decimal(1140)


def test_nobody_has_said_who_pays_the_long_term_care_subsidy_of_tangshan():
    with pytest.raises(RuleNotPublished, match="ltc_payer"):
        ltc_shares(TANGSHAN.financing, fiscal_year=2024, persons=1)


def test_the_level_named_pays_the_whole_long_term_care_subsidy():
    policy = build("130200/2025", read_shipped, {"financing.ltc_payer": "city"})

    assert ltc_shares(policy.financing, fiscal_year=2024, persons=100).value == {"city": Decimal(4000)}


@pytest.mark.parametrize("year", [2023, 2026])
def test_other_fiscal_years_are_not_published(year: int):
    with pytest.raises(RuleNotPublished, match=str(year)):
        subsidies(HARBIN.financing, fiscal_year=year)


def test_fiscal_2025_carries_the_transfer_but_no_subsidy():
    transfer = critical_illness_transfer(HARBIN.financing, fiscal_year=2025, persons=10)

    assert transfer.value == Decimal(950)
    assert transfer.steps[0].status == "carried"
    with pytest.raises(RuleNotPublished, match="subsidy"):
        subsidies(HARBIN.financing, fiscal_year=2025)


def test_head_counts_and_sums_are_never_negative():
    fiscal = HARBIN.financing.fiscal["2024"]

    with pytest.raises(ValueError, match="negative"):
        critical_illness_transfer(HARBIN.financing, fiscal_year=2024, persons=-1)
    with pytest.raises(ValueError, match="negative"):
        subsidy_shares(HARBIN.financing, fiscal_year=2024, fiscal_class="equalised", persons=-1)
    with pytest.raises(ValueError, match="negative"):
        transfer_status(fiscal, due=Decimal(-1), received=Decimal(0), on=datetime.date(2024, 12, 1))


def test_hebei_names_no_day_by_which_the_money_must_be_there():
    with pytest.raises(RuleNotPublished, match="transfer_deadline"):
        transfer_status(
            TANGSHAN.financing.fiscal["2024"],
            due=Decimal(1),
            received=Decimal(0),
            on=datetime.date(2024, 12, 1),
        )
