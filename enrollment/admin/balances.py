"""Balances (应退应补): what decisions about paid years left to give back or to collect."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from enrollment.models import Balance, BalanceState
from enrollment.services.balances import square_balance
from enrollment.services.regrants import shares_text
from policy.admin.display import NOTHING, choice_badge, link, table, trace_table, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import DayInput, ReadOnly, asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin
from registry.models import Resident

STATES = {BalanceState.OPEN: "orange", BalanceState.SQUARED: "green", BalanceState.CANCELLED: ""}
OF_A_RESIDENT = ["年度", "类型", "对象", "金额（元）", "事由", "状态", "结清日期"]


class SquareForm(BaseDialogForm):
    """Asks when the money went, and the document that says so."""

    on = forms.DateField(label="结清日期", widget=DayInput)
    document = forms.CharField(label="退付或收款凭证号", max_length=100, widget=UnfoldAdminTextInputWidget)


@admin.register(Balance)
class BalanceAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Computed by decisions; staff note only that the money went."""

    empty_text = "更正资助、追溯调整、退费经复核后，应退本人或本人应补的金额自动列在这里。"
    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "masked_number", "coverage_year", "kind", "party_name", "amount", "standing", "opened_at",
    )  # fmt: skip
    list_display_links = ("kind",)
    list_filter = (("state", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), "coverage_year")
    list_select_related = ("resident",)
    search_fields = ("resident__name__startswith", "party")
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("resident_link", "masked_number", "coverage_year"),
        ("kind", "party_name", "amount", "standing"),
        "payers_said",
        ("reason", "case", "contribution"),
        ("is_premium", "original"),
        ("opened_at", "squared_on", "payment", "document"),
        "working",
    )
    readonly_fields = ("resident_link", "masked_number", "party_name", "standing", "payers_said", "working")
    actions_detail = ("square",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the resident along."""
        return super().get_queryset(request).select_related("resident")

    @admin.display(description="对象")
    def party_name(self, balance: Balance) -> str:
        """Name who gets or owes the money."""
        return balance.party or "本人"

    @admin.display(description="状态")
    def standing(self, balance: Balance) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(balance, "state", STATES)

    @admin.display(description="资金负担变动")
    def payers_said(self, balance: Balance) -> str:
        """Show which funds bear it."""
        return shares_text(balance.payers) or NOTHING

    @admin.display(description="依据")
    def working(self, balance: Balance) -> SafeString:
        """Show the rule a refund rests on."""
        return trace_table(balance.trace) if balance.trace else SafeString(NOTHING)

    def has_square_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the money is still to go, and the user works in the area."""
        key = obj.pk if isinstance(obj, Balance) else obj
        mine = Balance.objects.filter(pk=key, state=BalanceState.OPEN).exclude(is_premium=True, party="")
        return (key is None or mine.exists()) and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    @asks(
        title="登记已另行结清",
        description="款项经税务部门退费或补缴的，流水到达后自动结清，不用登记。",
        form=SquareForm,
        may="square",
        icon="paid",
    )
    def square(self, request: HttpRequest, form: SquareForm, object_id: str) -> HttpResponse:
        """Note that the money went another way."""

        def work() -> str:
            assert isinstance(request.user, User)
            square_balance(
                balance=self.visible(request, object_id),
                on=form.cleaned_data["on"],
                document=form.cleaned_data["document"],
                user=request.user,
            )
            return "已登记结清。"

        return self.conclude(request, work)


def balance_table(resident: Resident) -> SafeString:
    """Return a resident's balances, the latest first; empty = there never were any."""
    found = list(Balance.objects.filter(resident=resident).order_by("-pk"))
    rows = [
        (
            row.coverage_year,
            link(row, row.get_kind_display()),
            row.party or "本人",
            yuan_text(row.amount),
            row.reason,
            choice_badge(row, "state", STATES),
            row.squared_on or NOTHING,
        )
        for row in found
    ]
    return table(OF_A_RESIDENT, rows, numeric=[3]) if rows else SafeString()
