"""What is wrong with a value of a policy file, in a phrase for those who write it."""

from collections.abc import Mapping
from typing import Any

PHRASES = {
    "missing": "缺少这一项",
    "extra_forbidden": "不认识这一项，请查拼写",
    "greater_than_equal": "不得小于 {ge}",
    "less_than_equal": "不得大于 {le}",
    "decimal_max_places": "最多写 {decimal_places} 位小数",
    "string_too_short": "不能空着",
    "literal_error": "应为 {expected} 之一",
    "enum": "应为 {expected} 之一",
    "union_tag_invalid": "kind 应为 {expected_tags} 之一",
    "union_tag_not_found": "缺少 kind",
    "value_error": "{error}",
}
KINDS = {
    "bool": "应写 true 或 false",
    "date": "应写日期，如 2025-01-31",
    "decimal": "应写数值",
    "dict": "应写成一张表",
    "int": "应写整数",
    "list": "应写成列表 [ … ]",
    "model": "应写成一张表；数值须写 { value = …, unit = …, clause = … }",
    "string": "应写文字，加引号",
    "tuple": "应写成列表 [ … ]",
}


def in_chinese(kind: str, context: Mapping[str, Any], message: str) -> str:
    """Return the validator's complaint of this kind as a phrase; its own words where it has no phrase yet."""
    if phrase := PHRASES.get(kind):
        return phrase.format_map(context).replace(" or ", "、").replace(", ", "、")
    return KINDS.get(kind.split("_", maxsplit=1)[0], message)
