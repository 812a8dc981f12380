"""Payments out of family accounts (个人账户家庭共济): who holds the account, for whom it paid."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from enrollment.admin.labels import PAYMENT_TONES
from enrollment.models import FamilyPayer, Payment
from policy.admin.display import NOTHING, choice_badge, link, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly
from registry.admin.base import ScopedAdmin


@admin.register(FamilyPayer)
class FamilyPayerAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """What the tax authority said of the holder; the full number is kept nowhere."""

    empty_text = "税务缴费明细写有账户持有人的，在这里列出。"
    area_lookup = "payment__resident__living_area"
    list_display = (
        "holder", "masked_id_number", "relation", "area_code", "insured", "coverage_year", "amount", "standing",
    )  # fmt: skip
    list_display_links = ("holder",)
    list_filter = (
        ("payment__state", ChoicesDropdownFilter),
        ("relation", ChoicesDropdownFilter),
        "payment__coverage_year",
    )
    list_select_related = ("payment__resident",)
    search_fields = ("name__startswith", "payment__serial__startswith")
    search_help_text = "按持有人姓名或税务流水号开头查询"
    ordering = ("-pk",)
    fields = (
        ("holder", "masked_id_number", "number_fits"),
        ("relation", "area_code"),
        ("insured", "coverage_year", "amount", "standing"),
        "payment_link",
    )
    readonly_fields = ("holder", "insured", "coverage_year", "amount", "standing", "payment_link")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the payment along."""
        return super().get_queryset(request).select_related("payment__resident")

    @admin.display(description="账户持有人", ordering="name")
    def holder(self, payer: FamilyPayer) -> str:
        """Name the holder."""
        return payer.name or NOTHING

    @admin.display(description="参保人")
    def insured(self, payer: FamilyPayer) -> SafeString | str:
        """Lead to the person the premium is of."""
        resident = payer.payment.resident
        return link(resident, resident.name) if resident else payer.payment.payer_name or NOTHING

    @admin.display(description="参保年度", ordering="payment__coverage_year")
    def coverage_year(self, payer: FamilyPayer) -> int:
        """Show the year paid for."""
        return payer.payment.coverage_year

    @admin.display(description="金额（元）", ordering="payment__amount")
    def amount(self, payer: FamilyPayer) -> str:
        """Show what was paid."""
        return yuan_text(payer.payment.amount)

    @admin.display(description="状态")
    def standing(self, payer: FamilyPayer) -> SafeString:
        """Show the payment's state as a badge."""
        return choice_badge(payer.payment, "state", PAYMENT_TONES)

    @admin.display(description="缴费流水")
    def payment_link(self, payer: FamilyPayer) -> SafeString | str:
        """Lead to the payment."""
        return link(payer.payment, payer.payment.serial)


def holder_of(payment: Payment) -> SafeString | str:
    """Return whose account paid, leading to the record; a dash for nobody else's."""
    payer = FamilyPayer.objects.filter(payment=payment).first()
    if payer is None:
        return NOTHING
    said = (payer.name, payer.masked_id_number, payer.get_relation_display(), payer.area_code)
    return link(payer, "，".join(filter(None, said)))
