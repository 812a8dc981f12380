"""Alerts (高额费用预警): who crossed a line, who was told, what they answered."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from benefits.admin.runs import MONTHLY_SCAN, run_page
from benefits.models import Alert, AlertAnswer, AlertState, Outcome
from benefits.services.alert_answers import answer_alert
from exchange.models import Agency
from hardship.models import Category
from policy.admin.display import choice_badge, figures, link, list_url, table, trace_table, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import DayInput, ReadOnly, ReadOnlyInline, asks
from registry.admin.base import ScopedAdmin
from registry.admin.panels import panel
from registry.selectors import area_chain, scope_filter

STATES = {
    AlertState.SENT: "orange",
    AlertState.ACKNOWLEDGED: "blue",
    AlertState.ANSWERED: "green",
    AlertState.WITHDRAWN: "",
}
MOST_SHOWN = 5
UNANSWERED = (AlertState.SENT, AlertState.ACKNOWLEDGED)
ANSWER_FIELDS = ("agency", "outcome", "category", "reason", "checked_by", "checked_on")


class AlertAnswerInline(ReadOnlyInline):
    """What agencies found."""

    model = AlertAnswer
    fields = ("agency", "outcome", "category", "reason", "checked_by", "checked_on", "received_at")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the agencies along."""
        return super().get_queryset(request).select_related("agency")


class AnswerForm(BaseDialogForm):
    """What an agency found."""

    agency = forms.ModelChoiceField(Agency.objects.none(), label="反馈机构", widget=UnfoldAdminSelectWidget)
    outcome = forms.ChoiceField(label="核查结果", choices=Outcome.choices, widget=UnfoldAdminSelectWidget)
    category = forms.ModelChoiceField(
        Category.objects.order_by("label"), label="纳入类别", required=False, widget=UnfoldAdminSelectWidget
    )
    reason = forms.CharField(label="说明", max_length=200, required=False, widget=UnfoldAdminTextInputWidget)
    checked_by = forms.CharField(label="核查人", max_length=60, widget=UnfoldAdminTextInputWidget)
    checked_on = forms.DateField(label="核查日期", widget=DayInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alert = Alert.objects.select_related("event", "area").get(pk=self.object_id)
        field = self.fields["agency"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Agency.objects.filter(
            kind__in=alert.event.agency_kinds, area__code__in=area_chain(alert.area)
        ).order_by("name")

    def clean_category(self) -> str:
        """Return the code the service wants."""
        category = self.cleaned_data["category"]
        return category.pk if category else ""


@admin.register(Alert)
class AlertAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Alerts and the agencies' answers."""

    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "masked_number", "month", "rule_label", "amount", "threshold", "standing", "answer_due_on",
    )  # fmt: skip
    list_display_links = ("rule_label",)
    list_filter = (("state", ChoicesDropdownFilter), "month")
    list_select_related = ("resident",)
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("resident_link", "masked_number", "area", "standing"),
        ("rule_label", "month", "amount", "threshold"),
        ("event_link", "answer_due_on", "created_at", "policy_key"),
        "working",
    )
    readonly_fields = ("resident_link", "masked_number", "standing", "event_link", "working")
    actions_list = ("scan", "export_csv")
    actions_detail = ("record_answer",)
    inlines = (AlertAnswerInline,)

    @admin.display(description="状态")
    def standing(self, alert: Alert) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(alert, "state", STATES)

    def has_answer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the alert stands and the user handles its area."""
        key = obj.pk if isinstance(obj, Alert) else obj
        stands = key is None or Alert.objects.filter(pk=key).exclude(state=AlertState.WITHDRAWN).exists()
        return stands and self.has_clerk_permission(request, obj)

    @action(description="扫描预警", icon="radar", permissions=["supervisor"], variant=ActionVariant.PRIMARY)
    def scan(self, request: HttpRequest) -> HttpResponse:
        """Show whom a scan would warn of, then start it."""
        return run_page(self, request, MONTHLY_SCAN)

    @asks(title="登记反馈", description="部门以函件、电话反馈的，由经办人代为登记。", form=AnswerForm, may="answer",
          icon="rate_review")  # fmt: skip
    def record_answer(self, request: HttpRequest, form: AnswerForm, object_id: str) -> HttpResponse:
        """Record what an agency found."""

        def work() -> str:
            alert = self.visible(request, object_id)
            given = {name: form.cleaned_data[name] for name in ANSWER_FIELDS}
            answer_alert(alert=alert, **given)
            return "反馈已登记。"

        return self.conclude(request, work)

    @admin.display(description="推送事件")
    def event_link(self, alert: Alert) -> str:
        """Lead to what was sent."""
        return link(alert.event, "查看推送")

    @admin.display(description="计算过程")
    def working(self, alert: Alert) -> SafeString:
        """Show the steps."""
        return trace_table(alert.trace)


@panel(place=30, title="高额费用预警", permission="benefits.view_alert")
def alerts_panel(request: HttpRequest) -> SafeString:
    """Return how many alerts stand where, and the latest without an answer."""
    mine = Alert.objects.filter(scope_filter(request.user))
    counts = dict(mine.values_list("state").annotate(Count("pk")).order_by("state"))
    today = timezone.localdate()
    waiting = mine.filter(state__in=UNANSWERED)
    late = waiting.filter(answer_due_on__lt=today).count()
    latest = waiting.select_related("resident").order_by("-pk")[:MOST_SHOWN]
    rows = [
        (
            link(alert.resident, alert.resident.name),
            link(alert, alert.rule_label),
            yuan_text(alert.amount),
            alert.month,
        )
        for alert in latest
    ]
    shown = [
        (label, counts.get(code, 0), list_url(Alert, state__exact=code)) for code, label in AlertState.choices
    ]
    heads = ["参保人", "预警类型", "个人负担", "统计月份"]
    late_ones = ("超期未反馈", late, list_url(Alert, answer_due_on__lt=today, state__in=",".join(UNANSWERED)))
    return figures([*shown, late_ones]) + table(heads, rows, numeric=[2], empty="没有待反馈的预警")
