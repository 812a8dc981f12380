"""Cases about what the bureau itself is held to."""

from oversight.rules.cap_income import cap_income
from oversight.rules.in_policy_ratio import in_policy_ratio
from oversight.rules.participation import participation
from oversight.services.worked_cases.adapter import Adapter, Answer, fields
from oversight.services.worked_cases.inputs import MONEY, WHOLE, WHOLE_TABLE, Given, Input
from policy.policy import Policy


def _participation(policy: Policy, given: Given) -> Answer:
    return fields(participation(policy.oversight, **given))


def _in_policy_ratio(policy: Policy, given: Given) -> Answer:
    return fields(in_policy_ratio(policy.oversight, **given))


def _cap_income(policy: Policy, given: Given) -> Answer:
    return fields(cap_income(policy.critical_illness, **given))


ADAPTERS = (
    Adapter(
        rule="participation",
        label="困难群众参保率是否达到目标",
        takes=(
            Input("listed", WHOLE, "名单人数", required=True),
            Input("reasons", WHOLE_TABLE, "未在本地参保的原因 = 人数", default={}),
            Input("insured_here", WHOLE, "本地参保人数", required=True),
        ),
        gives={
            "denominator": "应参保人数",
            "insured": "已参保人数（含视为已参保）",
            "rate": "参保率，四位小数",
            "reached": "是否达到目标",
        },
        call=_participation,
        example="""
[[case]]
name = "名单 2000 人"
rule = "participation"
policy = "230100/2025"
expect = { denominator = 1991, insured = 1973, rate = 0.9910, reached = true }

[case.input]
listed = 2000
insured_here = 1912
reasons = { died = 6, army = 3, employee_scheme = 40, resident_scheme_elsewhere = 21, refused = 18 }
""",
    ),
    Adapter(
        rule="in_policy_ratio",
        label="政策范围内基金支付比例是否在区间内",
        takes=(
            Input("fund_paid", MONEY, "基本医保统筹基金支付", required=True),
            Input("in_policy", MONEY, "政策范围内住院费用", required=True),
        ),
        gives={"ratio": "支付比例，四位小数", "inside": "是否在区间内（含两端）"},
        call=_in_policy_ratio,
        example="""
[[case]]
name = "71.25% 在 68% 至 72% 之间"
rule = "in_policy_ratio"
policy = "230100/2025"
input = { fund_paid = 68400000, in_policy = 96000000 }
expect = { ratio = 0.7125, inside = true }
""",
    ),
    Adapter(
        rule="cap_income",
        label="两项限额合计与人均收入的倍数（仅提示）",
        takes=(
            Input("basic_cap", MONEY, "基本医保年度最高支付限额", required=True),
            Input("income", MONEY, "上年居民人均可支配收入", required=True),
        ),
        gives={"multiple": "倍数，两位小数", "inside": "是否与文件要求相当"},
        call=_cap_income,
        example="""
[[case]]
name = "约六倍"
rule = "cap_income"
policy = "230100/2025"
input = { basic_cap = 150000, income = 91666.66 }
expect = { multiple = 6.00, inside = true }
""",
    ),
)
