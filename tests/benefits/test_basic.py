from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.rules.basic import Visit, basic_payout, counts_to_cap, kind_paid_as
from policy.errors import RuleNotPublished
from policy.schema.benefits import Basic
from tests.benefits.law import HARBIN, TANGSHAN, changed, harbin, yuan


def paid(
    eligible: str, kind="inpatient", grade="grade_3", to_cap="0", of_kind="0", basic: Basic | None = None
):
    return basic_payout(
        basic or harbin().basic,
        Visit(kind, grade, yuan(eligible)),
        paid_to_cap=yuan(to_cap),
        paid_of_kind=yuan(of_kind),
    ).value


@pytest.mark.parametrize(
    ("eligible", "grade", "amount"),
    [
        ("800", "grade_3", "0"),
        ("800.01", "grade_3", "0.01"),  # 0.006
        ("10800", "grade_3", "6000"),
        ("10400", "grade_2", "7500"),
        ("10200", "grade_1", "8500"),
        ("0", "grade_1", "0"),
    ],
)
def test_what_lies_above_the_deductible_is_paid_at_the_grades_rate(eligible: str, grade: str, amount: str):
    assert paid(eligible, grade=grade) == yuan(amount)


@pytest.mark.parametrize(
    ("to_cap", "amount"),
    [("143999.99", "6000"), ("144000", "6000"), ("144000.01", "5999.99"), ("150000", "0")],
)
def test_the_cap_leaves_what_is_left_of_it(to_cap: str, amount: str):
    assert paid("10800", to_cap=to_cap) == yuan(amount)


@pytest.mark.parametrize(
    ("of_kind", "amount"), [("0", "100"), ("200", "100"), ("200.01", "99.99"), ("300", "0")]
)
def test_outpatient_visits_stay_under_their_own_limit(of_kind: str, amount: str):
    assert paid("200", kind="outpatient", of_kind=of_kind) == yuan(amount)


def test_prenatal_visits_share_the_outpatient_terms_and_limit():
    assert kind_paid_as(harbin().basic, kind="prenatal") == "outpatient"
    assert paid("400", kind="prenatal", of_kind="150") == yuan(150)


def test_prenatal_terms_of_their_own_go_first():
    terms = {
        name: {"value": value, "unit": "yuan/stay", "clause": "测"}
        for name, value in (("deductible", 0), ("rate", 1))
    }
    basic = changed(HARBIN, {"basic.terms.prenatal.any": terms}).basic

    assert paid("400", kind="prenatal", basic=basic) == 400


def test_delivery_counts_to_the_cap_as_the_policy_says():
    free = harbin(basic__delivery_counts_to_cap=False).basic

    assert counts_to_cap(harbin().basic, kind="delivery")
    assert not counts_to_cap(free, kind="delivery")
    assert paid("4000", kind="delivery", to_cap="149000") == 1000
    assert paid("4000", kind="delivery", to_cap="149000", basic=free) == 3000


@pytest.mark.parametrize(
    ("kind", "grade", "leaf"),
    [("inpatient", "grade_9", "terms.inpatient.grade_9"), ("dental", "any", "terms.dental.any")],
)
def test_kinds_without_terms_are_not_guessed(kind: str, grade: str, leaf: str):
    with pytest.raises(RuleNotPublished, match=leaf):
        paid("1000", kind=kind, grade=grade)


@pytest.mark.parametrize(
    ("leaf", "kind"),
    [("cap", "inpatient"), ("prenatal_as", "prenatal"), ("delivery_counts_to_cap", "delivery")],
)
def test_silence_is_named(leaf: str, kind: str):
    with pytest.raises(RuleNotPublished, match=rf"basic\.{leaf}"):
        paid("1000", kind=kind, basic=harbin().basic.model_copy(update={leaf: None}))


def test_tangshan_has_no_basic_terms():
    with pytest.raises(RuleNotPublished, match="basic"):
        paid("1000", basic=changed(TANGSHAN, {}).basic)


def test_steps_name_their_clauses():
    traced = basic_payout(
        harbin().basic,
        Visit("delivery", "grade_2", yuan(4000)),
        paid_to_cap=yuan(0),
        paid_of_kind=yuan(0),
    )

    assert [(step.label, step.figure) for step in traced.steps if step.clause] == [
        ("生育医疗费用计入统筹基金年度累计", "是"),
        ("起付标准", 0),
        ("起付标准以上部分支付75%", 3000),
        ("年度最高支付限额150000元，此前已累计0元", 3000),
    ]


fen = st.integers(0, 30_000_000).map(lambda count: Decimal(count) / 100)


@given(
    st.sampled_from(["inpatient", "outpatient", "outpatient_chronic", "prenatal", "delivery"]), fen, fen, fen
)
def test_payouts_stay_between_nothing_and_the_expense(
    kind: str, eligible: Decimal, to_cap: Decimal, of_kind: Decimal
):
    amount = paid(str(eligible), kind=kind, to_cap=str(to_cap), of_kind=str(of_kind))

    assert 0 <= amount <= eligible
    assert to_cap + amount <= max(to_cap, Decimal(150000))
    assert paid(str(eligible + 1), kind=kind, to_cap=str(to_cap), of_kind=str(of_kind)) >= amount
