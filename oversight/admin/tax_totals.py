"""The tax authority's own totals (税务汇总): looked at, and typed in from a letter."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from oversight.models import TaxTotal
from oversight.parsers.tax_totals import LONGEST_CHANNEL, LONGEST_COUNT
from oversight.services.enter_totals import EnteredTotal, enter_total
from policy.admin.display import change_url, list_url
from policy.admin.history import WithHistory
from policy.admin.house import DayInput, ReadOnly
from policy.admin.reasoned import REASON_LENGTH
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin
from registry.models import Area
from registry.selectors import scope_filter


class TotalForm(forms.Form):
    """What the letter says."""

    area = forms.ModelChoiceField(Area.objects.none(), label="征收地", widget=UnfoldAdminSelectWidget)
    day = forms.DateField(label="到账日期", widget=DayInput)
    channel = forms.CharField(
        label="征收渠道",
        max_length=LONGEST_CHANNEL,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="与缴费明细的写法一致；来函不分渠道的不填。",
    )
    count = forms.IntegerField(
        label="笔数",
        min_value=0,
        max_value=10**LONGEST_COUNT - 1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="退费、冲正各算一笔。",
    )
    amount = forms.DecimalField(
        label="净额（元）",
        max_digits=16,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="退费、冲正按负数计入。",
    )
    as_of = forms.DateField(label="数据日期", widget=DayInput, help_text="来函数据截至哪一天。")
    reason = forms.CharField(
        label="凭证和事由",
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text="税务部门哪份来函；留在变更记录里。",
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["area"]
        assert isinstance(field, forms.ModelChoiceField)
        mine = scope_filter(user, area="", roles=(*CLERKS, *REVIEWERS))
        levels = ("city", "county", "industry", "town")
        field.queryset = Area.objects.filter(mine, level__in=levels).order_by("path")
        field.label_from_instance = lambda area: f"{area.code} {area.name}"  # type: ignore[assignment]


@admin.register(TaxTotal)
class TaxTotalAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """The tax authority's own totals."""

    empty_text = (
        "税务部门的每日汇总列在这里：由其程序报送，在“清单导入”上传“税务缴费汇总”，或按来函“登记税务汇总”。"
    )
    list_display = ("day", "area_name", "channel", "count", "amount", "as_of", "recorded_at")
    list_filter = (("day", RangeDateFilter), ("area", admin.RelatedOnlyFieldListFilter), "channel")
    list_select_related = ("area",)
    search_fields = ("area__name", "channel")
    ordering = ("-day", "pk")
    fields = (("area", "day", "channel"), ("count", "amount"), ("as_of", "recorded_at"))
    actions_list = ("enter", "export_csv")

    @action(
        description="登记税务汇总", icon="edit_note", permissions=["clerk"], variant=ActionVariant.PRIMARY
    )
    def enter(self, request: HttpRequest) -> HttpResponse:
        """Ask what a letter says and record it, or propose it to a second person."""
        form = TotalForm(request.POST or None, user=request.user, initial={"as_of": timezone.localdate()})

        def work() -> tuple[str, str]:
            said = dict(form.cleaned_data)
            reason = said.pop("reason")
            case = enter_total(
                said=EnteredTotal(**said),
                reason=reason,
                today=timezone.localdate(),
                user=request.user,  # type: ignore[arg-type]  # staff only
            )
            if case is None:
                return f"已登记 {said['day']} 税务汇总 {said['count']} 笔 {said['amount']} 元。", list_url(
                    TaxTotal
                )
            return "该日已有汇总，更正须另一人在工单上复核后生效。", change_url(case)

        return self.ask_to_begin(request, form, work, title="登记税务汇总", submit_text="登记")
