"""Reasons, contacts and assignments of outreach as records: looked at here, written from the work list."""

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from enrollment.models import Contact, OutreachAssignment, UninsuredReason
from policy.admin.display import badge
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly
from registry.admin.base import ScopedAdmin

FROM_THE_LIST = "在“参保动员名单”勾选人员后登记，或导入“未参保人员核实表”。"


class OutreachAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """What was said about residents of the user's areas."""

    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    empty_text = FROM_THE_LIST
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)


@admin.register(UninsuredReason)
class UninsuredReasonAdmin(OutreachAdmin):
    """Why somebody was not insured, on which days, by which paper."""

    list_display = (
        "resident_link", "masked_number", "coverage_year", "reason", "stated_on", "ended_on", "source", "document",
        "standing",
    )  # fmt: skip
    list_filter = (
        ("reason", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        "coverage_year",
        ("stated_on", RangeDateFilter),
    )
    list_select_related = ("resident",)
    fields = (
        ("resident_link", "masked_number", "coverage_year"),
        ("reason", "stated_on", "ended_on"),
        ("source", "document", "note"),
        ("batch", "row_number"),
        ("recorded_by", "recorded_at"),
    )
    readonly_fields = ("resident_link", "masked_number")

    @admin.display(description="状态")
    def standing(self, row: UninsuredReason) -> SafeString:
        """Say whether it stands."""
        return badge("有效", "green") if row.ended_on is None else badge("已终止")


@admin.register(Contact)
class ContactAdmin(OutreachAdmin):
    """Who was spoken to, when, and what came of it."""

    list_display = (
        "resident_link", "masked_number", "coverage_year", "contacted_on", "way", "outcome", "note", "contacted_by",
    )  # fmt: skip
    list_filter = (
        ("outcome", ChoicesDropdownFilter),
        ("way", ChoicesDropdownFilter),
        "coverage_year",
        ("contacted_on", RangeDateFilter),
    )
    list_select_related = ("resident", "contacted_by")
    fields = (
        ("resident_link", "masked_number", "coverage_year"),
        ("contacted_on", "way", "outcome"),
        "note",
        ("contacted_by", "recorded_at"),
    )
    readonly_fields = ("resident_link", "masked_number")


@admin.register(OutreachAssignment)
class OutreachAssignmentAdmin(OutreachAdmin):
    """Who looks after whom."""

    list_display = ("resident_link", "masked_number", "coverage_year", "assignee")
    list_filter = ("coverage_year", ("assignee", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("resident", "assignee")
    fields = (("resident_link", "masked_number"), ("coverage_year", "assignee"))
    readonly_fields = ("resident_link", "masked_number")
