"""From text to law: inheritance, withdrawing, computed figures, overrides, and files that make no sense."""

from decimal import Decimal
from pathlib import Path

import pytest

from policy.errors import OutOfBounds, PolicyInvalid, PolicyNotFound
from policy.lint import breaches
from policy.loader import build, load_file, load_shipped, read_shipped, shipped_keys
from policy.policy import leaf_at

LEAF = '{{ value = {}, unit = "yuan", clause = "{}" }}'
TOP = """
area = "110000"
year = 2025
title = "上级"
[financing.personal]
basic = { value = 400, unit = "yuan", clause = "上级 一" }
ltc = { value = 20, unit = "yuan", clause = "上级 二" }
[financing.population.student.personal]
basic = { value = 380, unit = "yuan", clause = "上级 三" }
"""
CITY = 'area = "110100"\nyear = 2025\ntitle = "本级"\ninherits = "top"\n'

TIER_FOR_NOBODY = """
[assistance.tier.a]
label = "一档"
when = { value = "orfan", unit = "condition", clause = "x" }
aid = { value = { kind = "full" }, unit = "rule", clause = "x" }
payers = { value = {}, unit = "payers", clause = "x" }
"""


def law(city: str, top: str = TOP, **overrides):
    texts = {"top": top, "city": CITY + city}
    return build("city", lambda key: texts[key], overrides)


def test_a_leaf_is_replaced_whole_and_the_rest_stays():
    policy = law('[financing.personal]\nbasic = { value = 410, unit = "yuan", clause = "本级 一" }')

    basic, ltc = (
        leaf_at(policy.data, "financing.personal.basic"),
        leaf_at(policy.data, "financing.personal.ltc"),
    )
    assert (basic.value, basic.clause) == (Decimal(410), "本级 一")
    assert (ltc.value, ltc.clause) == (Decimal(20), "上级 二")
    assert policy.chain == ("top", "city")
    assert policy.area == "110100"


def test_a_withdrawn_table_is_gone():
    policy = law("[financing.population.student]\nwithdrawn = true")

    assert policy.financing.population == {}


def test_a_table_that_does_not_inherit_stands_alone():
    policy = law(
        '[financing.personal]\ninherit = false\nltc = { value = 30, unit = "yuan", clause = "本级" }'
    )

    assert list(policy.financing.personal) == ["ltc"]


@pytest.mark.parametrize(
    ("expression", "figure"),
    [
        ('{ share_of = "financing.personal.basic" }', "400"),
        ('{ share_of = "financing.personal.basic", share = 0.333333 }', "133.33"),
        ('{ share_of = "financing.personal.basic", share = 0.333333, round = "yuan" }', "133"),
        ('{ share_of = "series.income", year_offset = -1, share = 0.5 }', "10000.25"),
    ],
)
def test_a_figure_is_computed_from_another_leaf(expression: str, figure: str):
    series = '[series.income]\n2024 = { value = 20000.50, unit = "yuan/year", clause = "公报" }\n'
    policy = law(f"{series}[critical_illness]\ndeductible = {LEAF.format(expression, '本级 五')}")

    leaf = leaf_at(policy.data, "critical_illness.deductible")
    assert leaf.value == Decimal(figure)
    assert leaf.clause == "本级 五"
    assert "×" in leaf.reading
    assert policy.unresolved == {}


def test_a_figure_whose_base_is_not_there_is_not_published():
    expression = '{ share_of = "series.income", year_offset = -1 }'
    policy = law(f"[critical_illness]\ndeductible = {LEAF.format(expression, '本级 五')}")

    assert leaf_at(policy.data, "critical_illness.deductible") is None
    assert policy.unresolved == {"critical_illness.deductible": "series.income.2024"}


def test_overrides_keep_the_clause_and_say_what_they_are():
    policy = law("", **{"financing.personal.basic": 500, "financing.ltc_payer": "city"})

    basic, payer = (
        leaf_at(policy.data, "financing.personal.basic"),
        leaf_at(policy.data, "financing.ltc_payer"),
    )
    assert (basic.value, basic.clause, basic.status) == (Decimal(500), "上级 一", "assumed")
    assert (payer.value, payer.unit, payer.status) == ("city", "as_set", "assumed")


def test_an_override_may_be_a_leaf_a_table_or_a_withdrawal():
    policy = law(
        "",
        **{
            "financing.personal.basic": {"value": 500, "clause": "新文件"},
            "financing.population.minor": {
                "personal": {"ltc": {"value": 0, "unit": "yuan", "clause": "新文件"}}
            },
            "financing.population.student": {"withdrawn": True},
        },
    )

    assert leaf_at(policy.data, "financing.personal.basic").clause == "新文件"
    assert list(policy.financing.population) == ["minor"]


def test_an_override_does_not_touch_the_policy_it_was_made_from():
    before = load_shipped("230100/2025").digest

    changed = build("230100/2025", read_shipped, {"critical_illness.cap": 390_000})

    assert changed.digest != before
    assert build("230100/2025", read_shipped).digest == before


@pytest.mark.parametrize(
    ("city", "said"),
    [
        ("[financing", "不是有效的 TOML"),
        ("[financing]\nfoo = 3", "不认识这一项"),
        ('[financing.personal]\nbasic = { value = 1, unit = "yuan" }', "缺少这一项"),
        (
            '[financing.personal]\nbasic = { value = 1, unit = "yuan", clause = "" }',
            "financing.personal.basic.clause",
        ),
        (
            '[financing.personal]\nbasic = { value = 1, unit = "rmb", clause = "x" }',
            "financing.personal.basic.unit",
        ),
        ('[financing.personal]\nbasic = { value = "?", unit = "yuan", clause = "x" }', "basic.value"),
        (
            '[assistance]\ntargets = { value = ["orfan"], unit = "category", clause = "x" }',
            "assistance.targets 用了没有登记的身份类别：orfan",
        ),
        (
            TIER_FOR_NOBODY,
            "assistance.tier.a.when 用了没有登记的身份类别：orfan",
        ),
    ],
)
def test_a_file_that_makes_no_sense_says_where(city: str, said: str):
    with pytest.raises(PolicyInvalid) as caught:
        law(city)

    assert said in caught.value.message


def test_a_region_may_register_a_category_of_its_own():
    policy = law(
        '[category.forester]\nlabel = "林场职工"\nissuer = "civil_affairs"\n'
        '[assistance]\ntargets = { value = ["forester"], unit = "category", clause = "x" }'
    )

    assert policy.assistance.targets.value == ("forester",)


def test_a_chain_that_bites_its_tail_is_refused():
    texts = {"a": 'inherits = "b"', "b": 'inherits = "a"'}

    with pytest.raises(PolicyInvalid, match="绕回"):
        build("a", lambda key: texts[key])


def test_a_missing_document_is_named(tmp_path: Path):
    orphan = tmp_path / "mine.toml"
    orphan.write_text(CITY.replace("top", "999999/2025"), encoding="utf-8")

    with pytest.raises(PolicyNotFound, match="999999/2025"):
        load_file(orphan)
    with pytest.raises(PolicyNotFound, match="找不到政策文件"):
        load_file(tmp_path / "none.toml")


def test_a_file_inherits_from_shipped_law_or_a_file_beside_it(tmp_path: Path):
    (tmp_path / "top.toml").write_text(TOP, encoding="utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(CITY, encoding="utf-8")
    harbin = tmp_path / "harbin.toml"
    harbin.write_text(CITY.replace('"top"', '"230100/2025"'), encoding="utf-8")

    assert load_file(mine).financing.personal["basic"].value == 400
    assert load_file(harbin, {"critical_illness.cap": 300_000}).critical_illness.cap.value == 300_000


def test_a_bound_that_only_warns_lets_the_policy_load():
    bound = {
        "label": "起付线",
        "severity": "warn",
        "rule": {
            "value": {"kind": "at_least", "path": "financing.personal.basic", "figure": 500},
            "unit": "rule",
            "clause": "上级 九",
        },
    }

    policy = law("", **{"bound.premium": bound})
    with pytest.raises(OutOfBounds, match="上级 九"):
        law("", **{"bound.premium": bound | {"severity": "refuse"}})

    assert [breach.bound for breach in breaches(policy.data)] == ["premium"]


def test_parents_are_listed_before_their_children():
    keys = shipped_keys()

    assert keys.index("CN/2025") < keys.index("230000/2025") < keys.index("230100/2025")
