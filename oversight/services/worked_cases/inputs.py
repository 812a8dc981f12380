"""How a case file writes facts: every kind of input, read strictly, and the facts about a person."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from oversight.services.worked_cases.format import CaseInvalid
from policy.conditions import Identity, Person
from policy.policy import Policy

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of input: its name, and how it is read; anything else is a TypeError or ValueError."""

    name: str
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a rule.

    :param default: what holds where the case leaves it out; not looked at if required
    :param also: another name the case may write it by
    """

    name: str
    kind: Kind
    what: str
    required: bool = False
    default: Any = None
    also: str = ""


def _money(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        raise TypeError(raw)
    try:
        return Decimal(raw)
    except InvalidOperation as error:
        raise ValueError from error


def _whole(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise TypeError(raw)
    return raw


def _day(raw: Any) -> datetime.date:
    if isinstance(raw, str):
        return datetime.date.fromisoformat(raw)
    if not isinstance(raw, datetime.date) or isinstance(raw, datetime.datetime):
        raise TypeError(raw)
    return raw


def _flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise TypeError(raw)
    return raw


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError(raw)
    return raw


def _hukou(raw: Any) -> bool:
    if raw not in ("inside", "outside"):
        raise ValueError(raw)
    return bool(raw == "inside")


def _texts(raw: Any) -> frozenset[str]:
    return frozenset(map(_text, _list(raw)))


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise TypeError(raw)
    return raw


def _table(read: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    def reader(raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise TypeError(raw)
        return {key: read(part) for key, part in raw.items()}

    return reader


def _identity(raw: Any) -> Identity:
    if isinstance(raw, str):
        return Identity(raw)
    if not isinstance(raw, dict) or "category" not in raw:
        raise TypeError(raw)
    attributes = {key: part for key, part in raw.items() if key not in ("category", "since")}
    return Identity(_text(raw["category"]), _day(raw["since"]) if "since" in raw else None, attributes)


MONEY = Kind("金额", _money)
WHOLE = Kind("整数", _whole)
DAY = Kind("日期", _day)
FLAG = Kind("true/false", _flag)
TEXT = Kind("文字", _text)
TEXTS = Kind("文字列表", _texts)
TABLES = Kind("表的列表", _list)
MONEY_TABLE = Kind("名称 = 金额", _table(_money))
WHOLE_TABLE = Kind("名称 = 整数", _table(_whole))
DAY_TABLE = Kind("名称 = 日期", _table(_day))
HUKOU = Kind('"inside"/"outside"', _hukou)
IDENTITIES = Kind("身份列表", lambda raw: tuple(_identity(one) for one in _list(raw)))

PERSON = (
    Input("born_on", DAY, "出生日期"),
    Input("identities", IDENTITIES, '当日持有的身份："类别"，或 { category, since, 属性… }', default=()),
    Input("hukou", HUKOU, "户籍在统筹地区内还是外；不写为不详"),
    Input("population", TEXT, "人员类别", default="resident"),
    Input("held_at_previous_year_end", TEXTS, "上年末持有的身份类别", default=frozenset()),
    Input("discharged_on", DAY, "退出现役日期"),
    Input("spouse_discharged_on", DAY, "配偶退出现役日期"),
    Input("employee_cover_ended_on", DAY, "职工医保最后参保日期"),
    Input("employee_months", WHOLE, "此前连续参保月数", default=0),
    Input("events", DAY_TABLE, "其他事件：名称 = 日期", default={}),
)
EVENTS = {
    "discharged_on": "discharge",
    "spouse_discharged_on": "spouse_discharge",
    "employee_cover_ended_on": "employee_cover_end",
}


def person(policy: Policy, given: Given, *, day: datetime.date) -> Person:
    """Return the person a case describes, as of `day`.

    :raises CaseInvalid: if an identity is not in the policy's register of categories
    :raises ValueError: if the person is born after the day, or was insured for less than no months
    """
    held = given["held_at_previous_year_end"]
    named = {identity.category for identity in given["identities"]} | held
    if unknown := sorted(named - set(policy.data.category)):
        raise CaseInvalid(f"没有登记的身份类别：{'、'.join(unknown)}；可写 {'、'.join(policy.data.category)}")
    if given["born_on"] is not None and given["born_on"] > day:
        raise ValueError(f"出生日期 {given['born_on']} 晚于办理日 {day}")
    if given["employee_months"] < 0:
        raise ValueError(f"此前连续参保月数不得为负：{given['employee_months']}")
    events = {event: given[name] for name, event in EVENTS.items() if given[name] is not None}
    return Person(
        day=day,
        coverage_year=policy.year,
        born_on=given["born_on"],
        identities=given["identities"],
        population=given["population"],
        has_local_hukou=given["hukou"],
        held_at_previous_year_end=held,
        events={**given["events"], **events},
        employee_months=given["employee_months"],
    )


def read_inputs(takes: tuple[Input, ...], written: Mapping[str, Any]) -> dict[str, Any]:
    """Return every input by name, defaults filled in.

    :raises CaseInvalid: if a key is not known, one that is needed is missing, or a value is of another kind
    """
    written = _by_first_name(takes, written)
    known = {one.name: one for one in takes}
    if unknown := sorted(set(written) - set(known)):
        raise CaseInvalid(f"不认识的输入 {'、'.join(unknown)}；可写 {'、'.join(known)}")
    if missing := [one.name for one in takes if one.required and one.name not in written]:
        raise CaseInvalid(f"缺少输入 {'、'.join(missing)}")
    given = {one.name: one.default for one in takes}
    for name, raw in written.items():
        try:
            given[name] = known[name].kind.read(raw)
        except (ValueError, TypeError) as error:
            raise CaseInvalid(f"输入 {name} 应写 {known[name].kind.name}，写的是 {raw!r}") from error
    return given


def _by_first_name(takes: tuple[Input, ...], written: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is written under the first name of each input.

    :raises CaseInvalid: if one is written under both its names
    """
    first = {one.also: one.name for one in takes if one.also}
    if twice := sorted(name for name in written if first.get(name, "") in written):
        raise CaseInvalid(f"{'、'.join(twice)} 就是 {'、'.join(first[name] for name in twice)}，只写一个")
    return {first.get(name, name): raw for name, raw in written.items()}
