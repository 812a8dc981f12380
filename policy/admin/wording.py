"""Values and conditions of the law as sentences staff can read."""

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal

from pydantic import BaseModel

from policy import conditions
from policy.words import WORDS

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
