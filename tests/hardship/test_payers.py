"""Who pays the aid: together where the documents do not divide it, divided to the fen where they do."""

from decimal import Decimal

import pytest

from hardship.rules.payers import payer_shares
from policy.errors import RuleNotPublished
from policy.loader import build, load_shipped, read_shipped

PAYERS = "assistance.tier.fixed_390"


def tier(name: str, **overrides: object):
    policy = build("130200/2025", read_shipped, overrides) if overrides else load_shipped("130200/2025")
    return policy.assistance.tier[name]


def rows(found) -> list[tuple[str, tuple[str, ...], Decimal]]:
    return [(row.component, row.payers, row.amount) for row in found.value]


def test_payers_without_published_shares_stay_together():
    found = payer_shares(tier("fixed_390"), {"basic": Decimal(360), "ltc": Decimal(30)})

    assert rows(found) == [
        ("basic", ("medical_assistance_fund", "county"), Decimal(360)),
        ("ltc", ("county",), Decimal(30)),
    ]


def test_published_shares_divide_to_the_fen():
    thirds = {"basic": {"medical_assistance_fund": Decimal(2), "county": Decimal(1)}}
    divided = tier(
        "fixed_390", **{f"{PAYERS}.payer_shares": {"value": thirds, "unit": "payers", "clause": "试"}}
    )

    found = payer_shares(divided, {"basic": Decimal("360.01")})

    assert rows(found) == [
        ("basic", ("medical_assistance_fund",), Decimal("240.01")),
        ("basic", ("county",), Decimal("120.00")),
    ]


def test_a_component_without_aid_has_no_payer():
    assert rows(payer_shares(tier("full"), {"basic": Decimal(0), "ltc": Decimal(30)})) == [
        ("ltc", ("county",), Decimal(30))
    ]


def test_a_tier_that_names_nobody_to_pay_is_refused():
    silent = tier("full", **{"assistance.tier.full.payers": {"basic": ["county"]}})

    with pytest.raises(RuleNotPublished, match=r"payers\.ltc"):
        payer_shares(silent, {"basic": Decimal(400), "ltc": Decimal(30)})
