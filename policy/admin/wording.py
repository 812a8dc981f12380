"""Values and conditions of the law as sentences staff can read."""

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal

from pydantic import BaseModel

from policy import conditions

WORDS = {
    "full": "全额", "fixed": "固定日期", "share": "按比例", "shares": "比例", "amount": "金额", "amounts": "按人定额",
    "ratio": "按比例分担", "birth": "自出生之日", "after_payment": "缴费后", "wait": "等待", "days": "天数",
    "day": "日",
    "month": "个月", "whole_month": "整月", "unit": "单位", "n": "期数", "count_pay_day": "缴费日计入", "date": "日期",
    "kind": "方式", "personal": "个人缴费", "personal_and_fiscal": "个人缴费和财政补助", "granted": "当年补助",
    "claim_next_year": "次年申请", "none": "无", "highest": "就高", "case": "转人工办理", "confirm": "须书面确认",
    "keep": "保留", "reset": "清零", "hold": "暂存", "warn": "提示", "refuse": "拒绝", "residual": "余额部分",
    "basic": "基本医保", "ltc": "长期护理保险", "critical_illness": "大病保险", "medical_assistance": "医疗救助",
    "central": "中央", "province": "省级", "city": "市级", "county": "县级", "district": "区级", "local": "地方",
    "medical_assistance_fund": "医疗救助基金", "civil_affairs": "民政部门", "rural_affairs": "农业农村部门",
    "disabled_federation": "残联", "health_commission": "卫生健康部门", "school": "学校", "bands": "分段",
    "up_to": "至", "rate": "比例", "percent": "百分比", "deductible": "起付标准", "cap": "封顶线",
    "inpatient": "住院", "outpatient": "普通门诊", "outpatient_chronic": "门诊慢特病", "prenatal": "产前检查",
    "delivery": "住院分娩", "own_burden": "政策范围内个人负担", "out_of_pocket": "个人负担",
    "year_to_date": "当年累计", "rolling_12_months": "滚动十二个月", "stay": "单次住院", "once_per_year": "每年一次",
    "monthly": "每月", "died": "死亡", "army": "参军", "prison": "服刑", "discharge": "退出现役",
    "employee_scheme": "职工医保", "resident_scheme_elsewhere": "异地居民医保", "at_most": "不高于",
    "at_least": "不低于", "equals": "等于", "not_after": "不晚于", "figure": "数值", "path": "项目",
    "share_of": "基数", "share_of_base_cap": "按原封顶线比例", "yuan": "元", "both_years": "两年都缴",
    "current_year": "当年", "above_deductible": "起付线以上", "absolute": "绝对金额",
    "employee_cover_end": "职工医保中断",
    "first_band_at_least": "首段比例不低于", "bands_not_falling": "比例不递减", "assistance_at_least": "资助不低于",
    "assistance_exactly": "资助等于", "component": "险种", "holds": "对象", "resident": "普通居民", "student": "学生",
    "minor": "未成年人", "risk_eliminated": "风险已消除", "residence": "城乡", "rural": "农村", "urban": "城市",
    "level": "等级", "settlement_day": "结算日", "discharge_day": "出院日", "admission_day": "入院日",
    "discharged_on": "出院日期", "settled_on": "结算日期", "admitted_on": "入院日期",
}  # fmt: skip
EVENTS = {
    "birth": "出生",
    "discharge": "退出现役",
    "spouse_discharge": "随军配偶退出现役",
    "employee_cover_end": "职工医保中断",
}
Names = Mapping[str, str]


def value_text(value: object, names: Names) -> str:
    """Return a value as one line; `names` are the categories' labels."""
    if value is None or isinstance(value, bool):
        return "无" if value is None else "是" if value else "否"
    if isinstance(value, str | Decimal | int | datetime.date):
        return word(str(value), names)
    if phrase := condition_text(value, names):
        return phrase
    if isinstance(value, BaseModel | Mapping):
        parts = value if isinstance(value, BaseModel) else value.items()
        return "；".join(
            f"{word(str(name), names)} {value_text(part, names)}" for name, part in parts if not _empty(part)
        )
    if isinstance(value, Iterable):
        return "、".join(value_text(part, names) for part in value)
    return str(value)


def word(code: str, names: Names) -> str:
    """Return the Chinese of a code, or the code where it is a path or a name of the document's own."""
    return names.get(code) or WORDS.get(code) or code


def condition_text(condition: object, names: Names) -> str:
    """Return a condition as a phrase; nothing for what is no condition."""
    match condition:
        case conditions.Anyone():
            return "所有人"
        case conditions.AnyOf(parts=parts):
            return "、".join(condition_text(part, names) for part in parts)
        case conditions.AllOf(parts=parts):
            return "且".join(f"（{condition_text(part, names)}）" for part in parts)
        case conditions.Not(part=part):
            return f"不是（{condition_text(part, names)}）"
    return _identity_text(condition, names) or _plain_text(condition)


def _identity_text(condition: object, names: Names) -> str:
    match condition:
        case conditions.Holds():
            return _holds_text(condition, names)
        case conditions.NewlyRecognized(categories=categories):
            return "当年新认定的" + "、".join(sorted(word(code, names) for code in categories))
    return ""


def _plain_text(condition: object) -> str:
    match condition:
        case conditions.Event():
            return _event_text(condition)
        case conditions.Age(at_least=low, at_most=high):
            return "".join(
                (f"{low}周岁以上" if low is not None else "", f"{high}周岁以下" if high is not None else "")
            )
        case conditions.Population(name=name):
            return WORDS.get(name, name)
        case conditions.Hukou(inside=inside):
            return "本统筹地区户籍" if inside else "非本统筹地区户籍"
        case conditions.EmployeeMonths(at_least=months):
            return f"连续参保满{months}个月"
    return ""


def _holds_text(holds: conditions.Holds, names: Names) -> str:
    more = [
        ("" if wanted is True else "未" if wanted is False else "") + _attribute(name, wanted)
        for name, wanted in holds.where.items()
    ]
    if holds.level_at_most is not None:
        more.append(f"{holds.level_at_most}级及以上")
    label = names.get(holds.category, holds.category)
    return f"{label}（{'，'.join(more)}）" if more else label


def _attribute(name: str, wanted: object) -> str:
    if name == "risk_eliminated":
        return "消除风险" if wanted is False else "已消除风险"
    label = WORDS.get(name, name)
    return label if isinstance(wanted, bool) else f"{label}：{WORDS.get(str(wanted), wanted)}"


def _event_text(event: conditions.Event) -> str:
    parts = [EVENTS.get(event.name, event.name)]
    if event.in_coverage_year:
        parts.append("在参保年度内")
    if event.within_days is not None:
        parts.append(f"{event.within_days}日内")
    if event.within_months is not None:
        parts.append(f"{event.within_months}个月内")
    return "".join(parts)


def _empty(part: object) -> bool:
    return part is None or part == "" or (isinstance(part, tuple | dict | list | frozenset) and not part)
