"""Errors as `application/problem+json`: a stable code for programs, a Chinese sentence for people (RFC 9457)."""

from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from policy.errors import DomainError

MEDIA_TYPE = "application/problem+json"
TITLES = {
    status.HTTP_400_BAD_REQUEST: "请求内容有误",
    status.HTTP_401_UNAUTHORIZED: "未通过身份验证",
    status.HTTP_403_FORBIDDEN: "没有权限",
    status.HTTP_404_NOT_FOUND: "未找到",
    status.HTTP_405_METHOD_NOT_ALLOWED: "不支持该方法",
    status.HTTP_406_NOT_ACCEPTABLE: "不支持所要求的格式",
    status.HTTP_409_CONFLICT: "按规定不能办理",
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: "请求内容过大",
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "不支持该内容类型",
    status.HTTP_422_UNPROCESSABLE_ENTITY: "请求无法处理",
    status.HTTP_429_TOO_MANY_REQUESTS: "请求过于频繁",
}


class Problem(serializers.Serializer[Any]):
    """The body of every refusal."""

    type = serializers.CharField(help_text="about:blank")
    title = serializers.CharField(help_text="错误类别")
    status = serializers.IntegerField(help_text="HTTP 状态码")
    code = serializers.CharField(help_text="稳定的错误代码")
    detail = serializers.CharField(help_text="说明")
    details = serializers.DictField(required=False, help_text="业务规则给出的细节")
    errors = serializers.DictField(required=False, help_text="逐栏错误")  # type: ignore[assignment]


PROBLEMS = {("4XX", MEDIA_TYPE): Problem}  # for `responses` of `extend_schema`


def problem_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer a refusal by the rules with 409 and its code, a wrong request with 4xx and its fields; null = a crash."""
    if isinstance(exc, DomainError):
        set_rollback()
        body = _problem(status.HTTP_409_CONFLICT, code=exc.code, detail=exc.message)
        return _answer(body | ({"details": exc.details} if exc.details else {}))
    response = exception_handler(exc, context)
    if response is None:
        return None
    api_error = _as_api_exception(exc)
    body = _problem(response.status_code, code=_code(api_error), detail=_sentence(api_error))
    if isinstance(api_error, exceptions.ValidationError):
        body |= {
            "code": "invalid",
            "detail": "请检查所列栏目",
            "errors": _by_field(api_error.get_full_details()),
        }
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    return _answer(body, headers=headers)


def _problem(code_of_http: int, *, code: str, detail: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": TITLES.get(code_of_http, "请求未完成"),
        "status": code_of_http,
        "code": code,
        "detail": detail,
    }


def _answer(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def _as_api_exception(exc: Exception) -> exceptions.APIException:
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    assert isinstance(exc, exceptions.APIException)
    return exc


def _code(exc: exceptions.APIException) -> str:
    codes = exc.get_codes()
    return codes if isinstance(codes, str) else exc.default_code


def _sentence(exc: exceptions.APIException) -> str:
    return exc.detail if isinstance(exc.detail, str) else str(exc.default_detail)


def _by_field(found: Any, prefix: str = "") -> dict[str, list[dict[str, str]]]:
    """Flatten nested errors: `rows.2.id_number` → its messages with their codes."""
    if isinstance(found, dict) and set(found) == {"message", "code"}:
        return {prefix or "non_field_errors": [found]}
    if isinstance(found, list) and all(set(each) == {"message", "code"} for each in found):
        return {prefix or "non_field_errors": found}
    parts = found.items() if isinstance(found, dict) else enumerate(found)
    flat: dict[str, list[dict[str, str]]] = {}
    for name, inner in parts:
        if inner:
            flat |= _by_field(inner, f"{prefix}.{name}" if prefix else str(name))
    return flat
