"""Premium assistance (参保资助) with its payers, the tiers that lost, and the working."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from hardship.models import AssistanceGrant
from policy.admin.display import badge, table, trace_table, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly
from policy.words import said
from registry.admin.base import ScopedAdmin


def payer_table(grant: AssistanceGrant) -> SafeString:
    """Return who pays which component; payers named together by the documents stand together."""
    rows = [
        (
            "、".join(said(payer) for payer in share["payers"]),
            said(share["component"]),
            _amount(share["amount"]),
        )
        for share in grant.payers
    ]
    return table(["出资方", "险种", "金额（元）"], rows, numeric=[2])


def _amount(stored: str) -> str:
    return yuan_text(Decimal(stored))


def losing_table(grant: AssistanceGrant) -> SafeString:
    """Return the tiers the person also met; the highest applies."""
    rows = [(tier["label"], _amount(tier["total"])) for tier in grant.losing]
    return table(["未采用的档次", "金额（元）"], rows, numeric=[1], empty="没有其他可选档次")


@admin.register(AssistanceGrant)
class AssistanceGrantAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Grants: decided by the rule, frozen with the payment."""

    empty_text = "有资助身份的人参保核定时，资助自动列在这里。"
    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "masked_number", "coverage_year", "tier_label", "total", "decided_on",
        "standing", "policy_key",
    )  # fmt: skip
    list_display_links = ("tier_label",)
    list_filter = ("coverage_year",)
    list_select_related = ("resident",)
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("resident_link", "masked_number", "coverage_year"),
        ("tier_label", "total", "standing"),
        ("decided_on", "frozen_at", "reversed_at", "policy_key"),
        "case",
        "payers_shown",
        "losing_shown",
        "working",
    )
    readonly_fields = (
        "resident_link",
        "masked_number",
        "standing",
        "payers_shown",
        "losing_shown",
        "working",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the resident along."""
        return super().get_queryset(request).select_related("resident")

    @admin.display(description="状态")
    def standing(self, grant: AssistanceGrant) -> SafeString:
        """Say whether the grant stands."""
        return grant_badge(grant)

    @admin.display(description="出资构成")
    def payers_shown(self, grant: AssistanceGrant) -> SafeString:
        """Show who pays."""
        return payer_table(grant)

    @admin.display(description="未采用的档次")
    def losing_shown(self, grant: AssistanceGrant) -> SafeString:
        """Show what lost."""
        return losing_table(grant)

    @admin.display(description="计算过程")
    def working(self, grant: AssistanceGrant) -> SafeString:
        """Show the steps."""
        return trace_table(grant.trace)


def grant_badge(grant: AssistanceGrant) -> SafeString:
    """Return whether a grant stands, is frozen or was reversed, and whether it came after the payment."""
    afterwards = badge("事后资助", "orange") if grant.is_after_payment else SafeString()
    if grant.reversed_at:
        return badge("已冲正", "red") + afterwards
    return (badge("已锁定", "green") if grant.frozen_at else badge("已确定", "blue")) + afterwards
