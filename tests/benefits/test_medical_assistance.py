from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.rules.medical_assistance import (
    Payout,
    eligible_for_medical_assistance,
    medical_assistance_payout,
)
from policy.errors import RuleNotPublished
from policy.schema.benefits import MedicalAssistance
from tests.benefits.law import HARBIN, changed, harbin, person, yuan

MARGIN = person("subsistence_margin")
BANDED = changed(
    HARBIN,
    {
        "medical_assistance.group.margin.bands": {
            "value": {"bands": [{"up_to": 10000, "rate": Decimal("0.5")}, {"rate": Decimal("0.6")}]},
            "unit": "bands",
            "clause": "测",
        }
    },
).medical_assistance


def paid(who, eligible: str, before="0", paid_before="0", section: MedicalAssistance | None = None) -> Payout:
    return medical_assistance_payout(
        section or harbin().medical_assistance,
        person=who,
        eligible_before=yuan(before),
        eligible=yuan(eligible),
        paid_before=yuan(paid_before),
    ).value


@pytest.mark.parametrize(
    ("category", "group", "amount"),
    [
        ("extreme_hardship", "extreme_hardship", "9000"),
        ("orphan", "extreme_hardship", "9000"),
        ("subsistence_allowance", "subsistence_allowance", "7000"),
        ("subsistence_margin", "margin", "4200"),
        ("severe_disability", None, "0"),
    ],
)
def test_the_group_decides(category: str, group: str | None, amount: str):
    found = paid(person(category), "10000")

    assert (found.group, found.amount) == (group, yuan(amount))


def test_the_first_group_in_the_file_holds():
    assert paid(person("subsistence_margin", "orphan"), "10000").group == "extreme_hardship"


def test_a_risk_eliminated_is_in_no_group():
    assert paid(person("at_risk_of_poverty"), "4000").amount == 600
    assert paid(person("at_risk_of_poverty", risk_eliminated=True), "4000").group is None


@pytest.mark.parametrize(
    ("eligible", "amount"), [("3000", "0"), ("3000.01", "0.01"), ("53000", "30000"), ("53001", "30000")]
)
def test_deductible_and_cap(eligible: str, amount: str):
    assert paid(MARGIN, eligible).amount == yuan(amount)


def test_bands_lie_above_the_deductible():
    assert paid(MARGIN, "15000", section=BANDED).amount == 6200  # 10 000 x 50 % + 2 000 x 60 %


def test_nobody_fits_says_so():
    traced = medical_assistance_payout(
        harbin().medical_assistance,
        person=person(),
        eligible_before=yuan(0),
        eligible=yuan(9),
        paid_before=yuan(0),
    )

    assert traced.value == Payout(Decimal(0), None, base=yuan(9))
    assert [step.label for step in traced.steps] == ["不属于任何医疗救助对象类别，不予救助"]


def test_no_group_at_all_is_silence():
    with pytest.raises(RuleNotPublished, match=r"medical_assistance\.group"):
        paid(MARGIN, "1", section=harbin().medical_assistance.model_copy(update={"group": {}}))


@pytest.mark.parametrize(("counts", "base"), [(False, "1000"), (True, "1300")])
def test_class_b_copay_counts_where_the_policy_says_so(counts: bool, base: str):
    section = harbin(medical_assistance__class_b_copay_in_base=counts).medical_assistance
    found = eligible_for_medical_assistance(
        section, eligible_expense=yuan(5000), paid=yuan(4000), class_b_copay=yuan(300)
    )

    assert found.value == yuan(base)


def test_payouts_on_the_class_b_copay_leave_no_negative_base():
    found = eligible_for_medical_assistance(
        harbin().medical_assistance, eligible_expense=yuan(100), paid=yuan(130), class_b_copay=yuan(50)
    )

    assert found.value == 0


fen = st.integers(0, 10_000_000).map(lambda count: Decimal(count) / 100)


@given(st.sampled_from([harbin().medical_assistance, BANDED]), fen, fen, fen)
def test_a_claim_split_in_two_pays_the_same(
    section: MedicalAssistance, before: Decimal, one: Decimal, two: Decimal
):
    earlier = paid(MARGIN, str(before), section=section).amount
    whole = paid(MARGIN, str(one + two), str(before), str(earlier), section).amount
    first = paid(MARGIN, str(one), str(before), str(earlier), section).amount
    second = paid(MARGIN, str(two), str(before + one), str(earlier + first), section).amount

    assert first + second == whole
    assert 0 <= whole <= one + two
    assert earlier + whole <= 30000
