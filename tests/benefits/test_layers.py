import itertools
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from benefits.rules.assisted_layers import assistance_layer
from benefits.rules.basic import Visit
from benefits.rules.basic_terms import terms_of, visit_terms
from benefits.rules.claim_facts import ClaimFacts
from benefits.rules.extra_layers import extra_payout
from benefits.rules.insured_layers import basic_layer
from benefits.rules.settlement import settle
from benefits.rules.settling import Settling
from benefits.rules.year_totals import YearTotals
from benefits.rules.yearly_terms import Account, account_payout
from policy.errors import PolicyInvalid, RuleNotPublished
from policy.layer_order import layers_in_order
from policy.loader import load_file, load_shipped
from policy.schema.bands import Bands
from policy.schema.basic import LaterStays, YearLimits
from tests.benefits.law import HARBIN, person, yuan

FILE = Path(__file__).parent / "layered_region.toml"
LAYERED = load_file(FILE)
ALLOWANCE = person("subsistence_allowance")
NEW = YearTotals()


def ordered(*names: str):
    return load_file(FILE, {"layers.order": list(names)})


def test_regions_without_a_supplement_have_three_layers():
    assert layers_in_order(load_shipped(HARBIN).data) == ("basic", "critical_illness", "medical_assistance")


def test_the_policy_gives_the_order():
    order = ("basic", "medical_assistance", "critical_illness", "second_layer", "supplement")

    assert layers_in_order(ordered(*order).data) == order


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (
            ["critical_illness", "basic", "supplement", "medical_assistance", "second_layer"],
            "第一层应为基本医保",
        ),
        (["basic", "critical_illness", "medical_assistance", "second_layer"], "缺少补充保险"),
        (["basic", "supplement", "medical_assistance", "second_layer"], "缺少大病保险"),
        (["basic", "critical_illness", "supplement", "second_layer", "medical_assistance"], "倾斜救助应在"),
        (
            ["basic", "critical_illness", "supplement", "supplement", "medical_assistance", "second_layer"],
            "写了两次",
        ),
    ],
)
def test_an_order_that_cannot_be_is_refused(order: list[str], why: str):
    with pytest.raises(PolicyInvalid, match=why):
        ordered(*order)


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (LaterStays, {"stays": []}),
        (LaterStays, {"stays": [{"stay": 1, "factor": 1}]}),
        (LaterStays, {"stays": [{"stay": 2}]}),
        (LaterStays, {"stays": [{"stay": 2, "factor": 1, "deductible": 5}]}),
        (LaterStays, {"stays": [{"stay": 3, "factor": 1}, {"stay": 3, "factor": 0}]}),
        (YearLimits, {"counts_this_year": True, "rows": []}),
        (YearLimits, {"counts_this_year": True, "rows": [{"years": 1, "amount": 5}]}),
        (YearLimits, {"rows": [{"years": 0, "amount": 5}]}),
        (Bands, {"bands": [{"until": "critical_illness_deductible", "up_to": 5, "rate": 0}, {"rate": 1}]}),
        (Bands, {"bands": [{"until": "critical_illness_deductible", "rate": 0}]}),
    ],
)
def test_tables_that_say_nothing_certain_are_refused(shape, value):
    with pytest.raises(ValidationError):
        shape.model_validate(value)


def test_one_of_two_yearly_limits_only():
    limit = {"value": 300, "unit": "yuan/year", "clause": "测"}
    with pytest.raises(PolicyInvalid, match="只写一个"):
        load_file(FILE, {"basic.terms.outpatient.any.yearly_limit": limit})


def test_every_adjustment_that_fits_is_told_with_its_clause():
    visit = Visit("inpatient", "outside", yuan(9000), facility="H99001", earlier_stays=1)
    traced = visit_terms(LAYERED.basic, terms_of(LAYERED.basic, kind="inpatient", grade="outside"), visit)

    assert (traced.value.deductible, traced.value.rate) == (425, yuan("0.75"))
    assert [(step.label, step.clause.removeprefix("虚构〔2026〕2号 ")) for step in traced.steps] == [
        ("起付标准", "三"),
        ("当年第2次，起付标准", "三(二)"),
        ("未按规定转诊到省外：支付比例调整为50%", "三(四)"),
        ("市中医医院：起付标准按50%计", "三(五)"),
        ("市中医医院：支付比例75%", "三(五)"),
    ]


def test_a_condition_about_a_person_nobody_told_of_does_not_hold():
    visit = Visit("inpatient", "any", yuan(9000))
    terms = terms_of(LAYERED.basic, kind="inpatient", grade="any")

    assert visit_terms(LAYERED.basic, terms, visit).value.deductible == 1000


def test_a_visit_that_is_not_referred_is_told_why_it_does_not_count():
    paid = extra_payout(
        LAYERED.medical_assistance.second_layer,
        person=ALLOWANCE,
        kind="inpatient",
        referral="none",
        account=Account(),
        eligible=yuan(9000),
    )

    assert (paid.value.amount, paid.value.base) == (0, 0)
    assert paid.steps[-1].label == "本层只计入按规定转诊的费用，本次不计入"
    assert paid.steps[-1].clause == "虚构〔2026〕2号 六(三)"


def test_a_threshold_below_the_band_before_it_leaves_the_band_empty():
    group = LAYERED.medical_assistance.group["allowance"]
    bands = Bands.model_validate(
        {
            "bands": [
                {"up_to": 5000, "rate": "0.5"},
                {"until": "critical_illness_deductible", "rate": "0.9"},
                {"rate": "0.6"},
            ]
        }
    )
    terms = group.model_copy(update={"bands": group.bands.model_copy(update={"value": bands})})

    assert (
        account_payout("a", terms, account=Account(), eligible=yuan(9000), threshold=yuan(4000)).value.raw
        == 4900
    )


def test_assistance_that_needs_a_deductible_nobody_published_is_silent():
    section = LAYERED.critical_illness.model_copy(update={"deductible": None})
    silent = type(LAYERED)("k", LAYERED.data.model_copy(update={"critical_illness": section}))
    found = settle(silent, ClaimFacts("inpatient", "any", yuan(9000), yuan(9000)), NEW, ALLOWANCE)

    assert found.assistance.amount is None
    with pytest.raises(RuleNotPublished, match=r"critical_illness\.deductible"):
        assistance_layer(
            Settling(
                silent, ClaimFacts("inpatient", "any", yuan(9), yuan(9)), NEW, ALLOWANCE, ALLOWANCE, None
            ),
            {},
        )


def test_the_hospitals_figure_needs_no_terms():
    claim = ClaimFacts("inpatient", "any", yuan(9), yuan(9), basic_paid=yuan(3))

    assert basic_layer(Settling(LAYERED, claim, NEW, person(), person(), None), {}).paid == 3


fen = st.integers(0, 15_000_000).map(lambda count: Decimal(count) / 100)
kinds = st.sampled_from(["inpatient", "outpatient", "outpatient_chronic", "prenatal", "delivery"])
claims = st.lists(
    st.tuples(kinds, fen, st.sampled_from(["none", "in_province"]), st.sampled_from(["", "special_drug"])),
    min_size=1,
    max_size=6,
)


def year_of(found, who):
    totals, settled = NEW, []
    for kind, eligible, referral, track in found:
        claim = ClaimFacts(kind, "any", eligible, eligible, referral=referral, track=track)
        settled.append(settle(LAYERED, claim, totals, who))
        totals = settled[-1].totals_after
    return totals, settled


@given(claims, st.sampled_from([(), ("subsistence_allowance",), ("illness_impoverished",)]))
def test_a_year_through_five_layers_adds_up_and_keeps_every_limit(found, held: tuple[str, ...]):
    who = person(*held)
    totals, settled = year_of(
        found, type(who)(who.day, who.coverage_year, identities=who.identities, continuous_years=3)
    )
    paid = {name: sum(each.layers[name].paid for each in settled) for name in settled[0].layers}

    assert all(0 <= each.paid <= claim[1] for each, claim in zip(settled, found, strict=True))
    assert totals.out_of_pocket == totals.total - sum(paid.values()) == totals.own_burden
    assert totals.supplement_paid == paid["supplement"] == totals.account("supplement").paid <= 30000
    assert totals.assistance_paid == paid["medical_assistance"] + paid["second_layer"]
    assert totals.assistance_account().paid == paid["medical_assistance"]
    assert totals.account("second_layer").paid == paid["second_layer"] <= 20000
    assert totals.account("track.special_drug").paid + totals.critical_account().paid == totals.critical_paid
    assert totals.account("track.special_drug").paid <= 200000
    assert totals.critical_account().paid <= 300000
    assert totals.basic_by_kind.get("prenatal", 0) <= 600
    if held == ("subsistence_allowance",):
        assert totals.accounts.get("assistance.outpatient_chronic", 0) <= 10000
        assert paid["medical_assistance"] <= 30000


@given(fen, fen)
def test_a_stay_counts_as_one_however_little_it_pays(first: Decimal, second: Decimal):
    totals, _ = year_of([("inpatient", first, "none", ""), ("inpatient", second, "none", "")], person())

    assert totals.accounts["stays.inpatient"] == 2


def test_every_named_hospital_and_referral_is_told_apart():
    seen = {
        (facility, referral): settle(
            LAYERED,
            ClaimFacts(
                "inpatient", "outside", yuan(11000), yuan(11000), facility=facility, referral=referral
            ),
            NEW,
            person(),
        ).basic.paid
        for facility, referral in itertools.product(("", "H99001"), ("none", "out_of_province"))
    }

    assert seen == {
        ("", "none"): 5000,
        ("", "out_of_province"): 7000,
        ("H99001", "none"): 7875,
        ("H99001", "out_of_province"): 7875,
    }
