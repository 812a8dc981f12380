from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.rules.claim_facts import ClaimAmountsInvalid, ClaimFacts
from benefits.rules.incentives import cap_for
from benefits.rules.layers import Layer
from benefits.rules.settlement import settle
from benefits.rules.year_totals import YearTotals
from policy.loader import load_shipped
from tests.benefits.law import TANGSHAN, harbin, known, person, yuan

NEW = YearTotals()


def stay(
    total: str, eligible: str | None = None, class_b="0", basic_paid=None, kind="inpatient", grade="grade_3"
):
    return ClaimFacts(
        kind,
        grade,
        yuan(total),
        yuan(eligible or total),
        yuan(class_b),
        None if basic_paid is None else yuan(basic_paid),
    )


def test_one_stay_of_a_subsistence_allowance_holder_goes_through_three_layers():
    found = settle(harbin(), stay("60000", "50800", "2000"), NEW, person("subsistence_allowance"))

    assert found.basic.paid == 30000  # 50 000 x 60 %
    assert found.critical_illness.base == 20800
    assert found.critical_illness.paid == 10360  # above 6 000: 14 800 x 70 %
    assert found.critical_illness.detail == "poorest"
    assert found.assistance.base == 10440
    assert found.assistance.paid == 7308  # x 70 %
    assert found.paid == 47668
    assert found.totals_after == YearTotals(
        eligible_for_critical=yuan(20800),
        basic_paid_to_cap=yuan(30000),
        basic_by_kind={"inpatient": yuan(30000)},
        critical_paid=yuan(10360),
        assistance_base=yuan(10440),
        assistance_paid=yuan(7308),
        own_burden=yuan(3132),  # class-B self-pay is outside the policy
        out_of_pocket=yuan(12332),
        total=yuan(60000),
    )


def test_class_b_copay_inside_the_policy_is_own_burden_too():
    policy = harbin(critical_illness__class_b_copay_in_base=True)
    found = settle(policy, stay("20000", "10000", "1000", basic_paid="10000"), NEW, person())

    assert found.critical_illness.base == 1000
    assert found.totals_after.own_burden == 1000


def test_the_hospitals_own_settlement_stands():
    found = settle(harbin(), stay("20000", "18000", basic_paid="9000.50"), NEW, person())

    assert found.basic.amount == yuan("9000.50")
    assert found.critical_illness.base == yuan("8999.50")
    assert [step.label for step in found.basic.steps] == ["基本医保支付（医疗机构一站式结算）"]


def test_the_second_stay_goes_on_from_the_totals_of_the_first():
    first = settle(harbin(), stay("32000", basic_paid="12000"), NEW, person())
    second = settle(harbin(), stay("42000", basic_paid="12000"), first.totals_after, person())

    assert (first.critical_illness.paid, second.critical_illness.paid) == (5200, 20400)  # case 48
    assert second.totals_after.critical_paid == 25600


def test_prenatal_visits_use_up_the_outpatient_limit():
    visit = stay("400", kind="prenatal", grade="grade_1")
    first = settle(harbin(), visit, NEW, person())
    second = settle(harbin(), visit, first.totals_after, person())
    third = settle(harbin(), stay("400", kind="outpatient"), second.totals_after, person())

    assert (first.basic.paid, second.basic.paid, third.basic.paid) == (200, 100, 0)
    assert third.totals_after.basic_by_kind == {"outpatient": 300}


def test_delivery_enters_the_cap_only_where_the_policy_says_so():
    visit = stay("4000", kind="delivery")

    assert settle(harbin(), visit, NEW, person()).totals_after.basic_paid_to_cap == 3000
    free = harbin(basic__delivery_counts_to_cap=False)
    assert settle(free, visit, NEW, person()).totals_after.basic_paid_to_cap == 0


def test_layers_without_a_rule_pay_nothing_and_say_why():
    found = settle(load_shipped(TANGSHAN), stay("9000", "8000", "100"), NEW, person("subsistence_allowance"))

    for layer in (found.basic, found.critical_illness, found.assistance):
        assert layer.amount is None
        assert layer.paid == 0
        assert "130200 2025 年度的文件没有规定" in layer.not_published
        assert layer.traced.value is None
    assert found.totals_after.own_burden == 8000
    assert found.totals_after.out_of_pocket == 9000


def test_a_silent_layer_does_not_stop_the_next():
    silent = harbin()
    section = silent.data.critical_illness.model_copy(update={"deductible": None})
    policy = type(silent)(silent.key, silent.data.model_copy(update={"critical_illness": section}))
    found = settle(policy, stay("10000", basic_paid="4000"), NEW, person("orphan"))

    assert found.critical_illness.amount is None
    assert "critical_illness.deductible" in found.critical_illness.not_published
    assert found.assistance.paid == 5400


def test_a_delivery_paid_by_the_hospital_needs_no_rule_of_ours():
    found = settle(load_shipped(TANGSHAN), stay("4000", kind="delivery", basic_paid="3000"), NEW, person())

    assert found.totals_after.basic_by_kind == {"delivery": 3000}
    assert found.totals_after.basic_paid_to_cap == 0


@pytest.mark.parametrize(
    ("eligible", "used", "paid"),
    [("550000", False, 400000), ("550000.01", True, yuan("400000.01")), ("700000", True, 408000)],
)
def test_using_the_increase_is_told(eligible: str, used: bool, paid: Decimal):
    policy = harbin()
    cap = cap_for(policy.incentives, policy.critical_illness.cap, known(2027, 3, 0, 2)).value
    found = settle(policy, stay(eligible, basic_paid="0"), NEW, person(), cap)

    assert found.critical_illness.paid == paid
    assert found.increase_used is used


def test_people_without_a_cap_never_use_the_increase():
    policy = harbin()
    cap = cap_for(policy.incentives, policy.critical_illness.cap, known(2027, 3, 0, 2)).value
    tilted = settle(policy, stay("700000", basic_paid="0"), NEW, person("extreme_hardship"), cap)
    after = settle(policy, stay("1000", basic_paid="0"), tilted.totals_after, person(), cap)

    assert tilted.critical_illness.paid > 408000
    assert not tilted.increase_used
    assert (after.critical_illness.paid, after.increase_used) == (0, False)


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        (stay("-1"), "总费用"),
        (stay("100", "100.001"), "政策范围内费用"),
        (stay("100", "90", "-0.01"), "乙类先行自付"),
        (stay("100", "90", "10.01"), "超过总费用"),
        (stay("100", "90", basic_paid="90.01"), "超过政策范围内费用"),
        (stay("100", "NaN"), "政策范围内费用"),
    ],
)
def test_impossible_claims_are_refused(claim: ClaimFacts, why: str):
    with pytest.raises(ClaimAmountsInvalid, match=why) as refusal:
        settle(harbin(), claim, NEW, person())
    assert refusal.value.code == "claim_amounts_invalid"


def test_parts_that_just_fit_are_accepted():
    assert settle(harbin(), stay("100", "90", "10", basic_paid="90"), NEW, person()).basic.paid == 90


def test_a_layer_that_pays_nothing_is_not_a_silent_one():
    assert Layer(Decimal(0), ()).not_published == ""


fen = st.integers(0, 20_000_000).map(lambda count: Decimal(count) / 100)
flags = st.booleans()
held = st.sampled_from([(), ("subsistence_allowance",), ("orphan",), ("subsistence_margin",)])


@given(st.lists(st.tuples(fen, fen, fen, held), min_size=1, max_size=5), flags, flags)
def test_a_year_of_claims_always_adds_up(claims, critical_class_b: bool, assistance_class_b: bool):
    policy = harbin(
        critical_illness__class_b_copay_in_base=critical_class_b,
        medical_assistance__class_b_copay_in_base=assistance_class_b,
    )
    totals, paid = NEW, Decimal(0)
    for eligible, class_b, outside, categories in claims:
        claim = ClaimFacts("inpatient", "grade_2", eligible + class_b + outside, eligible, class_b)
        found = settle(policy, claim, totals, person(*categories))
        totals, paid = found.totals_after, paid + found.paid

        assert min(found.basic.paid, found.critical_illness.paid, found.assistance.paid) >= 0
        assert 0 <= found.paid <= eligible + class_b
    assert totals.out_of_pocket == totals.total - paid
    assert 0 <= totals.own_burden <= totals.out_of_pocket
