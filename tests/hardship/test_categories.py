"""Categories and the names lists call them by."""

from io import StringIO

import pytest
from django.core.management import call_command

from hardship.models import Category, CategoryAlias
from hardship.parsers.vocabulary import shipped_names
from hardship.rules.identity_cells import joined_in, names_in
from hardship.rules.identity_names import Meaning, made_alike, understood
from hardship.selectors.names import known_names
from hardship.services.load_categories import load_categories
from policy.loader import shipped_categories
from tests.registry.factories import UserFactory


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("低保、重度残疾人（一、二级）", ("低保", "重度残疾人1-2级")),
        ("低保;重度残疾人(1~2级)|脱贫人口", ("低保", "重度残疾人1-2级", "脱贫人口")),
        ("低保， 脱贫人口 ／孤儿", ("低保", "脱贫人口", "孤儿")),
        ("重度残疾1－2级", ("重度残疾1-2级",)),
        ("重度残疾（1—2级）", ("重度残疾1-2级",)),
        ("重度残疾一、二级", ("重度残疾1-2级",)),
        ("残疾人（Ⅱ级）", ("残疾人2级",)),
        ("低保,低 保\u200b", ("低保",)),
        ("脱 贫 户", ("脱贫户",)),
        ("低保 户、重 残", ("低保户", "重残")),
        ("重度残疾 1 级", ("重度残疾1级",)),
        ("低保 重残", ("低保", "重残")),
        ("低保&重残", ("低保", "重残")),
        ("低保\\重残", ("低保", "重残")),
        ("低保·重残・孤儿", ("低保", "重残", "孤儿")),
        ("低保——重残", ("低保", "重残")),
        ("①低保②重残", ("低保", "重残")),
        ("1.低保2.重残", ("低保", "重残")),
        ("1、低保 2、重残", ("低保", "重残")),
        ("(1)低保(2)重残", ("低保", "重残")),
        ("1、2级重残", ("1-2级重残",)),
        ("重残（1）", ("重残1",)),
        ("低保、低保", ("低保",)),
        ("（低保）", ("低保",)),
        (" 、", ()),
        ("", ()),
    ],
)
def test_a_cell_is_taken_apart_and_its_names_made_alike(cell, names):
    assert names_in(cell) == names


def test_a_name_is_understood_whole_or_by_what_its_category_can_carry():
    known = {
        made_alike("低保"): Meaning("subsistence_allowance", carries=frozenset({"residence"})),
        made_alike("残疾一级"): Meaning("severe_disability", {"level": 1}),
        made_alike("重度残疾人"): Meaning("severe_disability", {"level": 2}, carries=frozenset({"level"})),
    }

    def said(name):
        meaning = understood(name, known)
        return meaning and (meaning.category, dict(meaning.attributes))

    assert said("低保") == ("subsistence_allowance", {})
    assert said("农村低保") == said("低保（农村）") == ("subsistence_allowance", {"residence": "rural"})
    assert said("城镇低保") == ("subsistence_allowance", {"residence": "urban"})
    assert said("残疾（一级）") == ("severe_disability", {"level": 1})
    assert said("重度残疾人（1级）") == said("一级重度残疾人") == ("severe_disability", {"level": 1})
    assert said("重度残疾人（一、二级）") == ("severe_disability", {"level": 2})
    assert said("农村重度残疾人") is None  # the category knows no residence
    assert said("低保（一级）") is None
    assert said("五好家庭") is None


def test_a_level_that_the_name_rules_out_is_not_taken():
    known = {
        made_alike("重残"): Meaning("severe_disability", {"level": 2}, carries=frozenset({"level", "kind"})),
        made_alike("残疾一级"): Meaning(
            "severe_disability", {"level": 1}, carries=frozenset({"level", "kind"})
        ),
    }

    assert [understood(f"重残{level}级", known).attributes["level"] for level in (1, 2)] == [1, 2]
    assert [understood(name, known) for name in ("重残三级", "重残（4级）", "重残（1-4级）")] == [None] * 3
    assert understood("肢体一级", known).attributes == {"level": 1, "kind": "肢体"}
    assert understood("肢体残疾三级", known) is None


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("低保和重残", ("低保", "重残")),
        ("低保及重残", ("低保", "重残")),
        ("低保与重残", ("低保", "重残")),
        ("低保以及重残", ("低保", "重残")),
        ("低保对象（农村低保和城市低保）", ("低保对象农村低保和城市低保",)),
        ("共和镇特困", ("共和镇特困",)),
        ("低保和五好家庭", ("低保和五好家庭",)),
    ],
)
def test_names_joined_by_a_word_come_apart_where_each_is_known(name, names):
    assert joined_in(made_alike(name), shipped_names()) == names


@pytest.mark.django_db
def test_loading_twice_changes_nothing():
    first = load_categories()
    again = load_categories()

    assert (first.added, first.changed, first.unchanged) == (len(shipped_categories()), 0, 0)
    assert (again.added, again.changed, again.unchanged, again.names_added) == (0, 0, first.added, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("特困人员", ("extreme_hardship", {}, ())),
        ("农村低保", ("subsistence_allowance", {"residence": "rural"}, ())),
        ("脱贫人口突发严重困难人口", ("sudden_hardship", {}, ("exited_poverty",))),
        ("重度残疾（1-2级）", ("severe_disability", {"level": 2}, ())),
        ("残疾一级", ("severe_disability", {"level": 1}, ())),
        ("边缘易致贫户", ("at_risk_of_poverty", {}, ())),
        ("计生特殊家庭", ("special_family_planning", {}, ())),
    ],
)
def test_the_register_knows_the_names_partners_use(name, meaning):
    load_categories()

    found = understood(name, known_names())

    assert (found.category, found.attributes, found.also) == meaning


@pytest.mark.django_db
@pytest.mark.raw_writes("the register as it might have been found")
def test_a_meaning_given_by_staff_stays_and_the_registers_own_is_corrected():
    load_categories()
    CategoryAlias.objects.filter(name="低边").update(
        category_id="low_income_household", added_by=UserFactory()
    )
    CategoryAlias.objects.filter(name="低保").update(category_id="orphan")
    Category.objects.filter(code="orphan").update(label="孤 儿")

    counts = load_categories()

    assert (counts.changed, counts.names_added) == (1, 0)
    assert CategoryAlias.objects.get(name="低边").category_id == "low_income_household"
    assert CategoryAlias.objects.get(name="低保").category_id == "subsistence_allowance"


@pytest.mark.django_db
def test_the_command_says_what_was_new():
    out = StringIO()

    call_command("load_categories", stdout=out)

    assert out.getvalue().startswith(f"困难身份类别：新增 {len(shipped_categories())}，")
