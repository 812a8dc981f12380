"""Every name of the two notices, as a cell of a list has it, with what it says: category, attributes, also."""

import pytest

from hardship.models import Category
from hardship.rules.identity_cells import names_in
from hardship.rules.identity_names import understood
from hardship.selectors.names import known_names
from hardship.services.load_categories import load_categories

pytestmark = pytest.mark.django_db

RURAL, URBAN = {"residence": "rural"}, {"residence": "urban"}
SEVERE = {"level": 2}
GONE, STANDS = {"risk_eliminated": True}, {"risk_eliminated": False}
DEAD, DISABLED = {"only_child": "死亡"}, {"only_child": "伤残"}
EXITED = ("exited_poverty",)

HEILONGJIANG_9 = [  # 黑医保发〔2024〕45号 九
    ("特困人员", "extreme_hardship", {}, ()),
    ("孤儿", "orphan", {}, ()),
    ("事实无人抚养儿童", "unsupported_child", {}, ()),
    ("低保对象", "subsistence_allowance", {}, ()),
    ("农村低保", "subsistence_allowance", RURAL, ()),
    ("城市低保", "subsistence_allowance", URBAN, ()),
    ("低保对象（农村低保）", "subsistence_allowance", RURAL, ()),
    ("低保对象(城市低保)", "subsistence_allowance", URBAN, ()),
    ("低保对象（农村）", "subsistence_allowance", RURAL, ()),
    ("低保边缘家庭成员", "subsistence_margin", {}, ()),
    ("脱贫人口", "exited_poverty", {}, ()),
    ("返贫致贫人口", "fallen_into_poverty", {}, ()),
    ("边缘易致贫户", "at_risk_of_poverty", {}, ()),
    ("脱贫不稳定户", "unstable_exit", {}, ()),
    ("突发严重困难户", "sudden_hardship", {}, ()),
    ("易返贫致贫人口（边缘易致贫户）", "at_risk_of_poverty", {}, ()),
    ("易返贫致贫人口（脱贫不稳定户）", "unstable_exit", {}, ()),
    ("易返贫致贫人口（突发严重困难户）", "sudden_hardship", {}, ()),
    ("因病致贫重病患者", "illness_impoverished", {}, ()),
    ("重度残疾人", "severe_disability", SEVERE, ()),
    ("重度残疾人（一级）", "severe_disability", {"level": 1}, ()),
    ("重度残疾人（一、二级）", "severe_disability", SEVERE, ()),
    ("低保对象（农村低保和城市低保）", "subsistence_allowance", {}, ()),
]
HEBEI_1_2 = [  # 冀医保函〔2024〕89号 一(二)
    ("纳入监测范围且未消除风险的脱贫不稳定人口", "unstable_exit", STANDS, ()),
    ("纳入监测范围且未消除风险的边缘易致贫人口", "at_risk_of_poverty", STANDS, ()),
    ("未消除风险的突发严重困难人口", "sudden_hardship", STANDS, ()),
    ("返贫致贫人口（未消除风险）", "fallen_into_poverty", STANDS, ()),
    ("脱贫不稳定户（风险已消除）", "unstable_exit", GONE, ()),
    ("边缘易致贫户(已消除风险)", "at_risk_of_poverty", GONE, ()),
    ("突发严重困难户（风险未消除）", "sudden_hardship", STANDS, ()),
    ("其他脱贫人口", "exited_poverty", {}, ()),
    ("纳入监测范围且消除风险的脱贫人口", "exited_poverty", {}, ()),
    ("纳入监测范围且已消除风险的脱贫人口", "exited_poverty", {}, ()),
    ("纳入监测范围且消除风险的脱贫不稳定人口", "unstable_exit", GONE, ()),
]
TANGSHAN_2 = [  # 唐医保函〔2024〕45号 二(一)、(二)
    ("脱贫人口特困人员", "extreme_hardship", {}, EXITED),
    ("农村特困人员", "extreme_hardship", RURAL, ()),
    ("城市特困人员", "extreme_hardship", URBAN, ()),
    ("特困人员(脱贫人口特困人员)", "extreme_hardship", {}, EXITED),
    ("特困人员（农村特困人员）", "extreme_hardship", RURAL, ()),
    ("特困人员（城市特困人员）", "extreme_hardship", URBAN, ()),
    ("特困人员(脱贫人口特困人员、农村特困人员、城市特困人员)", "extreme_hardship", {}, ()),
    ("低保对象(脱贫人口低保对象、农村低保对象、城市低保对象)", "subsistence_allowance", {}, ()),
    ("纳入监测范围的农村易返贫致贫人口(边缘易致贫人口)", "at_risk_of_poverty", {}, ()),
    ("纳入监测范围的边缘易致贫人口", "at_risk_of_poverty", {}, ()),
    ("脱贫人口低保对象", "subsistence_allowance", {}, EXITED),
    ("农村低保对象", "subsistence_allowance", RURAL, ()),
    ("城市低保对象", "subsistence_allowance", URBAN, ()),
    ("低保对象（脱贫人口低保对象）", "subsistence_allowance", {}, EXITED),
    ("低保对象（农村低保对象）", "subsistence_allowance", RURAL, ()),
    ("低保对象（城市低保对象）", "subsistence_allowance", URBAN, ()),
    ("脱贫人口突发严重困难人口", "sudden_hardship", {}, EXITED),
    ("脱贫不稳定人口", "unstable_exit", {}, ()),
    ("脱贫人口中易返贫致贫人口(脱贫人口突发严重困难人口)", "sudden_hardship", {}, EXITED),
    ("脱贫人口中易返贫致贫人口（脱贫不稳定人口）", "unstable_exit", {}, ()),
    ("低收入家庭 60 周岁以上老年人", "low_income_household", {}, ()),
    ("低收入家庭60周岁以上老年人", "low_income_household", {}, ()),
    ("重度残疾人居民", "severe_disability", SEVERE, ()),
    ("边缘易致贫人口", "at_risk_of_poverty", {}, ()),
    ("突发严重困难人口", "sudden_hardship", {}, ()),
    ("农村易返贫致贫人口(边缘易致贫人口)", "at_risk_of_poverty", {}, ()),
    ("农村易返贫致贫人口（突发严重困难人口）", "sudden_hardship", {}, ()),
    ("计划生育特殊家庭父母", "special_family_planning", {}, ()),
    ("计划生育特殊家庭(独生子女死亡、伤残)父母", "special_family_planning", {}, ()),
    ("计划生育特殊家庭（独生子女死亡）父母", "special_family_planning", DEAD, ()),
    ("计划生育特殊家庭（独生子女伤残）父母", "special_family_planning", DISABLED, ()),
    ("独生子女伤残家庭", "special_family_planning", DISABLED, ()),
]
PLATFORM = [  # 身份代码与名称并用
    ("7131", "extreme_hardship", {}, ()),
    ("7019", "subsistence_allowance", {}, ()),
    ("7041", "orphan", {}, ()),
    ("7141", "unsupported_child", {}, ()),
    ("7090", "special_care", {}, ()),
    ("7052", "special_care", {}, ()),
    ("7069", "severe_disability", SEVERE, ()),
    ("7205", "sudden_hardship", {}, ()),
    ("7203", "unstable_exit", {}, ()),
    ("7204", "at_risk_of_poverty", {}, ()),
    ("7202", "fallen_into_poverty", {}, ()),
    ("7201", "subsistence_margin", {}, ()),
    ("7110", "illness_impoverished", {}, ()),
    ("低保中残重残重病人员-7019", "subsistence_allowance", {}, ()),
    ("农村低保-7019", "subsistence_allowance", RURAL, ()),
    ("特困人员7131", "extreme_hardship", {}, ()),
    ("重度残疾（1—2级）7069", "severe_disability", SEVERE, ()),
    ("因病致贫家庭重病患者", "illness_impoverished", {}, ()),
    ("低保边缘户", "subsistence_margin", {}, ()),
]
COMMON = [  # 名单里常见的写法
    ("五保", "extreme_hardship", {}, ()),
    ("五保户", "extreme_hardship", {}, ()),
    ("农村特困（集中供养）", "extreme_hardship", RURAL, ()),
    ("城乡低保", "subsistence_allowance", {}, ()),
    ("独生子女死亡", "special_family_planning", DEAD, ()),
    ("独生子女伤残", "special_family_planning", DISABLED, ()),
    ("肢体二级", "severe_disability", {"level": 2, "kind": "肢体"}, ()),
    ("语言残疾（一级）", "severe_disability", {"level": 1, "kind": "言语"}, ()),
    ("脱贫不稳定户（已消除）", "unstable_exit", GONE, ()),
]


@pytest.fixture(autouse=True)
def _register():
    load_categories()


@pytest.mark.parametrize(
    ("cell", "category", "attributes", "also"), [*HEILONGJIANG_9, *HEBEI_1_2, *TANGSHAN_2, *PLATFORM, *COMMON]
)
def test_a_cell_says_one_category_with_what_the_notice_adds(cell, category, attributes, also):
    (name,) = names_in(cell)

    meaning = understood(name, known_names())

    assert (meaning.category, dict(meaning.attributes), meaning.also) == (category, attributes, also)
    assert set(attributes) <= meaning.carries


@pytest.mark.parametrize(
    "cell",
    [
        "易返贫致贫人口",  # which of the three is not said
        "监测对象",
        "易返贫致贫人口（边缘易致贫户、脱贫不稳定户、突发严重困难户）",
        "纳入监测范围的脱贫人口",
        "残疾人（三级）",
        "重度残疾三级",
        "重残3级",
        "重度残疾（1-4级）",
        "一般农户",
        "低保对象-7131",  # name and code contradict
        "低保对象-9999",
        "低保对象（风险已消除）",
    ],
)
def test_what_leaves_the_category_open_waits_for_somebody_to_say(cell):
    (name,) = names_in(cell)

    assert understood(name, known_names()) is None


def test_several_in_a_cell_stay_apart_though_an_age_stands_apart_by_spaces():
    known = known_names()

    found = [
        understood(name, known).category
        for name in names_in("低收入家庭 60 周岁以上老年人 脱贫人口，重度残疾 一级")
    ]

    assert found == ["low_income_household", "exited_poverty", "severe_disability"]


def test_every_category_has_its_authority_and_clause_and_carries_what_the_notices_ask():
    carried = {category.code: set(category.attributes) for category in Category.objects.all()}

    assert not Category.objects.filter(clause="").exists()
    assert not Category.objects.filter(issuer="").exists()
    for code in ("extreme_hardship", "subsistence_allowance"):
        assert "residence" in carried[code]
    for code in ("fallen_into_poverty", "at_risk_of_poverty", "unstable_exit", "sudden_hardship"):
        assert carried[code] >= {"risk_eliminated", "identified_month", "eliminated_month"}
    assert carried["severe_disability"] >= {"level", "kind", "certificate_until"}
    assert carried["special_family_planning"] == {"only_child"}
