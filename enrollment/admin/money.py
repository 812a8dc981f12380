"""Payments by the tax authority's serial number, and fiscal shares."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from enrollment.admin.family import holder_of
from enrollment.admin.labels import LEVELS, PAYMENT_TONES, label
from enrollment.admin.refunds import RefundsAdmin
from enrollment.models import Payment, PaymentKind, PaymentState, SubsidyShare
from enrollment.models.payment import HoldReason
from policy.admin.display import choice_badge
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly
from policy.words import said
from registry.admin.base import ScopedAdmin
from registry.selectors import Viewer, scope_filter

HOLD_REASONS = dict(HoldReason.choices)


def payments_of(user: Viewer, *, roles: Collection[str] = ()) -> Q:
    """Return the condition of the payments a user may see: of their residents, and in their areas' lists."""
    return scope_filter(user, area="resident__living_area", roles=roles) | scope_filter(
        user, area="batch__area", roles=roles
    )


@admin.register(Payment)
class PaymentAdmin(WithHistory, ReadOnly, RefundsAdmin):
    """Append-only: a reversal or refund is a row of its own."""

    resident_lookup = "resident_id"
    list_display = (
        "serial", "payer_name", "masked_id_number", "coverage_year", "kind", "amount", "paid_on",
        "standing", "held_for",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        "coverage_year",
        ("paid_on", RangeDateFilter),
    )
    list_select_related = ("resident",)
    search_fields = ("serial__startswith", "payer_name__startswith")
    search_help_text = "按税务流水号、姓名开头或完整证件号码查询"
    ordering = ("-pk",)
    fields = (
        ("serial", "kind", "standing"),
        ("resident_link", "payer_name", "masked_id_number"),
        ("coverage_year", "amount", "paid_on", "channel"),
        "family_account",
        ("held_for", "note"),
        ("contribution", "reverses"),
        ("batch", "row_number", "recorded_at"),
    )
    readonly_fields = ("standing", "held_for", "resident_link", "family_account")
    actions_detail = ("propose_refund",)

    def rows_of(self, user: Viewer, *, roles: Collection[str] = ()) -> Q:
        """Return the payments of the user's residents and of the lists of the user's areas."""
        return payments_of(user, roles=roles)

    @admin.display(description="状态")
    def standing(self, payment: Payment) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(payment, "state", PAYMENT_TONES)

    @admin.display(description="家庭共济账户持有人")
    def family_account(self, payment: Payment) -> SafeString | str:
        """Name whose account paid."""
        return holder_of(payment)

    @admin.display(description="待处理原因")
    def held_for(self, payment: Payment) -> str:
        """Name the reason."""
        return label(HOLD_REASONS, payment.hold_reason) or "—"

    def contribution_of(self, key: Any) -> int | None:
        """Return the contribution a payment was booked on."""
        booked = Payment.objects.filter(pk=key, kind=PaymentKind.PAYMENT, state=PaymentState.BOOKED)
        return booked.values_list("contribution", flat=True).first()


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
    list_display = ("person", "fiscal_year", "component_label", "level_label", "amount", "claim_year")
    list_filter = ("fiscal_year", LevelFilter)
    list_select_related = ("contribution__resident",)
    search_fields = ("contribution__resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = ("person", "fiscal_year", "component_label", "level_label", "amount", "claim_year")
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
