"""Events of benefits and of the law: claims in and back, month scanned, year ended, policy adopted."""

import datetime
from typing import Any

from benefits.models import RunState
from benefits.services.alerts import scan_month
from benefits.services.bills import NewClaim
from benefits.services.settle import ClaimResult, settle_claims
from benefits.services.void import void_claim
from benefits.services.year_end import propose_year_end, run_year_end_chunks
from benefits.services.year_end_decisions import approve_year_end
from oversight.services.worked_cases.event import DONE, WHO, Event
from oversight.services.worked_cases.format import CaseInvalid
from oversight.services.worked_cases.inputs import DAY, MONEY, TEXT, WHOLE, Given, Input, Kind
from oversight.services.worked_cases.journey_law import law_text
from oversight.services.worked_cases.journey_world import EventRefused, Happened, World
from policy.money import ZERO
from registry.selectors import pooling_area_of

REASON = "worked case"


def _table(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise TypeError(raw)
    return raw


def _month(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError(raw)
    datetime.date.fromisoformat(f"{raw}-01")
    return raw


MONTH = Kind("月份", _month)
CLAIM = Input("claim", TEXT, "结算单号（本用例内）", required=True)
BILL = (
    Input(
        "kind",
        TEXT,
        "就医类别：inpatient、outpatient、outpatient_chronic、prenatal、delivery",
        default="inpatient",
    ),
    Input("grade", TEXT, "医疗机构级别，如 grade_2", default="any"),
    Input("eligible", MONEY, "政策范围内费用", required=True),
    Input("class_b_copay", MONEY, "乙类先行自付", default=ZERO),
    Input("total", MONEY, "总费用；不写为政策范围内费用加乙类先行自付"),
    Input("basic_paid", MONEY, "医疗机构已结算的基本医保支付；不写由系统计算"),
    Input("referral", TEXT, "转诊：none、in_province、out_of_province", default="none"),
    Input("track", TEXT, "大病保险单独支付通道", default=""),
    Input("admitted_on", DAY, "入院（就诊）日期；不写为出院日期"),
    Input("discharged_on", DAY, "出院（就诊）日期；不写为 on"),
)
NUMBER = Input("claim", TEXT, "结算单号（本用例内）；不写自动编号")


def _claim(world: World, given: Given) -> Happened:
    return _settle(world, given, resident_id=world.person(given["who"]).pk)


def _late_claim(world: World, given: Given) -> Happened:
    if given["discharged_on"] is None or given["discharged_on"] >= given["on"]:
        raise CaseInvalid("late_claim 要写早于 on 的 discharged_on")
    return _claim(world, given)


def _amend(world: World, given: Given) -> Happened:
    """Reverse a claim and settle what is right under a number of its own."""
    wrong = world.claim(given["claim"])
    void_claim(claim=wrong, user=None, reason=given["reason"])
    days = {"discharged_on": given["discharged_on"] or wrong.discharged_on}
    days["admitted_on"] = given["admitted_on"] or min(wrong.admitted_on, days["discharged_on"])
    told = {**given, **days, "claim": given["number"], "kind": wrong.kind}
    return _settle(world, told, resident_id=wrong.resident_id, grade=wrong.grade)


def _void(world: World, given: Given) -> Happened:
    void_claim(claim=world.claim(given["claim"]), user=None, reason=given["reason"])
    return Happened(claim=given["claim"])


def _settle(world: World, given: Given, *, resident_id: int, grade: str = "") -> Happened:
    discharged_on = given["discharged_on"] or given["on"]
    total = given["total"]
    claim = NewClaim(
        number=world.stamped(given["claim"]),
        resident_id=resident_id,
        facility_code=world.facility(grade or given["grade"]).code,
        kind=given["kind"],
        admitted_on=given["admitted_on"] or discharged_on,
        discharged_on=discharged_on,
        settled_on=given["on"],
        total=given["eligible"] + given["class_b_copay"] if total is None else total,
        eligible=given["eligible"],
        class_b_copay=given["class_b_copay"],
        basic_paid=given["basic_paid"],
        referral=given["referral"],
        track=given["track"],
    )
    (outcome,) = settle_claims(claims=[claim], user=None)
    if outcome.result is ClaimResult.REFUSED:
        raise EventRefused(outcome.code, outcome.message)
    return Happened(claim=world.unstamped(outcome.number))


def _year_ended(world: World, given: Given) -> Happened:
    year = given["year"] or given["on"].year - 1
    area = pooling_area_of(world.area(given["area"]))
    run = propose_year_end(area=area, year=year, today=given["on"], user=world.clerk("decides"))
    if run.state == RunState.PROPOSED:
        run = approve_year_end(run_id=run.pk, user=world.clerk("confirms"), reason=REASON)
        run = run_year_end_chunks(run_id=run.pk)
    if run.state != RunState.APPLIED:
        raise EventRefused("year_end_failed", f"{year}年度年终核算未完成")
    return DONE


def _month_scanned(world: World, given: Given) -> Happened:
    month = given["month"] or f"{given['on'].replace(day=1) - datetime.timedelta(days=1):%Y-%m}"
    scan_month(area=pooling_area_of(world.area(given["area"])), month=month, wet_run=True, today=given["on"])
    return DONE


def _adopted(world: World, given: Given) -> Happened:
    world.adopt([law_text(given["policy"], world.folder, given["set"], year=given["year"])])
    return DONE


EVENTS = (
    Event(
        "claim",
        "费用结算",
        (WHO, NUMBER, *BILL),
        _claim,
        'who = "zhang", claim = "A", grade = "grade_3", eligible = 20000, basic_paid = 0',
    ),
    Event(
        "late_claim",
        "迟到的费用结算（出院早于 on）",
        (WHO, NUMBER, *BILL),
        _late_claim,
        'who = "zhang", discharged_on = 2025-01-20, eligible = 500',
    ),
    Event(
        "amend",
        "更正结算：冲正原单，以新单号按正确金额结算",
        (
            CLAIM,
            Input("number", TEXT, "新结算单号；不写自动编号"),
            Input("reason", TEXT, "原因", default=REASON),
            *(one for one in BILL if one.name not in ("kind", "grade")),
        ),
        _amend,
        'claim = "A", number = "A2", eligible = 12000, reason = "费用录错"',
    ),
    Event(
        "void",
        "冲正结算",
        (CLAIM, Input("reason", TEXT, "原因", default=REASON)),
        _void,
        'claim = "A", reason = "重复报送"',
    ),
    Event(
        "year_ended",
        "年终激励核算",
        (
            Input("year", WHOLE, "核算的年度；不写为 on 的上一年"),
            Input("area", TEXT, "所在的统筹地区；不写为本用例的 area 所属的"),
        ),
        _year_ended,
        "year = 2024",
    ),
    Event(
        "month_scanned",
        "每月高额费用预警扫描并推送",
        (
            Input("month", MONTH, '统计月份，如 "2025-03"；不写为 on 的上一月'),
            Input("area", TEXT, "所在的统筹地区；不写为本用例的 area 所属的"),
        ),
        _month_scanned,
        'month = "2025-02"',
    ),
    Event(
        "policy_adopted",
        "政策生效，替代同地区同年度的原政策",
        (
            Input("policy", TEXT, "政策，写法同用例的 policy", required=True),
            Input("set", Kind("表", _table), "改动政策中的数值", default={}),
            Input("year", WHOLE, "假定适用的年度；不写为政策自己的年度"),
        ),
        _adopted,
        'policy = "230100/2025", set = { "critical_illness.deductible" = 10000 }',
    ),
)
