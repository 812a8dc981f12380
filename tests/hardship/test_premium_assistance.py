"""What always holds of premium assistance, and where the documents are silent."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardship.rules.premium_assistance import premium_assistance, top_up
from policy.conditions import Identity, Person
from policy.errors import RuleNotPublished
from policy.loader import build, load_shipped, read_shipped
from policy.money import ZERO

TANGSHAN = load_shipped("130200/2025")
PREMIUM = {"basic": Decimal(400), "ltc": Decimal(30)}
DAY = datetime.date(2024, 10, 12)

identities = st.builds(
    Identity,
    category=st.sampled_from(sorted(TANGSHAN.data.category)),
    attributes=st.fixed_dictionaries(
        {}, optional={"risk_eliminated": st.booleans(), "level": st.integers(1, 4)}
    ),
)
premiums = st.fixed_dictionaries({"basic": st.integers(0, 60_000), "ltc": st.integers(0, 9_000)}).map(
    lambda fen: {name: Decimal(amount) / 100 for name, amount in fen.items()}
)


def person(*held: Identity, hukou: bool = True, born_on: datetime.date | None = None) -> Person:
    return Person(day=DAY, coverage_year=2025, identities=held, has_local_hukou=hukou, born_on=born_on)


@given(premium=premiums, held=st.lists(identities, max_size=4))
def test_aid_is_never_negative_and_never_more_than_the_premium(premium: dict, held: list):
    grant = premium_assistance(TANGSHAN.assistance, premium, person=person(*held)).value

    assert all(ZERO <= grant.aid[name] <= premium[name] for name in premium)
    assert grant.total == sum(grant.aid.values())
    assert all(lost.total <= grant.total for lost in grant.losing)


@given(premium=premiums, held=st.lists(identities, max_size=3), another=identities)
def test_one_more_identity_never_means_less_aid(premium: dict, held: list, another: Identity):
    before = premium_assistance(TANGSHAN.assistance, premium, person=person(*held)).value
    after = premium_assistance(TANGSHAN.assistance, premium, person=person(*held, another)).value

    assert after.total >= before.total


@given(premium=premiums, held=st.lists(identities, min_size=1, max_size=3), fund=st.integers(0, 10))
def test_what_the_payers_pay_is_the_aid(premium: dict, held: list, fund: int):
    shares = {
        "value": {"basic": {"medical_assistance_fund": fund, "county": 11 - fund}},
        "unit": "payers",
        "clause": "市级文件",
    }
    policy = build("130200/2025", read_shipped, {"assistance.tier.fixed_390.payer_shares": shares})

    grant = premium_assistance(policy.assistance, premium, person=person(*held)).value

    for component, amount in grant.aid.items():
        assert sum(row.amount for row in grant.payers if row.component == component) == amount


def test_every_step_but_the_refusal_names_its_clause():
    traced = premium_assistance(
        TANGSHAN.assistance, PREMIUM, person=person(Identity("exited_poverty"), Identity("extreme_hardship"))
    )

    assert all(step.clause for step in traced.steps)
    assert [lost.tier for lost in traced.value.losing] == ["fixed_270"]


@pytest.mark.parametrize(("local", "said"), [(None, "户籍地未登记"), (False, "户籍不在本统筹地区")])
def test_a_refusal_for_hukou_alone_says_so_with_its_clause(local: bool | None, said: str):
    person = Person(
        day=datetime.date(2024, 10, 12),
        coverage_year=2025,
        identities=(Identity("subsistence_allowance"),),
        has_local_hukou=local,
    )

    traced = premium_assistance(
        load_shipped("130200/2025").assistance, {"basic": Decimal(400)}, person=person
    )

    assert traced.value.total == 0
    assert said in traced.steps[0].label
    assert traced.steps[0].clause == "唐医保函〔2024〕45号 二(一)"


def test_unknown_hukou_is_not_local_hukou():
    unknown = Person(
        day=DAY, coverage_year=2025, identities=(Identity("subsistence_allowance"),), has_local_hukou=None
    )

    assert premium_assistance(TANGSHAN.assistance, PREMIUM, person=unknown).value.tier is None


@pytest.mark.parametrize(
    ("age_on", "born_on", "total"),
    [
        ("payment_date", datetime.date(1964, 10, 12), 390),
        ("payment_date", datetime.date(1964, 10, 13), 0),
        ("previous_year_end", datetime.date(1964, 12, 31), 390),
        ("previous_year_end", datetime.date(1965, 1, 1), 0),
        ("coverage_start", datetime.date(1965, 1, 1), 390),
        ("coverage_start", datetime.date(1965, 1, 2), 0),
    ],
)
def test_age_counts_on_the_day_the_policy_says(age_on: str, born_on: datetime.date, total: int):
    policy = build("130200/2025", read_shipped, {"assistance.age_on": age_on})

    old = person(Identity("low_income_household"), born_on=born_on)

    assert premium_assistance(policy.assistance, PREMIUM, person=old).value.total == total


@pytest.mark.parametrize("area", ["230000", "130000"])
def test_a_province_that_leaves_the_amounts_to_its_cities_publishes_no_tier(area: str):
    with pytest.raises(RuleNotPublished, match=r"assistance\.tier"):
        premium_assistance(load_shipped(f"{area}/2025").assistance, PREMIUM, person=person())


@given(residual=st.integers(0, 50_000), offered=st.integers(0, 50_000))
def test_a_top_up_never_pays_more_than_what_is_left(residual: int, offered: int):
    left, offer = Decimal(residual) / 100, Decimal(offered) / 100

    assert top_up(TANGSHAN.assistance, residual=left, offered=offer).value == min(left, offer)


def test_a_negative_offer_is_impossible():
    with pytest.raises(ValueError, match="negative"):
        top_up(TANGSHAN.assistance, residual=Decimal(40), offered=Decimal(-1))
