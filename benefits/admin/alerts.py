"""Alerts (高额费用预警): who crossed a line, who was told, what they answered."""

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from benefits.models import Alert, AlertAnswer, AlertState
from policy.admin.display import choice_badge, figures, link, table, trace_table, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReadOnlyInline
from registry.admin.base import ScopedAdmin
from registry.admin.panels import panel
from registry.selectors import scope_filter

STATES = {
    AlertState.SENT: "orange",
    AlertState.ACKNOWLEDGED: "blue",
    AlertState.ANSWERED: "green",
    AlertState.WITHDRAWN: "",
}
MOST_SHOWN = 5


class AlertAnswerInline(ReadOnlyInline):
    """What agencies found."""

    model = AlertAnswer
    fields = ("agency", "outcome", "category", "reason", "checked_by", "checked_on", "received_at")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the agencies along."""
        return super().get_queryset(request).select_related("agency")


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
    inlines = (AlertAnswerInline,)

    @admin.display(description="状态")
    def standing(self, alert: Alert) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(alert, "state", STATES)

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
    waiting = mine.filter(state__in=[AlertState.SENT, AlertState.ACKNOWLEDGED])
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
    pairs = [(label, counts.get(code, 0)) for code, label in AlertState.choices]
    heads = ["参保人", "预警类型", "个人负担", "统计月份"]
    return figures([*pairs, ("超期未反馈", late)]) + table(heads, rows, numeric=[2], empty="没有待反馈的预警")
