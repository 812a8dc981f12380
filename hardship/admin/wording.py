"""Recognitions in words: attributes and authorities as staff say them."""

from collections.abc import Mapping

from exchange.models import AgencyKind
from hardship.models import Category, Recognition

ATTRIBUTES = {
    "residence": "城乡",
    "level": "等级",
    "risk_eliminated": "风险已消除",
    "former_poverty": "脱贫户",
    "rural": "农村",
    "urban": "城市",
}
ISSUERS = dict(AgencyKind.choices)


def attributes_text(recognition: Recognition) -> str:
    """Return a recognition's attributes in Chinese."""
    return values_text(recognition.attributes, recognition.category)


def values_text(values: Mapping[str, object], category: Category) -> str:
    """Return attributes of a category in Chinese."""
    names = {**ATTRIBUTES, **category.attributes}
    return "；".join(f"{names.get(name, name)}：{_value(value)}" for name, value in values.items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return ATTRIBUTES.get(str(value), str(value))
