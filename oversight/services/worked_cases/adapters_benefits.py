"""Cases about what the three layers pay, and about alerts."""

import datetime
from dataclasses import replace
from decimal import Decimal

from benefits.rules.alerts import AlertDecision, alert_due
from benefits.rules.basic import Visit, basic_payout
from benefits.rules.critical_illness import critical_illness_payout
from benefits.rules.medical_assistance import AssistedVisit, medical_assistance_payout
from benefits.rules.settlement import ClaimFacts, YearTotals, settle
from oversight.services.worked_cases.adapter import Adapter, Answer, fields, figure
from oversight.services.worked_cases.inputs import (
    DAY,
    MONEY,
    PERSON,
    TEXT,
    TEXTS,
    WHOLE,
    Given,
    Input,
    person,
)
from oversight.services.worked_cases.year_inputs import TOTALS, YEARS, cap_in
from policy.conditions import Person
from policy.policy import Policy

NOTHING = Decimal(0)
ON = Input("on", DAY, "结算（统计）日期，身份、年龄以此为准；省略为参保年度最后一日", also="settled_on")
ELIGIBLE_BEFORE = Input("eligible_before", MONEY, "本年此前累计计入的费用", default=NOTHING)
PAID_BEFORE = Input("paid_before", MONEY, "本年此前本层已支付", default=NOTHING)
KIND = Input(
    "kind", TEXT, "就医类别：inpatient、outpatient、outpatient_chronic、prenatal、delivery", required=True
)
GRADE = Input("grade", TEXT, "机构级别", default="any")
FACILITY = Input("facility", TEXT, "机构编码，政策对某家医院另有规定时写", default="")
REFERRAL = Input("referral", TEXT, "转诊：none、in_province、out_of_province", default="none")
CONTINUOUS = Input("continuous_years", WHOLE, "连计当年的连续参保年数，限额随年数变的才写")
OF_KIND = Input("paid_of_kind", MONEY, "本年此前本类支付", default=NOTHING)
VISIT = ("kind", "grade", "eligible", "facility", "referral", "earlier_stays")
NAMES = {"medical_assistance": "assistance"}


def _person(policy: Policy, given: Given) -> Person:
    return person(policy, given, day=given["on"] or datetime.date(policy.year, 12, 31))


def _basic(policy: Policy, given: Given) -> Answer:
    person = replace(_person(policy, given), continuous_years=given["continuous_years"])
    visit = Visit(person=person, **{name: given[name] for name in VISIT})
    return figure(
        "amount",
        basic_payout(
            policy.basic, visit, paid_to_cap=given["paid_to_cap"], paid_of_kind=given["paid_of_kind"]
        ),
    )


def _critical_illness(policy: Policy, given: Given) -> Answer:
    return fields(
        critical_illness_payout(
            policy.critical_illness,
            person=_person(policy, given),
            eligible_before=given["eligible_before"],
            eligible=given["eligible"],
            paid_before=given["paid_before"],
            cap=given["cap"],
        )
    )


def _medical_assistance(policy: Policy, given: Given) -> Answer:
    return fields(
        medical_assistance_payout(
            policy.medical_assistance,
            person=_person(policy, given),
            eligible_before=given["eligible_before"],
            eligible=given["eligible"],
            paid_before=given["paid_before"],
            visit=AssistedVisit(given["kind"], given["paid_of_kind"], lambda: given["critical_deductible"]),
        )
    )


def _settlement(policy: Policy, given: Given) -> Answer:
    claim = ClaimFacts(**{name: given[name] for name in ClaimFacts.__dataclass_fields__})
    cap = None if given["years"] is None else cap_in(policy, given, year=given["year"] or policy.year).value
    who = replace(_person(policy, given), continuous_years=given["continuous_years"])
    found = settle(policy, claim, given["totals"], who, cap)
    layers = {NAMES.get(name, name): layer for name, layer in found.layers.items()}
    absent = dict.fromkeys(("supplement", "second_layer"))
    values: dict[str, object] = {**absent, **{name: layer.amount for name, layer in layers.items()}} | {
        "paid": found.paid,
        "own_pays": claim.total - found.paid,
        "not_published": frozenset(name for name, layer in layers.items() if layer.not_published),
        "tilt": found.critical_illness.detail or None,
        "group": found.assistance.detail or None,
        "cap": found.critical_illness.cap,
        "increase_used": found.increase_used,
        "totals": {name: getattr(found.totals_after, name) for name in YearTotals.__dataclass_fields__},
    }
    return Answer(values, tuple(step for layer in layers.values() for step in layer.steps))


def _alert(policy: Policy, given: Given) -> Answer:
    burdens = {name: given[name] for name in ("own_burden", "out_of_pocket") if given[name] is not None}
    traced = alert_due(
        policy.alerts, person=_person(policy, given), burdens=burdens, already_warned=given["already_warned"]
    )
    if traced.value is None:
        return Answer({"due": False, **dict.fromkeys(AlertDecision.__dataclass_fields__)}, traced.steps)
    return fields(traced, due=True)


CLAIM = (
    KIND,
    GRADE,
    Input("total", MONEY, "总费用", required=True),
    Input("eligible", MONEY, "政策范围内费用，不含乙类先行自付", required=True),
    Input("class_b_copay", MONEY, "乙类先行自付", default=NOTHING),
    Input("basic_paid", MONEY, "医院已按基本医保结算的金额；省略为由系统计算"),
    FACILITY,
    REFERRAL,
    Input("track", TEXT, "大病保险单独支付通道，如特药；省略为普通费用", default=""),
    CONTINUOUS,
)

ADAPTERS = (
    Adapter(
        rule="basic",
        label="基本医保一次就医支付多少",
        takes=(
            KIND,
            GRADE,
            Input("eligible", MONEY, "政策范围内费用", required=True),
            Input("paid_to_cap", MONEY, "本年此前计入年度限额的支付", default=NOTHING),
            OF_KIND,
            ON,
            *PERSON,
            FACILITY,
            REFERRAL,
            Input("earlier_stays", WHOLE, "本年此前本类就医的次数", default=0),
            CONTINUOUS,
        ),
        gives={"amount": "支付金额"},
        call=_basic,
        example="""
[[case]]
name = "三级医院住院，起付标准 800 元以上 60%"
rule = "basic"
policy = "230100/2025"
input = { kind = "inpatient", grade = "grade_3", eligible = 10800 }
expect = { amount = 6000.00 }
""",
    ),
    Adapter(
        rule="critical_illness",
        label="大病保险一次结算支付多少",
        takes=(
            ON,
            *PERSON,
            Input("eligible", MONEY, "本次计入的个人自付", required=True),
            ELIGIBLE_BEFORE,
            PAID_BEFORE,
            Input("cap", MONEY, "计入激励与断保后的封顶线；省略为文件规定的封顶线"),
        ),
        gives={
            "amount": "支付金额",
            "deductible_used_total": "本年累计已抵扣的起付标准",
            "raw": "封顶前金额",
            "cap": "封顶线，none 为不设",
            "tilt": "适用的倾斜支付，none 为普通待遇",
        },
        call=_critical_illness,
        example="""
[[case]]
name = "低保对象：起付标准减半，各段提高 5 个百分点，不封顶"
rule = "critical_illness"
policy = "230100/2025"
input = { identities = ["subsistence_allowance"], eligible = 112000 }
expect = { amount = 81300.00, tilt = "poorest", cap = "none" }
""",
    ),
    Adapter(
        rule="medical_assistance",
        label="医疗救助一次结算支付多少",
        takes=(
            ON,
            *PERSON,
            Input("eligible", MONEY, "前两层支付后的个人自付", required=True),
            ELIGIBLE_BEFORE,
            PAID_BEFORE,
            Input("kind", TEXT, "就医类别", default="inpatient"),
            OF_KIND,
            Input("critical_deductible", MONEY, "本人的大病起付标准，有分段以它为界的才写"),
        ),
        gives={
            "amount": "支付金额",
            "base": "计入本层年度累计的费用",
            "group": "适用的救助对象类别，none 为不属于任何类别",
            "raw": "限额前金额",
            "cap": "年度限额，none 为不设",
        },
        call=_medical_assistance,
        example="""
[[case]]
name = "低保边缘家庭成员：3000 元以上 60%"
rule = "medical_assistance"
policy = "230100/2025"
input = { identities = ["subsistence_margin"], eligible = 10000 }
expect = { amount = 4200.00, group = "margin" }
""",
    ),
    Adapter(
        rule="settlement",
        label="一次费用走完三层支付多少",
        takes=(
            ON,
            *PERSON,
            *CLAIM,
            Input("totals", TOTALS, "本年此前的累计", default=YearTotals()),
            Input("years", YEARS.kind, f"{YEARS.what}；写了才按激励与断保调整封顶线"),
            Input("year", WHOLE, "按哪一年的封顶线；省略为参保年度"),
        ),
        gives={
            "basic": "基本医保支付",
            "critical_illness": "大病保险支付",
            "assistance": "医疗救助支付（以上三者为 none 时表示文件没有规定）",
            "supplement": "补充保险支付",
            "second_layer": "医疗救助第二层（倾斜救助）支付；本层和补充保险，政策没有的为 none",
            "paid": "各层合计",
            "own_pays": "本次个人负担（总费用减各层支付）",
            "not_published": "文件没有规定的层：basic / critical_illness / assistance（列出的都须出现）",
            "tilt": "适用的大病倾斜支付",
            "group": "适用的救助对象类别",
            "cap": "大病封顶线，none 为不设",
            "increase_used": "本次是否用到奖励额度",
            "totals": "结算后的年度累计，各项同输入 totals",
        },
        call=_settlement,
        example="""
[[case]]
name = "低保对象住院，三层依次支付"
rule = "settlement"
policy = "230100/2025"
expect = { basic = 30000, critical_illness = 10360, assistance = 7308, totals = { own_burden = 3132 } }

[case.input]
identities = ["subsistence_allowance"]
kind = "inpatient"
grade = "grade_3"
total = 60000
eligible = 50800
""",
    ),
    Adapter(
        rule="alert",
        label="是否应当预警",
        takes=(
            ON,
            *PERSON,
            Input("own_burden", MONEY, "规则统计期间内政策范围内个人负担"),
            Input("out_of_pocket", MONEY, "规则统计期间内全部个人负担"),
            Input("already_warned", TEXTS, "本年已预警过的规则", default=frozenset()),
        ),
        gives={
            "due": "是否预警；不预警时以下各项为 none",
            "rule": "规则",
            "label": "预警类型",
            "measure": "统计口径",
            "amount": "金额",
            "threshold": "预警线",
            "recipients": "推送的部门类别",
        },
        call=_alert,
        example="""
[[case]]
name = "脱贫人口超过预警线一分钱"
rule = "alert"
policy = "230100/2025"
input = { identities = ["exited_poverty"], own_burden = 10344.01 }
expect = { due = true, rule = "return_to_poverty", recipients = ["civil_affairs", "rural_affairs"] }
""",
    ),
)
