"""Cases about financing, shares, transfers, contribution terms and cover."""

from decimal import Decimal

from enrollment.rules.cover import covered_days, covered_stay
from enrollment.rules.financing import (
    critical_illness_transfer,
    fiscal_year_rules,
    premiums,
    subsidies,
    total_premium,
)
from enrollment.rules.subsidy_split import ltc_shares, subsidy_shares
from enrollment.rules.terms import contribution_terms
from enrollment.rules.transfers import transfer_status
from oversight.services.worked_cases.adapter import Adapter, Answer, fields, figure
from oversight.services.worked_cases.inputs import DAY, FLAG, MONEY, PERSON, TEXT, WHOLE, Given, Input, person
from policy.dates import Period
from policy.money import ZERO
from policy.policy import Policy
from policy.trace import Traced

POPULATION = Input("population", TEXT, "人员类别", default="resident")
FISCAL_YEAR = Input("fiscal_year", WHOLE, "财政年度", required=True)
PERSONS = Input("persons", WHOLE, "人数", required=True)


def _summed(name: str, traced: Traced[dict[str, Decimal]]) -> Answer:
    return figure(name, traced, total=sum(traced.value.values(), ZERO))


def _premiums(policy: Policy, given: Given) -> Answer:
    return _summed("premiums", premiums(policy.financing, **given))


def _subsidies(policy: Policy, given: Given) -> Answer:
    return _summed("subsidies", subsidies(policy.financing, **given))


def _total_premium(policy: Policy, given: Given) -> Answer:
    return figure("amount", total_premium(policy.financing, **given))


def _critical_illness_transfer(policy: Policy, given: Given) -> Answer:
    return figure("amount", critical_illness_transfer(policy.financing, **given))


def _subsidy_shares(policy: Policy, given: Given) -> Answer:
    return _summed("shares", subsidy_shares(policy.financing, **given))


def _ltc_shares(policy: Policy, given: Given) -> Answer:
    return _summed("shares", ltc_shares(policy.financing, **given))


def _transfer_status(policy: Policy, given: Given) -> Answer:
    fiscal = fiscal_year_rules(policy.financing, given["fiscal_year"])
    return fields(transfer_status(fiscal, due=given["due"], received=given["received"], on=given["on"]))


def _contribution_terms(policy: Policy, given: Given) -> Answer:
    traced = contribution_terms(
        policy.enrollment,
        policy.financing,
        person=person(policy, given, day=given["paid_on"]),
        **{name: given[name] for name in ("paid_on", *LAPSE_NAMES)},
    )
    terms = traced.value
    return fields(
        traced,
        total=terms.total,
        days=covered_days(terms.start, terms.end),
        warnings=[warning.code for warning in terms.warnings],
        warning_kinds=[warning.kind for warning in terms.warnings],
    )


def _covered_stay(policy: Policy, given: Given) -> Answer:
    if given["discharged_on"] < given["admitted_on"]:
        raise ValueError(f"出院日 {given['discharged_on']} 早于入院日 {given['admitted_on']}")
    traced = covered_stay(
        policy.enrollment,
        start=given["start"],
        end=given["end"],
        stay=Period(given["admitted_on"], given["discharged_on"]),
    )
    days = traced.value
    return Answer({"first": days and days.first, "last": days and days.last}, traced.steps)


LAPSE = (
    Input("missed_years", WHOLE, "此前断保的参保年度数", default=0),
    Input("bought_back_months", WHOLE, "缴费修复的变动等待月数", default=0),
    Input("cross_year_paid_both", FLAG, "跨年新生儿：出生年度的费用也缴了", default=False),
)
LAPSE_NAMES = tuple(one.name for one in LAPSE)

FINANCING = (
    Adapter(
        rule="premiums",
        label="个人缴费标准，按险种",
        takes=(POPULATION,),
        gives={"premiums": "险种 = 金额", "total": "合计"},
        call=_premiums,
        example="""
[[case]]
name = "唐山个人缴费430元，含长护险30元"
rule = "premiums"
policy = "130200/2025"
expect = { premiums = { basic = 400, ltc = 30 }, total = 430 }
""",
    ),
    Adapter(
        rule="subsidies",
        label="人均财政补助，按险种",
        takes=(FISCAL_YEAR,),
        gives={"subsidies": "险种 = 金额", "total": "合计"},
        call=_subsidies,
        example="""
[[case]]
name = "唐山2024财政年度补助710元，含长护险40元"
rule = "subsidies"
policy = "130200/2025"
input = { fiscal_year = 2024 }
expect = { subsidies = { basic = 670, ltc = 40 }, total = 710 }
""",
    ),
    Adapter(
        rule="total_premium",
        label="筹资标准：个人缴费加财政补助",
        takes=(FISCAL_YEAR, POPULATION),
        gives={"amount": "元/人/年"},
        call=_total_premium,
        example="""
[[case]]
name = "唐山人均筹资1140元"
rule = "total_premium"
policy = "130200/2025"
input = { fiscal_year = 2024 }
expect = { amount = 1140 }
""",
    ),
    Adapter(
        rule="critical_illness_transfer",
        label="划入大病保险的总额",
        takes=(FISCAL_YEAR, PERSONS),
        gives={"amount": "元"},
        call=_critical_illness_transfer,
        example="""
[[case]]
name = "河北10万人，每人75元左右，是推定"
rule = "critical_illness_transfer"
policy = "130000/2025"
input = { fiscal_year = 2024, persons = 100000 }
expect = { amount = 7500000, doubts = ["inferred"] }
""",
    ),
    Adapter(
        rule="subsidy_shares",
        label="各级财政分担基本医保补助，合计分毫不差",
        takes=(
            FISCAL_YEAR,
            Input("fiscal_class", TEXT, "财政分类，即 split 下的名字", required=True),
            PERSONS,
            Input("entitled_component", TEXT, "险种", default="basic"),
        ),
        gives={"shares": "级次 = 金额", "total": "合计"},
        call=_subsidy_shares,
        example="""
[[case]]
name = "市辖区的比例没有录入"
rule = "subsidy_shares"
policy = "130200/2025"
input = { fiscal_year = 2024, fiscal_class = "district", persons = 1000 }
refused = "share_ratio_missing"
says = "分担比例未录入"
""",
    ),
    Adapter(
        rule="ltc_shares",
        label="长护险补助由哪一级负担",
        takes=(FISCAL_YEAR, PERSONS),
        gives={"shares": "级次 = 金额", "total": "合计"},
        call=_ltc_shares,
        example="""
[[case]]
name = "由市级负担时"
rule = "ltc_shares"
policy = "130200/2025"
set = { "financing.ltc_payer" = "city" }
input = { fiscal_year = 2024, persons = 100 }
expect = { shares = { city = 4000 } }
""",
    ),
    Adapter(
        rule="transfer_status",
        label="财政补助是否按时到账",
        takes=(
            FISCAL_YEAR,
            Input("due", MONEY, "应拨付", required=True),
            Input("received", MONEY, "截至当日末已到账", required=True),
            Input("on", DAY, "哪一天", required=True, also="as_of"),
        ),
        gives={
            "state": "on_time / pending / overdue",
            "shortfall": "缺口",
            "shortfall_share": "缺口比例",
            "days_late": "逾期天数",
        },
        call=_transfer_status,
        example="""
[[case]]
name = "期限次日起逾期"
rule = "transfer_status"
policy = "230100/2025"
input = { fiscal_year = 2024, due = 804000, received = 763800, on = 2024-12-01 }
expect = { state = "overdue", shortfall = 40200, shortfall_share = 0.05, days_late = 1 }
""",
    ),
)
TERMS = (
    Adapter(
        rule="contribution_terms",
        label="某日缴费：应缴多少、有无补助、何日起享受",
        takes=(Input("paid_on", DAY, "缴费到账日", required=True, also="on"), *LAPSE, *PERSON),
        gives={
            "window": "缴费期",
            "group": "适用的特殊人群，没有为 none",
            "charge": "personal / personal_and_fiscal",
            "due": "险种 = 应缴",
            "total": "应缴合计",
            "subsidy": "granted / none / claim_next_year",
            "claim_year": "补助申请年度，当年为 none",
            "start": "待遇首日，当年没有为 none",
            "end": "待遇末日",
            "would_start": "按规则推出的首日，可在年度之后",
            "days": "享受天数",
            "warnings": "提示的代码",
            "warning_kinds": "每个提示：warn 告知 / confirm 须书面确认 / refuse 不予办理",
            "buy_back_due": "缴费修复另缴",
        },
        call=_contribution_terms,
        example="""
[[case]]
name = "出生90天内的新生儿自出生之日起"
rule = "contribution_terms"
policy = "230100/2025"
input = { paid_on = 2025-08-01, born_on = 2025-06-20 }
expect = { start = 2025-06-20, total = 400, subsidy = "claim_next_year", claim_year = 2026 }
""",
    ),
    Adapter(
        rule="covered_stay",
        label="跨待遇起始日的住院，哪些天有待遇",
        takes=(
            Input("start", DAY, "待遇首日"),
            Input("end", DAY, "待遇末日"),
            Input("admitted_on", DAY, "入院日", required=True),
            Input("discharged_on", DAY, "出院日", required=True),
        ),
        gives={"first": "有待遇的首日", "last": "有待遇的末日"},
        call=_covered_stay,
        example="""
[[case]]
name = "等待期内入院，按日分开"
rule = "covered_stay"
policy = "230100/2025"
input = { start = 2025-06-01, end = 2025-12-31, admitted_on = 2025-05-28, discharged_on = 2025-06-05 }
expect = { first = 2025-06-01, last = 2025-06-05 }
""",
    ),
)
ADAPTERS = FINANCING + TERMS
