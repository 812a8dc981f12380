"""Cases about premium assistance, its timing and what changes move."""

from enrollment.rules.financing import premiums
from enrollment.rules.windows import concentrated_period
from hardship.rules.premium_assistance import premium_assistance, top_up
from hardship.rules.timing import assistance_timing, change_effect
from oversight.services.worked_cases.adapter import Adapter, Answer, fields, figure
from oversight.services.worked_cases.inputs import (
    DAY,
    FLAG,
    MONEY,
    MONEY_TABLE,
    PERSON,
    TEXT,
    Given,
    Input,
    person,
)
from policy.money import ZERO
from policy.policy import Policy


def _premium_assistance(policy: Policy, given: Given) -> Answer:
    premium = given["premium"]
    if premium is None:
        premium = premiums(policy.financing, population=given["population"]).value
    traced = premium_assistance(
        policy.assistance, premium, person=person(policy, given, day=given["on"]), county=given["county"]
    )
    losing = [lost.tier for lost in traced.value.losing]
    return fields(traced, losing=losing, pays=sum(premium.values(), ZERO) - traced.value.total)


def _top_up(policy: Policy, given: Given) -> Answer:
    return figure("amount", top_up(policy.assistance, **given))


def _assistance_timing(policy: Policy, given: Given) -> Answer:
    traced = assistance_timing(
        policy.assistance,
        concentrated=concentrated_period(policy.enrollment),
        coverage_year=policy.year,
        **given,
    )
    return figure("timing", traced)


def _change_effect(policy: Policy, given: Given) -> Answer:
    return figure("effect", change_effect(policy.assistance, coverage_year=policy.year, **given))


ADAPTERS = (
    Adapter(
        rule="premium_assistance",
        label="资助参保：取最高一档，由谁出资",
        takes=(
            Input("on", DAY, "核定日，即缴费日", required=True, also="paid_on"),
            Input("premium", MONEY_TABLE, "险种 = 个人缴费；不写取该政策的标准"),
            Input("county", TEXT, "所在县代码，用于县定档次"),
            *PERSON,
        ),
        gives={
            "tier": "档次，没有为 none",
            "label": "档次名称",
            "aid": "险种 = 资助",
            "total": "资助合计",
            "pays": "个人自缴",
            "payers": "各行 { component, payers, amount }",
            "losing": "同时符合而未取的档次",
        },
        call=_premium_assistance,
        example="""
[[case]]
name = "其他脱贫人口又是二级残疾，就高不重复"
rule = "premium_assistance"
policy = "130200/2025"
[case.input]
on = 2024-10-12
hukou = "inside"
identities = ["exited_poverty", { category = "severe_disability", level = 2 }]
[case.expect]
tier = "fixed_390"
aid = { basic = 360, ltc = 30 }
pays = 40
losing = ["fixed_270"]
""",
    ),
    Adapter(
        rule="top_up",
        label="第三方扶持，不超过个人余额",
        takes=(
            Input("residual", MONEY, "资助后个人应缴", required=True),
            Input("offered", MONEY, "愿意扶持", required=True),
        ),
        gives={"amount": "实际扶持"},
        call=_top_up,
        example="""
[[case]]
name = "村集体出100元，只用得上40元"
rule = "top_up"
policy = "130200/2025"
input = { residual = 40, offered = 100 }
expect = { amount = 40 }
""",
    ),
    Adapter(
        rule="assistance_timing",
        label="某日认定的身份，从哪个年度起资助",
        takes=(
            Input("recognized_on", DAY, "认定日", required=True),
            Input("paid_on", DAY, "本年度缴费日；不写为尚未缴费"),
        ),
        gives={"timing": "this_year / next_year / case"},
        call=_assistance_timing,
        example="""
[[case]]
name = "集中期外认定、已缴费的，次年起"
rule = "assistance_timing"
policy = "230100/2025"
input = { recognized_on = 2025-02-20, paid_on = 2024-11-02 }
expect = { timing = "next_year" }
""",
    ),
    Adapter(
        rule="change_effect",
        label="身份变动对已核定缴费的影响",
        takes=(
            Input("changed_on", DAY, "变动日", required=True),
            Input("paid_on", DAY, "本年度缴费日；不写为尚未缴费"),
            Input("is_correction", FLAG, "是差错更正，不是变动", default=False),
        ),
        gives={"effect": "frozen 不退不补 / requote 未缴费，重新核定 / case 差错或缴费时已变动，逐案"},
        call=_change_effect,
        example="""
[[case]]
name = "缴费后退出低保，不追缴"
rule = "change_effect"
policy = "230100/2025"
input = { paid_on = 2024-10-12, changed_on = 2025-03-01 }
expect = { effect = "frozen" }
""",
    ),
)
