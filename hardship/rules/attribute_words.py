"""Attributes of recognitions in words, as staff say them, and what a change makes of them."""

import datetime
from collections.abc import Mapping

from policy.dates import days_after

WORDS = {
    "residence": "城乡",
    "level": "等级",
    "risk_eliminated": "风险已消除",
    "former_poverty": "脱贫户",
    "rural": "农村",
    "urban": "城市",
    "valid_to": "有效期至",
}
UNSAID = "没有注明"


def attributes_told(values: Mapping[str, object], labels: Mapping[str, str]) -> str:
    """Return attributes as “城乡：农村；等级：2”.

    :param labels: how the category calls them
    """
    names = {**WORDS, **labels}
    return "；".join(f"{names.get(name, name)}：{_value(value)}" for name, value in values.items())


def values_changed(
    before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, tuple[object, object]]:
    """Return name → old and new value of those that differ, in the order of the new ones; null = not said."""
    names = dict.fromkeys((*after, *before))
    return {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }


def changes_told(
    before: Mapping[str, object], after: Mapping[str, object], labels: Mapping[str, str]
) -> list[str]:
    """Return what differs as “等级：2 → 1”.

    :param labels: how the category calls its attributes
    """
    return [
        f"{value_label(name, labels)}：{value_told(name, old)} → {value_told(name, new)}"
        for name, (old, new) in values_changed(before, after).items()
    ]


def value_label(name: str, labels: Mapping[str, str]) -> str:
    """Return how staff call an attribute, or the end of a term (valid_to), of which the last day is told."""
    return labels.get(name) or WORDS.get(name, name)


def value_told(name: str, value: object) -> str:
    """Return a value in words, also one that is not said."""
    if value is None:
        return "长期" if name == "valid_to" else UNSAID
    if name == "valid_to":
        return str(days_after(datetime.date.fromisoformat(str(value)), -1))
    return _value(value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return WORDS.get(str(value), str(value))
