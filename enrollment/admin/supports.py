"""Third parties' support (资金扶持): recorded from a contribution, taken back from its own page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from enrollment.services.supports import Offer, withdraw_support
from hardship.models import ThirdPartySupport
from policy.admin.display import NOTHING, link, trace_table
from policy.admin.history import WithHistory
from policy.admin.house import DayInput, ReadOnly, asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin


class OfferForm(BaseDialogForm):
    """Asks who gives how much, and when."""

    giver = forms.CharField(
        label="出资方（乡镇、村集体等）", max_length=100, widget=UnfoldAdminTextInputWidget
    )
    offered = forms.DecimalField(
        label="拟支持金额（元）",
        min_value=0.01,
        max_digits=10,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    given_on = forms.DateField(label="日期", widget=DayInput)
    document = forms.CharField(
        label="文件号（村民会议决议等）", max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )

    def offer(self) -> Offer:
        """Return what was offered."""
        data = self.cleaned_data
        return Offer(
            giver=data["giver"].strip(),
            offered=data["offered"],
            given_on=data["given_on"],
            document=data["document"].strip(),
        )


class TakeBackForm(BaseDialogForm):
    """Asks when and why."""

    on = forms.DateField(label="冲回日期", widget=DayInput)
    reason = forms.CharField(
        label="事由", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


@admin.register(ThirdPartySupport)
class ThirdPartySupportAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """What towns, villages and others paid of the sum left to the person."""

    empty_text = "在未缴费的“缴费核定”页点“登记资金扶持”，或在“导入清单”上传资金扶持名册。"
    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "masked_number", "coverage_year", "giver", "offered", "amount", "given_on", "standing",
    )  # fmt: skip
    list_display_links = ("giver",)
    list_filter = ("coverage_year",)
    list_select_related = ("resident", "reversal")
    search_fields = ("resident__name__startswith", "giver")
    ordering = ("-pk",)
    fields = (
        ("resident_link", "coverage_year", "standing"),
        ("giver", "offered", "amount", "given_on"),
        ("document", "batch"),
        ("taken_back_by", "reason"),
        ("recorded_at", "recorded_by"),
        "working",
    )
    readonly_fields = ("resident_link", "standing", "taken_back_by", "working")
    actions_detail = ("take_back",)

    @admin.display(description="状态")
    def standing(self, support: ThirdPartySupport) -> str:
        """Say whether it stands."""
        if support.reverses_id is not None:
            return "冲回"
        return "已冲回" if hasattr(support, "reversal") else "有效"

    @admin.display(description="冲回")
    def taken_back_by(self, support: ThirdPartySupport) -> str:
        """Lead to the row that takes this one back, or to the one it takes back."""
        other = support.reverses or ThirdPartySupport.objects.filter(reverses=support).first()
        return link(other) if other else NOTHING

    @admin.display(description="计算过程")
    def working(self, support: ThirdPartySupport) -> SafeString:
        """Show the steps."""
        return trace_table(support.trace)

    def has_take_back_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the support stands, and the user works in the area."""
        key = obj.pk if isinstance(obj, ThirdPartySupport) else obj
        standing = ThirdPartySupport.objects.filter(pk=key, reverses=None, reversal=None)
        return (key is None or standing.exists()) and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    @asks(
        title="冲回",
        description="撤回或登记有误的扶持以负数冲回，原记录保留；有误的冲回后重新登记。",
        form=TakeBackForm,
        may="take_back",
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def take_back(self, request: HttpRequest, form: TakeBackForm, object_id: str) -> HttpResponse:
        """Take it back by a row of its own."""

        def work() -> str:
            assert isinstance(request.user, User)
            withdraw_support(
                support=self.visible(request, object_id),
                on=form.cleaned_data["on"],
                reason=form.cleaned_data["reason"],
                user=request.user,
            )
            return "资金扶持已冲回，未缴保费已重新核定。"

        return self.conclude(request, work)
