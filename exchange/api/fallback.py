"""Answers below /api/ that no view gives: unknown addresses and crashes, as problems like all others."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import server_error as page_error

from exchange.api.problems import MEDIA_TYPE

API = "/api/"


@csrf_exempt
def not_found(_request: HttpRequest, **_parts: str) -> HttpResponse:
    """Answer that there is no such address."""
    return _problem(404, title="未找到", code="not_found", detail="没有该地址，请核对路径和末尾的斜杠")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a crash: partners get a problem, staff the page; what happened is in the log."""
    if not request.path.startswith(API):
        return page_error(request)
    return _problem(500, title="系统故障", code="internal_error", detail="系统故障，请稍后以同一幂等键重试")


def _problem(status: int, **parts: str) -> HttpResponse:
    body = {"type": "about:blank", "status": status, **parts}
    return JsonResponse(
        body, status=status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False}
    )


urlpatterns = [path("", not_found), re_path(r"^.+$", not_found)]
