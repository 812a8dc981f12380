"""Events in people's lives: born, moved, employed, discharged, recognised, died."""

import datetime
from typing import Any

from hardship.models import Recognition
from hardship.services.recognitions import (
    NewRecognition,
    correct_recognitions,
    end_recognitions,
    recognize,
    void_recognitions,
)
from oversight.services.worked_cases.event import DONE, WHO, Event
from oversight.services.worked_cases.format import CaseInvalid
from oversight.services.worked_cases.inputs import DAY, TEXT, Given, Input, Kind
from oversight.services.worked_cases.journey_world import Happened, World
from registry.services import move_resident
from registry.services.change_residents import record_death, record_discharge
from registry.services.insured_spells import begin_insured_spell, end_insured_spell

REASON = "worked case"


def _attributes(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise TypeError(raw)
    return raw


ATTRIBUTES = Kind("表", _attributes)
KNOWN = Input("known_on", DAY, "得知（登记）的日期；不写为 on。事件在这一天才发生作用")
CATEGORY = Input("category", TEXT, "身份类别代码", required=True)


def _born(world: World, given: Given) -> Happened:
    person = world.person(given["who"])
    if person.born_on != given["on"]:
        raise CaseInvalid(f"{given['who']} 的 born_on 是 {person.born_on}，与 born 事件的日期不同")
    return DONE


def _move(world: World, given: Given) -> Happened:
    hukou = world.area(given["hukou"]) if given["hukou"] else None
    move_resident(
        resident=world.person(given["who"]),
        living_area=world.area(given["to"]),
        hukou_area=hukou,
        since=given["on"],
        reason=REASON,
    )
    return DONE


def _employee_from(world: World, given: Given) -> Happened:
    begin_insured_spell(
        resident=world.person(given["who"]), starts_on=given["from"] or given["on"], source=REASON
    )
    return DONE


def _employee_to(world: World, given: Given) -> Happened:
    end_insured_spell(resident=world.person(given["who"]), last_day=given["last_day"] or given["on"])
    return DONE


def _discharged(world: World, given: Given) -> Happened:
    record_discharge(resident=world.person(given["who"]), discharged_on=given["on"], reason=REASON)
    return DONE


def _died(world: World, given: Given) -> Happened:
    record_death(resident=world.person(given["who"]), died_on=given["on"], reason=REASON)
    return DONE


def _identity_from(world: World, given: Given) -> Happened:
    row = NewRecognition(
        resident_id=world.person(given["who"]).pk,
        category=given["category"],
        valid_from=given["from"] or given["on"],
        valid_to=given["to"],
        attributes=given["attributes"],
        authority=given["authority"],
    )
    recognize(rows=[row], reason=REASON)
    return DONE


def _identity_to(world: World, given: Given) -> Happened:
    last = _last(world, given)
    end_recognitions(recognition_ids=[last.pk], on=given["to"] or given["on"], reason=REASON)
    return DONE


def _identity_changed(world: World, given: Given) -> Happened:
    """Attributes become others from the day on: the recognition ends and goes on with them."""
    last, day = _last(world, given), given["on"]
    end_recognitions(recognition_ids=[last.pk], on=day, reason=REASON)
    row = NewRecognition(
        resident_id=last.resident_id,
        category=last.category_id,
        valid_from=day,
        attributes={**last.attributes, **given["attributes"]},
        authority=last.authority,
    )
    recognize(rows=[row], reason=REASON)
    return DONE


def _identity_corrected(world: World, given: Given) -> Happened:
    last = _last(world, given)
    said = {"valid_from": given["from"], "valid_to": given["to"], "attributes": given["attributes"]}
    changes = {name: value for name, value in said.items() if value}
    correct_recognitions(corrections={last.pk: changes}, reason=REASON)
    return DONE


def _identity_voided(world: World, given: Given) -> Happened:
    void_recognitions(recognition_ids=[_last(world, given).pk], reason=REASON)
    return DONE


def _last(world: World, given: Given) -> Recognition:
    """Return the person's latest recognition of the category."""
    own = Recognition.objects.filter(resident=world.person(given["who"]), category=given["category"])
    last = own.order_by("-valid_from").first()
    if last is None:
        raise CaseInvalid(f"{given['who']} 没有 {given['category']} 的认定")
    return last


def births(events: list[dict[str, Any]]) -> dict[str, datetime.date]:
    """Return who is born when, by the `born` events as written."""
    return {
        str(event.get("who")): event["on"]
        for event in events
        if event.get("what") == "born" and isinstance(event.get("on"), datetime.date)
    }


EVENTS = (
    Event(
        "born",
        "出生并登记",
        (WHO,),
        _born,
        'who = "baby"',
    ),
    Event(
        "move",
        "迁居",
        (
            WHO,
            Input("to", TEXT, "新居住地区划代码", required=True),
            Input("hukou", TEXT, "新户籍地区划代码；不写为户籍不变"),
        ),
        _move,
        'who = "zhang", to = "230103"',
    ),
    Event(
        "employee_from",
        "参加职工医保",
        (WHO, Input("from", DAY, "开始日期；不写为 on")),
        _employee_from,
        'who = "zhang"',
    ),
    Event(
        "employee_to",
        "职工医保中断",
        (WHO, Input("last_day", DAY, "最后参保日期（含）；不写为 on")),
        _employee_to,
        'who = "zhang", last_day = 2025-04-30',
    ),
    Event(
        "discharged",
        "退出现役",
        (WHO,),
        _discharged,
        'who = "li"',
    ),
    Event(
        "died",
        "死亡",
        (WHO,),
        _died,
        'who = "zhang"',
    ),
    Event(
        "identity_from",
        "认定困难身份",
        (
            WHO,
            CATEGORY,
            Input("from", DAY, "身份起始日期；不写为 on"),
            Input("to", DAY, "终止日期（不含）；不写为一直持有或按类别的有效月数"),
            Input("attributes", ATTRIBUTES, '属性，如 { residence = "rural" }', default={}),
            Input("authority", TEXT, "认定部门；不写为该类别的认定部门", default=""),
            KNOWN,
        ),
        _identity_from,
        'who = "zhang", category = "subsistence_allowance", from = 2025-02-01, known_on = 2025-05-10',
    ),
    Event(
        "identity_to",
        "退出困难身份",
        (WHO, CATEGORY, Input("to", DAY, "不再持有的首日；不写为 on"), KNOWN),
        _identity_to,
        'who = "zhang", category = "subsistence_allowance"',
    ),
    Event(
        "identity_changed",
        "身份属性变动（如风险消除），自 on 起",
        (WHO, CATEGORY, Input("attributes", ATTRIBUTES, "变动后的属性", required=True), KNOWN),
        _identity_changed,
        'who = "zhang", category = "sudden_hardship", attributes = { risk_eliminated = true }',
    ),
    Event(
        "identity_corrected",
        "更正误登的身份（从未如此）",
        (
            WHO,
            CATEGORY,
            Input("from", DAY, "更正后的起始日期"),
            Input("to", DAY, "更正后的终止日期（不含）"),
            Input("attributes", ATTRIBUTES, "更正后的属性"),
            KNOWN,
        ),
        _identity_corrected,
        'who = "zhang", category = "subsistence_allowance", from = 2024-12-01',
    ),
    Event(
        "identity_voided",
        "作废误登的身份",
        (WHO, CATEGORY, KNOWN),
        _identity_voided,
        'who = "zhang", category = "subsistence_allowance"',
    ),
)
