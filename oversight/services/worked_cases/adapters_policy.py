"""Cases about policies themselves: whether they load, and what stands at a path."""

from oversight.services.worked_cases.adapter import Adapter, Answer
from oversight.services.worked_cases.inputs import TEXT, Given, Input
from oversight.services.worked_cases.outcome import plain
from policy.errors import RuleNotPublished
from policy.lint import breaches
from policy.policy import Policy, leaf_at
from policy.trace import Step


def _policy(policy: Policy, _given: Given) -> Answer:
    told = [breach for breach in breaches(policy.data) if breach.severity == "warn"]
    steps = tuple(Step(str(breach), clause=breach.clause) for breach in told)
    values = {
        "area": policy.area,
        "year": policy.year,
        "title": policy.data.title,
        "chain": [*policy.chain],
        "unresolved": sorted(policy.unresolved),
        "warnings": [breach.bound for breach in told],
    }
    return Answer(values, steps)


def _leaf(policy: Policy, given: Given) -> Answer:
    leaf = leaf_at(policy.data, given["path"])
    if leaf is None:
        raise RuleNotPublished(area=policy.area, year=policy.year, rule=given["path"])
    values = plain(leaf)
    assert isinstance(values, dict)
    return Answer(values, (Step.citing(given["path"], leaf),))


ADAPTERS = (
    Adapter(
        rule="policy",
        label="政策文件能否载入",
        takes=(),
        gives={
            "area": "地区代码",
            "year": "参保年度",
            "title": "标题",
            "chain": "自上而下的各级文件",
            "unresolved": "因缺基数而未能算出的数值",
            "warnings": "只作提示的越界项",
        },
        call=_policy,
        example="""
[[case]]
name = "大病封顶线高于省级上限的，不能载入"
rule = "policy"
policy = "230100/2025"
set = { "critical_illness.cap" = 400001 }
refused = "policy_out_of_bounds"
says = "黑医保发〔2024〕45号 六(一)"
""",
    ),
    Adapter(
        rule="leaf",
        label="政策文件中的一个数值",
        takes=(Input("path", TEXT, "路径，如 financing.personal.basic", required=True),),
        gives={"value": "数值", "unit": "单位", "clause": "条款", "status": "把握程度", "reading": "读法"},
        call=_leaf,
        example="""
[[case]]
name = "河北大病保险划拨“75元左右”是推定"
rule = "leaf"
policy = "130000/2025"
input = { path = "financing.fiscal.2024.critical_illness_transfer" }
expect = { value = 75, unit = "yuan/person/year", status = "inferred" }
""",
    ),
)
