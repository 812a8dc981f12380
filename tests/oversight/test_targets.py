from decimal import Decimal

import pytest

from oversight.rules.cap_income import cap_income
from oversight.rules.in_policy_ratio import in_policy_ratio
from oversight.rules.participation import participation
from policy.errors import RuleNotPublished
from tests.benefits.law import TANGSHAN, changed, harbin, yuan


def rate(listed: int, insured_here: int, **reasons: int):
    return participation(harbin().oversight, listed=listed, reasons=reasons, insured_here=insured_here)


def test_case_61():
    found = rate(
        2000, 1912, died=6, army=3, employee_scheme=40, resident_scheme_elsewhere=21, refused=18
    ).value

    assert (found.denominator, found.insured, found.rate, found.reached) == (
        1991,
        1973,
        Decimal("0.9910"),
        True,
    )


@pytest.mark.parametrize(
    ("insured", "shown", "reached"), [(989, "0.9890", False), (990, "0.9900", True), (991, "0.9910", True)]
)
def test_the_target_itself_is_reached(insured: int, shown: str, reached: bool):
    found = rate(1000, insured).value

    assert (found.rate, found.reached) == (Decimal(shown), reached)


def test_a_rate_that_only_rounds_up_to_the_target_is_not_reached():
    found = rate(100_000, 98_999).value

    assert (found.rate, found.reached) == (Decimal("0.9900"), False)


def test_nobody_to_insure():
    found = rate(3, 0, died=3).value

    assert (found.rate, found.reached) == (None, True)


@pytest.mark.parametrize(
    ("listed", "here", "reasons"), [(1, 2, {}), (-1, 0, {}), (5, 5, {"died": 1}), (5, 1, {"died": -1})]
)
def test_counts_that_do_not_fit_are_refused(listed: int, here: int, reasons: dict[str, int]):
    with pytest.raises(ValueError, match="do not fit"):
        rate(listed, here, **reasons)


def test_no_target_is_silence():
    with pytest.raises(RuleNotPublished, match=r"oversight\.participation"):
        participation(
            harbin().oversight.model_copy(update={"participation": None}),
            listed=1,
            reasons={},
            insured_here=1,
        )


@pytest.mark.parametrize(
    ("fund", "shown", "inside"),
    [
        ("68400000", "0.7125", True),  # case 60
        ("65279999.99", "0.6800", False),
        ("65280000", "0.6800", True),
        ("69120000", "0.7200", True),
        ("69120000.01", "0.7200", False),
    ],
)
def test_case_60_the_band_includes_its_ends(fund: str, shown: str, inside: bool):
    found = in_policy_ratio(harbin().oversight, fund_paid=yuan(fund), in_policy=yuan(96000000)).value

    assert (found.ratio, found.inside) == (Decimal(shown), inside)


def test_no_expense_has_no_ratio():
    found = in_policy_ratio(harbin().oversight, fund_paid=yuan(0), in_policy=yuan(0)).value

    assert (found.ratio, found.inside) == (None, True)


def test_the_fund_never_pays_more_than_the_expense():
    with pytest.raises(ValueError, match="the fund paid"):
        in_policy_ratio(harbin().oversight, fund_paid=yuan(2), in_policy=yuan(1))


@pytest.mark.parametrize(
    ("income", "shown", "inside"),
    [
        ("91666.66", "6.00", True),
        ("84615.38", "6.50", False),
        ("84615.39", "6.50", True),
        ("100000", "5.50", True),
        ("100000.01", "5.50", False),
    ],
)
def test_caps_are_about_six_years_of_income(income: str, shown: str, inside: bool):
    found = cap_income(harbin().critical_illness, basic_cap=yuan(150000), income=yuan(income)).value

    assert (found.multiple, found.inside) == (Decimal(shown), inside)


def test_hebei_asks_no_multiple():
    with pytest.raises(RuleNotPublished, match="cap_income_multiple"):
        cap_income(changed(TANGSHAN, {}).critical_illness, basic_cap=yuan(1), income=yuan(1))


def test_no_income_is_no_measure():
    with pytest.raises(ValueError, match="must be positive"):
        cap_income(harbin().critical_illness, basic_cap=yuan(1), income=yuan(0))


def test_steps_name_their_clauses():
    traced = rate(1000, 990)

    assert [step.label for step in traced.steps if step.clause] == [
        "不计入应参保人数",
        "在外参保视同已参保",
        "目标",
    ]
