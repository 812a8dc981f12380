from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.rules.amounts import check_amounts, is_amount
from benefits.rules.bands import reckoned, stretches
from benefits.rules.critical_illness import (
    Payout,
    critical_illness_payout,
    eligible_for_critical_illness,
)
from benefits.rules.critical_illness_terms import critical_illness_terms
from policy.errors import RuleNotPublished
from policy.schema.benefits import CriticalIllness
from tests.benefits.law import HARBIN, TANGSHAN, changed, harbin, person, yuan

ORDINARY = person()
POOREST = person("subsistence_allowance")
TILTED = {
    "critical_illness.tilt.orphans": {
        "label": "孤儿",
        "when": {"value": "orphan", "unit": "condition", "clause": "测试"},
        "deductible": {"value": 1000, "unit": "yuan/year", "clause": "测试"},
        "rate_increase": {"value": Decimal("0.02"), "unit": "/1", "clause": "测试"},
    }
}


def paid(eligible: str, *, who=ORDINARY, before="0", paid_before="0", cap=None, section=None) -> Payout:
    return critical_illness_payout(
        section or harbin().critical_illness,
        person=who,
        eligible_before=yuan(before),
        eligible=yuan(eligible),
        paid_before=yuan(paid_before),
        cap=cap,
    ).value


@pytest.mark.parametrize(
    ("eligible", "amount"),
    [
        ("0", "0"),
        ("11999.99", "0"),
        ("12000.00", "0"),  # case 44
        ("12000.01", "0.01"),  # case 44: 0.0065
        ("12000.03", "0.02"),  # 0.0195
        ("31999.99", "12999.99"),  # 12 999.9935
        ("32000.00", "13000.00"),  # case 45
        ("32000.01", "13000.01"),
        ("62000.00", "34000.00"),  # case 46
        ("62000.01", "34000.01"),
        ("112000.00", "71500.00"),  # case 47
        ("549999.99", "399999.99"),  # 549 999.99: 34 000 + 487 999.99 x 75 %
        ("550000.00", "400000.00"),
        ("550000.01", "400000.00"),
        ("600000.00", "400000.00"),  # case 50
    ],
)
def test_bands_and_cap_for_an_ordinary_person(eligible: str, amount: str):
    assert paid(eligible).amount == yuan(amount)


def test_case_48_second_claim_goes_on_where_the_first_ended():
    first = paid("20000")
    second = paid("30000", before="20000", paid_before="5200")

    assert (first.amount, second.amount) == (yuan(5200), yuan(20400))
    assert first.deductible_used_total == second.deductible_used_total == 12000


@pytest.mark.parametrize("category", ["extreme_hardship", "subsistence_allowance", "fallen_into_poverty"])
def test_cases_49_51_52_tilt_halves_the_deductible_raises_rates_and_lifts_the_cap(category: str):
    who = person(category)

    assert paid("112000", who=who).amount == yuan(81300)
    assert paid("600000", who=who) == Payout(yuan(471700), Decimal(6000), yuan(471700), None, "poorest")


@pytest.mark.parametrize("category", ["orphan", "severe_disability", "exited_poverty", "subsistence_margin"])
def test_other_identities_have_ordinary_terms(category: str):
    assert paid("112000", who=person(category)).amount == yuan(71500)


def test_case_52_hebei_does_not_tilt_those_fallen_into_poverty():
    hebei = changed(
        TANGSHAN,
        {
            "critical_illness.deductible": 12000,
            "critical_illness.cap": 300000,
            "critical_illness.bands": {
                "value": {"bands": [{"rate": Decimal("0.6")}]},
                "unit": "bands",
                "clause": "测",
            },
        },
    ).critical_illness

    assert paid("22000", who=person("fallen_into_poverty"), section=hebei).amount == 6000
    assert paid("22000", who=POOREST, section=hebei).amount == yuan(10400)  # 16 000 x 65 %


def test_case_53_cap_with_incentives():
    found = paid("600000", cap=Decimal(408000))

    assert (found.amount, found.raw) == (408000, yuan(437500))


def test_tilt_is_prospective_and_returns_no_deductible():
    earlier = paid("20000")
    later = paid("10000", who=POOREST, before="20000", paid_before=str(earlier.amount))

    # under the better terms 20 000 lie 14 000 above the deductible: 6 000 are left of the first band
    assert later.amount == 6000 * Decimal("0.70") + 4000 * Decimal("0.75")


def test_met_under_the_tilt_does_not_pay_again_after_it():
    later = paid("5000", before="8000", paid_before="1400")

    assert later.amount == yuan("650.00")  # 13 000 less 12 000, at 65 %


def test_payouts_above_the_cap_while_uncapped_leave_nothing():
    assert paid("10000", before="600000", paid_before="471700").amount == 0


def test_of_several_tilts_each_term_is_the_best_one():
    section = changed(HARBIN, TILTED).critical_illness
    terms = critical_illness_terms(section, person=person("orphan", "extreme_hardship")).value

    assert terms.deductible == 1000
    assert [stretch.rate for stretch in terms.bands] == [Decimal("0.70"), Decimal("0.75"), Decimal("0.80")]
    assert terms.cap is None
    assert terms.tilt == "poorest+orphans"
    assert critical_illness_terms(section, person=person("orphan")).value.cap == 400000


def test_rates_never_pass_one():
    section = changed(
        HARBIN, {"critical_illness.tilt.poorest.rate_increase": Decimal("0.30")}
    ).critical_illness

    assert [stretch.rate for stretch in critical_illness_terms(section, person=POOREST).value.bands] == [
        Decimal("0.95"),
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("eligible", "amount"),
    [("12000", "0"), ("20000", "5200"), ("20000.02", "5200.01"), ("50000", "26200"), ("60000", "33700")],
)
def test_absolute_bands_lose_their_bottom_to_the_deductible(eligible: str, amount: str):
    section = harbin(critical_illness__band_basis="absolute").critical_illness

    assert paid(eligible, section=section).amount == yuan(amount)


def test_absolute_bands_below_the_deductible_vanish():
    section = harbin(
        critical_illness__band_basis="absolute", critical_illness__deductible=20000
    ).critical_illness

    assert paid("30000", section=section).amount == 7000


@pytest.mark.parametrize("leaf", ["deductible", "bands", "band_basis", "cap"])
def test_silence_is_named(leaf: str):
    silent = harbin().critical_illness.model_copy(update={leaf: None})

    with pytest.raises(RuleNotPublished, match=rf"critical_illness\.{leaf}"):
        paid("20000", section=silent)


def test_silent_cap_is_no_matter_for_the_uncapped_or_where_the_cap_is_given():
    silent = harbin().critical_illness.model_copy(update={"cap": None})

    assert paid("112000", who=POOREST, section=silent).amount == yuan(81300)
    assert paid("600000", cap=Decimal(410000), section=silent).amount == 410000


@pytest.mark.parametrize("wrong", ["-0.01", "0.001", "NaN"])
def test_impossible_amounts_are_refused(wrong: str):
    with pytest.raises(ValueError, match="whole fen"):
        paid(wrong)


@pytest.mark.parametrize("amount", ["0", "0.01", "400000.00"])
def test_amounts_in_whole_fen_pass(amount: str):
    check_amounts(some=Decimal(amount))

    assert is_amount(Decimal(amount))


@pytest.mark.parametrize("amount", ["-0.01", "0.015", "Infinity"])
def test_other_numbers_are_no_amounts(amount: str):
    assert not is_amount(Decimal(amount))
    with pytest.raises(ValueError, match="some must be yuan"):
        check_amounts(some=Decimal(amount))


@pytest.mark.parametrize(
    ("class_b", "counts", "base"), [("0", False, "3000"), ("500", False, "3000"), ("500", True, "3500")]
)
def test_class_b_copay_enters_the_base_only_where_the_policy_says_so(class_b: str, counts: bool, base: str):
    section = harbin(critical_illness__class_b_copay_in_base=counts).critical_illness
    found = eligible_for_critical_illness(
        section, eligible_expense=yuan(10000), basic_paid=yuan(7000), class_b_copay=yuan(class_b)
    )

    assert found.value == yuan(base)


def test_class_b_copay_without_a_rule_is_not_guessed():
    section = changed(TANGSHAN, {}).critical_illness
    facts = {"eligible_expense": yuan(10000), "basic_paid": yuan(7000)}

    assert eligible_for_critical_illness(section, **facts, class_b_copay=yuan(0)).value == 3000
    with pytest.raises(RuleNotPublished, match="class_b_copay_in_base"):
        eligible_for_critical_illness(section, **facts, class_b_copay=yuan(1))


def test_every_step_that_rests_on_the_law_names_its_clause():
    traced = critical_illness_payout(
        harbin().critical_illness,
        person=POOREST,
        eligible_before=yuan(0),
        eligible=yuan(112000),
        paid_before=yuan(0),
    )
    cited = [(step.label, step.figure) for step in traced.steps if step.clause]

    assert cited == [
        ("年度起付标准", 12000),
        ("特困人员、低保对象和返贫致贫人口：起付标准按50%计", yuan("6000.00")),
        ("特困人员、低保对象和返贫致贫人口：各段支付比例提高", Decimal("0.05")),
        ("特困人员、低保对象和返贫致贫人口：不设年度最高支付限额", "是"),
        ("20000元（含）以下部分支付70%", 14000),
        ("20000元至50000元（含）部分支付75%", 22500),
        ("50000元以上部分支付80%", 44800),
    ]
    assert traced.steps[-1].figure == yuan(81300)


fen = st.integers(0, 100_000_000).map(lambda count: Decimal(count) / 100)
people = st.sampled_from([ORDINARY, POOREST, person("orphan")])
sections: list[CriticalIllness] = [
    harbin().critical_illness,
    harbin(critical_illness__band_basis="absolute").critical_illness,
    changed(HARBIN, TILTED).critical_illness,
]


@given(st.sampled_from(sections), people, fen, fen, fen)
def test_a_claim_split_in_two_pays_the_same(section, who, before, first, second):
    start = {"section": section, "who": who}
    earlier = paid(str(before), **start).amount
    whole = paid(str(first + second), before=str(before), paid_before=str(earlier), **start).amount
    one = paid(str(first), before=str(before), paid_before=str(earlier), **start).amount
    two = paid(str(second), before=str(before + first), paid_before=str(earlier + one), **start).amount

    assert one + two == whole
    assert 0 <= one <= first
    assert 0 <= two <= second


@given(st.sampled_from(sections), people, fen, fen)
def test_more_expense_never_pays_less(section, who, one, other):
    low, high = sorted((one, other))

    assert paid(str(low), section=section, who=who).amount <= paid(str(high), section=section, who=who).amount


@given(fen, fen)
def test_parts_of_the_bands_make_the_amount(before, eligible):
    lying = stretches(harbin().critical_illness.bands.value, deductible=Decimal(12000))
    found = reckoned(lying, before=before, eligible=eligible)

    assert abs(sum((part for _, part in found.parts), Decimal(0)) - found.amount) <= Decimal("0.01")
