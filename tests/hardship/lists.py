"""Lists for tests."""

import datetime

from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from hardship.services.lists import apply_list, plan_list
from hardship.services.load_categories import load_categories
from registry.models import Role
from tests.registry.factories import ResidentFactory, StaffScopeFactory, harbin, identity_number

MARCH = datetime.date(2025, 3, 31)
CIVIL = ["序号", "身份证号码", "姓名", "医疗救助身份", "纳入资助时间"]


def day(text):
    return datetime.date.fromisoformat(text)


def people(count, **more):
    """Return residents with the numbers `number(0)`, `number(1)` …"""
    load_categories()
    return [
        ResidentFactory(number=identity_number(serial), name=f"人{serial}", **more) for serial in range(count)
    ]


def number(serial):
    return identity_number(serial)


def civil(*rows):
    """Return a civil affairs list; each row `(serial or number, name, identity[, since])`."""
    lines = []
    for place, (who, name, *rest) in enumerate(rows, start=1):
        shown = identity_number(who) if isinstance(who, int) else who
        lines.append([place, shown, name, *rest])
    return write_xlsx(CIVIL, lines)


def plan(content, **more):
    values = {
        "kind": "civil_affairs",
        "content": content,
        "file_name": "民政.xlsx",
        "area": harbin(),
        "as_of": MARCH,
    }
    return plan_list(**values | more)


def apply(batch, **more):
    return apply_list(batch=batch, **more)


def outcomes(batch):
    """Return (number, outcome, code) of every row."""
    rows = InboundRow.objects.filter(batch=batch).order_by("number", "pk")
    return list(rows.values_list("number", "outcome", "code"))


def reviewer(place=None):
    """Return somebody who reviews for an area, or for all of 哈尔滨市."""
    return StaffScopeFactory(area=place or harbin(), role=Role.REVIEWER).user
