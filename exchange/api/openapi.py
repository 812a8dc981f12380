"""What partners read of our OpenAPI document: Chinese; docstrings stay with the developers."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from exchange.api.idempotency import HEADER, LONGEST_KEY
from exchange.api.problem_codes import ANY_CALL, ANY_WRITE, WITH_BODY
from exchange.api.problems import PROBLEMS

CHINESE = re.compile(r"[\u4e00-\u9fff]")
METHODS = {"get", "post", "put", "patch", "delete"}
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": r"^[!-~]+$"},
    OpenApiParameter.HEADER,
    required=True,
    description="幂等键：每次业务唯一，重发时不变",
)
CODES = "x-problem-codes"


def operation(  # noqa: PLR0913 - what the document says of one call
    *,
    summary: str,
    text: str,
    reply: Any,
    papers: Sequence[str] = (),
    request: Any = None,
    status: int = 200,
    codes: Mapping[str, str] | None = None,
    parameters: Sequence[Any] = (),
    examples: Mapping[str, tuple[Any, Any]] | None = None,
    writes: bool = False,
) -> Callable[[Any], Any]:
    """Document one call in Chinese, with every code it may refuse by.

    :param papers: media types in which the same is answered as a file
    :param codes: its own, code → what it means; those of any call are added
    :param examples: title → (request, reply); a null request for calls without a body
    :param writes: the call needs an idempotency key
    """
    told = dict(ANY_CALL)
    told |= WITH_BODY if request is not None or writes else {}
    told |= ANY_WRITE if writes else {}
    told |= codes or {}
    lines = "\n".join(f"- `{code}`：{meaning}" for code, meaning in told.items())
    described: Callable[[Any], Any] = extend_schema(
        summary=summary,
        description=f"{text}\n\n可能的错误代码：\n\n{lines}",
        request=request,
        parameters=[*parameters, *([IDEMPOTENCY_KEY] if writes else [])],
        responses=_answers(status, reply, papers) | PROBLEMS,
        examples=list(_examples(examples or {}, status)),
        extensions={CODES: sorted(told)},
    )
    return described


def _answers(status: int, reply: Any, papers: Sequence[str]) -> dict[Any, Any]:
    """Return what is answered, by media type where there are several."""
    if not papers:
        return {status: reply}
    files = {(status, media_type): OpenApiTypes.BINARY for media_type in papers}
    return {(status, "application/json"): reply} | files


def _examples(examples: Mapping[str, tuple[Any, Any]], status: int) -> Sequence[OpenApiExample]:
    made = []
    for title, (asked, answered) in examples.items():
        if asked is not None:
            made.append(OpenApiExample(title, value=asked, request_only=True))
        if answered is not None:
            made.append(OpenApiExample(title, value=answered, response_only=True, status_codes=[str(status)]))
    return made


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
