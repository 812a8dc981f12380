"""Corrections of incentive states after their run (激励状态更正): what it was, what it is, and why."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from benefits.models import IncentiveRevision, IncentiveState
from policy.admin.display import NOTHING, link, table, yuan_text
from policy.admin.house import ReadOnly
from policy.admin.reasons import reason_text
from registry.admin.base import ScopedAdmin
from registry.models import Resident
from registry.selectors import Viewer, scope_filter


def changed_fields(row: IncentiveRevision) -> list[tuple[str, str, str]]:
    """Return label, old and new value of whatever the correction changed."""
    return [
        (_label(name), _value(name, row.before.get(name)), _value(name, new))
        for name, new in row.after.items()
        if row.before.get(name) != new
    ]


def changes_text(row: IncentiveRevision) -> SafeString:
    """Return the changes, one a line."""
    lines = format_html_join("", "<div><b>{}</b>：{} → {}</div>", changed_fields(row))
    return lines or SafeString(NOTHING)


def revision_rows(row: IncentiveRevision) -> tuple[object, ...]:
    """Return a correction as a row of the resident's file."""
    at = timezone.localtime(row.changed_at).strftime("%Y-%m-%d %H:%M")
    return (at, row.year, changes_text(row), reason_text(row.reason), row.changed_by or "系统")


@admin.register(IncentiveRevision)
class IncentiveRevisionAdmin(ReadOnly, ScopedAdmin):
    """Corrections; written by the services when a fact of a closed year comes late."""

    resident_lookup = "resident_id"
    list_display = ("changed_at", "person", "year", "changed", "why", "changed_by")
    list_display_links = ("changed_at",)
    list_filter = ("year",)
    list_select_related = ("changed_by",)
    search_help_text = "按完整证件号码查询"
    search_fields = ("reason",)
    ordering = ("-pk",)
    fields = (("person", "year", "changed_at", "changed_by"), "why", "compared")
    readonly_fields = ("person", "why", "compared")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the corrections with their residents' names."""
        name = Resident.objects.filter(pk=models.OuterRef("resident_id")).values("name")
        rows = super().get_queryset(request)
        named: models.QuerySet[Any] = rows.annotate(resident_name=models.Subquery(name))
        return named

    def rows_of(self, user: Viewer, *, roles: Any = ()) -> models.Q:
        """Return the corrections of the user's residents."""
        mine = scope_filter(user, area="living_area", roles=roles)
        return models.Q(resident_id__in=Resident.objects.filter(mine).values("pk")) if mine else mine

    @admin.display(description="参保人")
    def person(self, row: Any) -> str:
        """Name the resident and lead to the file."""
        return link(Resident(pk=row.resident_id), row.resident_name)

    @admin.display(description="更正内容")
    def changed(self, row: IncentiveRevision) -> SafeString:
        """Show what changed."""
        return changes_text(row)

    @admin.display(description="原因")
    def why(self, row: IncentiveRevision) -> str:
        """Say why."""
        return reason_text(row.reason) or NOTHING

    @admin.display(description="更正内容")
    def compared(self, row: IncentiveRevision) -> SafeString:
        """Show every figure before and after."""
        rows = [
            (_label(name), _value(name, row.before.get(name)), _value(name, row.after.get(name)))
            for name in row.after
        ]
        return format_html("{}", table(["项目", "更正前", "更正后"], rows, numeric=[1, 2]))


def _label(name: str) -> str:
    field = IncentiveState._meta.get_field(name)
    return str(getattr(field, "verbose_name", name))


def _value(name: str, value: object) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    return yuan_text(Decimal(str(value))) if name == "next_cap" else str(value)
