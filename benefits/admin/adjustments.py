"""Payouts to be made up or recovered (补付追回), each with why."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from benefits.admin.claim_rows import RowsOfClaims
from benefits.models import PayoutAdjustment
from policy.admin.display import badge, link, yuan_text
from policy.admin.house import ReadOnly
from policy.admin.reasons import reason_text


@admin.register(PayoutAdjustment)
class PayoutAdjustmentAdmin(ReadOnly, RowsOfClaims):
    """What is to be paid on top or recovered after a late claim, a reversal or a decision; written by the services."""

    area_lookup = "claim__resident__living_area"
    claim_lookup = "claim__"
    resident_lookup = "claim__resident_id"
    list_display = ("recorded_at", "claim_link", "person", "facility", "layer", "way", "moved", "why")
    list_display_links = ("recorded_at",)
    list_filter = (("layer", ChoicesDropdownFilter), ("recorded_at", RangeDateFilter))
    list_select_related = ("claim__resident", "claim__facility")
    search_fields = ("claim__number__startswith", "claim__resident__name__startswith")
    search_help_text = "按结算单号、姓名开头或完整证件号码查询"
    ordering = ("-pk",)
    fields = (
        ("claim_link", "person", "facility"),
        ("layer", "way", "moved"),
        ("before", "after"),
        "why",
        ("recorded_at", "recorded_by"),
    )
    readonly_fields = ("claim_link", "person", "facility", "way", "moved", "why")
    actions_list = ("export_csv",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Read what the page names along."""
        return super().get_queryset(request).select_related("claim__resident", "claim__facility")

    @admin.display(description="结算单")
    def claim_link(self, row: PayoutAdjustment) -> str:
        """Lead to the claim."""
        return link(row.claim, row.claim.number)

    @admin.display(description="参保人")
    def person(self, row: PayoutAdjustment) -> str:
        """Lead to the person's file."""
        return link(row.claim.resident, row.claim.resident.name)

    @admin.display(description="医疗机构")
    def facility(self, row: PayoutAdjustment) -> str:
        """Name whom the fund clears with."""
        return row.claim.facility.name

    @admin.display(description="办理")
    def way(self, row: PayoutAdjustment) -> SafeString:
        """Say whether money goes out or comes back."""
        return badge("补付", "green") if row.amount > 0 else badge("追回", "red")

    @admin.display(description="金额（元）")
    def moved(self, row: PayoutAdjustment) -> str:
        """Show how much, without a sign."""
        return yuan_text(abs(row.amount))

    @admin.display(description="原因")
    def why(self, row: PayoutAdjustment) -> str:
        """Say why."""
        return reason_text(row.reason)
