"""The first page: what the panels of the apps say."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from registry.admin.panels import panels_for


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the panels to the context of the admin's first page."""
    context["title"] = "首页"
    context["panels"] = [
        {"title": part.title, "is_wide": part.is_wide, "content": part.content(request)}
        for part in panels_for(request)
    ]
    return context


def environment(request: HttpRequest) -> list[str] | None:
    """Say on every page that this is a demonstration, so that nobody takes its figures for real."""
    return ["演示环境", "warning"] if settings.DEMO else None
