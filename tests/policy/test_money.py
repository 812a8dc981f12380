"""The one rounding, and the one way to share out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.aid import aid_amounts
from policy.money import shared_out, yuan
from policy.schema.assistance import FixedAid, FullAid, PaysAid, ShareAid

PREMIUM = {"basic": Decimal(400), "ltc": Decimal(30)}


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.0049", "0.00"), ("0.005", "0.01"), ("0.0065", "0.01"), ("1.005", "1.01"), ("-0.005", "-0.01")],
)
def test_halves_go_up(exact: str, rounded: str):
    assert yuan(Decimal(exact)) == Decimal(rounded)


@given(
    fen=st.integers(0, 10**12),
    weights=st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any),
)
def test_shares_add_up_and_are_within_a_fen_of_exact(fen: int, weights: list[int]):
    total = Decimal(fen) / 100

    shares = shared_out(total, {str(place): Decimal(weight) for place, weight in enumerate(weights)})

    assert sum(shares.values()) == total
    for place, weight in enumerate(weights):
        assert abs(shares[str(place)] - total * weight / sum(weights)) < Decimal("0.01")


def test_left_over_fen_go_to_the_largest_remainders_and_the_first_named():
    thirds = {"a": Decimal(1), "b": Decimal(1), "c": Decimal(1)}

    assert shared_out(Decimal("0.02"), thirds) == {
        "a": Decimal("0.01"),
        "b": Decimal("0.01"),
        "c": Decimal("0.00"),
    }
    assert shared_out(Decimal("0.01"), {"a": Decimal(1), "b": Decimal(2)})["b"] == Decimal("0.01")


@pytest.mark.parametrize(
    ("total", "weights"),
    [("0.001", {"a": 1}), ("-1", {"a": 1}), ("1", {}), ("1", {"a": 0}), ("1", {"a": 2, "b": -1})],
)
def test_what_cannot_be_shared_is_impossible(total: str, weights: dict[str, int]):
    with pytest.raises(ValueError, match="must be"):
        shared_out(Decimal(total), {name: Decimal(weight) for name, weight in weights.items()})


@pytest.mark.parametrize(
    ("aid", "basic", "ltc"),
    [
        (FullAid(kind="full"), "400", "30"),
        (FixedAid(kind="fixed", amounts={"basic": Decimal(500)}), "400", "0"),
        (FixedAid(kind="fixed", amounts={"ltc": Decimal(10), "dental": Decimal(5)}), "0", "10"),
        (ShareAid(kind="share", shares={"basic": Decimal("0.3333")}), "133.32", "0"),
        (PaysAid(kind="pays", amount=Decimal(80)), "320", "30"),
        (PaysAid(kind="pays", amount=Decimal(410)), "0", "20"),
        (PaysAid(kind="pays", amount=Decimal(500)), "0", "0"),
    ],
)
def test_every_kind_of_aid(aid, basic: str, ltc: str):
    assert aid_amounts(aid, PREMIUM) == {"basic": Decimal(basic), "ltc": Decimal(ltc)}
