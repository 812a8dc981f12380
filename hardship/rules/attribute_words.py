"""Attributes of recognitions in words, as staff say them."""

from collections.abc import Mapping

WORDS = {
    "residence": "城乡",
    "level": "等级",
    "risk_eliminated": "风险已消除",
    "former_poverty": "脱贫户",
    "rural": "农村",
    "urban": "城市",
}


def attributes_told(values: Mapping[str, object], labels: Mapping[str, str]) -> str:
    """Return attributes as “城乡：农村；等级：2”.

    :param labels: how the category calls them
    """
    names = {**WORDS, **labels}
    return "；".join(f"{names.get(name, name)}：{_value(value)}" for name, value in values.items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return WORDS.get(str(value), str(value))
