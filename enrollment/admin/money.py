"""Fiscal shares of insured people."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from enrollment.admin.labels import LEVELS
from enrollment.models import FormerShare, SubsidyShare
from policy.admin.house import ReadOnly
from policy.words import said
from registry.admin.base import ScopedAdmin


class LevelFilter(admin.SimpleListFilter):
    """Levels of government by name."""

    title = "负担级次"
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the levels."""
        return [(level, said(level)) for level in LEVELS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one level's rows."""
        return queryset.filter(level=self.value()) if self.value() else queryset


@admin.register(SubsidyShare)
class SubsidyShareAdmin(ReadOnly, ScopedAdmin):
    """Each level's share of each insured person."""

    area_lookup = "contribution__resident__living_area"
    resident_lookup = "contribution__resident_id"
    list_display: tuple[str, ...] = (
        "person",
        "fiscal_year",
        "component_label",
        "level_label",
        "amount",
        "claim_year",
    )
    list_filter = ("fiscal_year", LevelFilter)
    list_select_related: tuple[str, ...] = ("contribution__resident",)
    search_fields = ("contribution__resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields: tuple[str, ...] = list_display
    readonly_fields = ("person", "component_label", "level_label")

    @admin.display(description="参保人")
    def person(self, share: SubsidyShare) -> str:
        """Name the resident."""
        return share.contribution.resident.name

    @admin.display(description="险种")
    def component_label(self, share: SubsidyShare) -> str:
        """Name the component."""
        return said(share.component)

    @admin.display(description="负担级次")
    def level_label(self, share: SubsidyShare) -> str:
        """Name the level."""
        return said(share.level)


@admin.register(FormerShare)
class FormerShareAdmin(SubsidyShareAdmin):
    """Shares that do not stand any more, with the reason."""

    empty_text = "缴费冲正、财政分类或补助标准更正后，原来的补助分担列在这里。"
    list_display = (*SubsidyShareAdmin.list_display, "reason", "taken_back_at", "taken_back_by")
    list_select_related = ("contribution__resident", "taken_back_by")
    fields = (*SubsidyShareAdmin.fields, "reason", "taken_back_at", "taken_back_by", "batch")
