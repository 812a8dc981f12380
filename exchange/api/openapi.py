"""What partners read of our OpenAPI document: Chinese; docstrings stay with the developers."""

import re
from typing import Any

CHINESE = re.compile(r"[\u4e00-\u9fff]")
METHODS = {"get", "post", "put", "patch", "delete"}


def only_chinese(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Drop the descriptions of operations and schemas that were taken from English docstrings."""
    operations = [
        operation
        for path in result["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    ]
    for described in (*operations, *result.get("components", {}).get("schemas", {}).values()):
        if not CHINESE.search(described.get("description", "")):
            described.pop("description", None)
    return result
