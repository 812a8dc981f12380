"""Alerts (高额费用预警): who crossed a line, who was told, what they answered."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from benefits.admin.alert_forms import AgencyForm, AnswerForm, VisitForm
from benefits.admin.runs import MONTHLY_SCAN, run_page
from benefits.models import WAITING, Alert, AlertAnswer, AlertState
from benefits.rules.alert_answers import ACKNOWLEDGED, Words
from benefits.selectors.alerts import is_late, push_rows
from benefits.services.alert_answers import answer_alert
from benefits.services.answer_lists import ANSWERS
from exchange.admin.downloads import xlsx_answer
from exchange.models import Agency
from exchange.parsers.writer import write_xlsx
from hardship.admin.recognitions import origin
from hardship.models import Category, Recognition
from policy.admin.display import choice_badge, figures, link, list_url, table, trace_table, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReadOnlyInline, asks
from registry.admin.base import ScopedAdmin
from registry.admin.panels import panel
from registry.selectors import scope_filter
from registry.services.log_access import log_export

STATES = {
    AlertState.SENT: "orange",
    AlertState.ACKNOWLEDGED: "blue",
    AlertState.VISITED: "blue",
    AlertState.ANSWERED: "green",
    AlertState.WITHDRAWN: "",
}
MOST_SHOWN = 5


class AlertAnswerInline(ReadOnlyInline):
    """What agencies said."""

    model = AlertAnswer
    fields = (
        "agency", "step", "outcome", "category_label", "since", "document", "reason_code", "reason", "checked_by",
        "checked_on", "received_at", "recorded_by", "plan",
    )  # fmt: skip
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read what the rows name along."""
        named = Category.objects.filter(pk=OuterRef("category")).values("label")
        rows = super().get_queryset(request).annotate(label=Subquery(named))
        return rows.select_related("agency", "recorded_by", "plan")

    @admin.display(description="纳入类别", empty_value="-")
    def category_label(self, answer: Any) -> str | None:
        """Name the category."""
        label: str | None = answer.label
        return label


class Lateness(admin.SimpleListFilter):
    """By whether a step is late."""

    title = "时限"
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[tuple[str, str]]:
        """Offer those that are late."""
        yield "1", "超期"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        """Leave those of which a step is late today."""
        return queryset.filter(is_late(timezone.localdate())) if self.value() else queryset


@admin.register(Alert)
class AlertAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Alerts and the agencies' answers."""

    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "masked_number", "month", "rule_label", "amount", "threshold", "standing", "outcome",
        "answer_due_on",
    )  # fmt: skip
    list_display_links = ("rule_label",)
    list_filter = (("state", ChoicesDropdownFilter), ("outcome", ChoicesDropdownFilter), Lateness, "month")
    list_select_related = ("resident",)
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("resident_link", "masked_number", "area", "standing", "outcome"),
        ("rule_label", "month", "measured_on", "amount", "threshold"),
        ("event_link", "pushed_on", "created_at", "policy_key"),
        ("acknowledge_due_on", "visit_due_on", "answer_due_on"),
        ("acknowledged_on", "visited_on", "answered_on"),
        "working",
    )
    readonly_fields = ("resident_link", "masked_number", "standing", "event_link", "working")
    actions_list = ("scan", "push_list", "export_csv")
    actions_detail = ("acknowledge", "record_visit", "record_answer")
    inlines = (AlertAnswerInline,)

    @admin.display(description="状态")
    def standing(self, alert: Alert) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(alert, "state", STATES)

    def has_answer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the alert stands and the user handles its area."""
        return self._stands(obj, AlertState.WITHDRAWN) and self.has_clerk_permission(request, obj)

    def has_visit_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the alert waits and the user handles its area."""
        done = (AlertState.WITHDRAWN, AlertState.ANSWERED)
        return self._stands(obj, *done) and self.has_clerk_permission(request, obj)

    def has_acknowledge_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether nobody has acknowledged the alert and the user handles its area."""
        done = [state for state in AlertState if state != AlertState.SENT]
        return self._stands(obj, *done) and self.has_clerk_permission(request, obj)

    def _stands(self, obj: Any, *done: str) -> bool:
        key = obj.pk if isinstance(obj, Alert) else obj
        return key is None or Alert.objects.filter(pk=key).exclude(state__in=done).exists()

    @action(description="扫描预警", icon="radar", permissions=["supervisor"], variant=ActionVariant.PRIMARY)
    def scan(self, request: HttpRequest) -> HttpResponse:
        """Show whom a scan would warn of, then start it."""
        return run_page(self, request, MONTHLY_SCAN)

    @action(description="导出推送表", icon="assignment", permissions=["clerk"])
    def push_list(self, request: HttpRequest) -> HttpResponse:
        """Send the waiting alerts of the list, as it is filtered now, as the form the agencies fill in."""
        alerts = self.get_changelist_instance(request).get_queryset(request)
        form = ANSWERS.form
        assert isinstance(request.user, User)
        people = alerts.filter(state__in=WAITING).values_list("resident_id", flat=True)
        log_export(user=request.user, resident_ids=set(people), purpose=f"导出{form.title}")
        content = write_xlsx(form.headings, push_rows(alerts, form.headings), title=form.title)
        return xlsx_answer(content, f"{form.title}-{timezone.localdate()}")

    @asks(title="登记签收", description="部门电话、来函签收的，由经办人代为登记。", form=AgencyForm,
          may="acknowledge", icon="mark_email_read")  # fmt: skip
    def acknowledge(self, request: HttpRequest, form: AgencyForm, object_id: str) -> HttpResponse:
        """Record that an agency has the alert."""
        return self._record(request, form.cleaned_data["agency"], Words(step=ACKNOWLEDGED), object_id)

    @asks(title="登记入户", description="部门已入户、还没有结果的，由经办人代为登记。", form=VisitForm, may="visit",
          icon="home_pin")  # fmt: skip
    def record_visit(self, request: HttpRequest, form: VisitForm, object_id: str) -> HttpResponse:
        """Record that an agency visited."""
        return self._record(request, form.cleaned_data["agency"], form.words(), object_id)

    @asks(title="登记反馈", description="部门以函件、电话反馈的，由经办人代为登记；纳入困难身份的另需确认认定方案。",
          form=AnswerForm, may="answer", icon="rate_review")  # fmt: skip
    def record_answer(self, request: HttpRequest, form: AnswerForm, object_id: str) -> HttpResponse:
        """Record what an agency found."""
        return self._record(request, form.cleaned_data["agency"], form.words(), object_id)

    def _record(self, request: HttpRequest, agency: Agency, words: Words, object_id: str) -> HttpResponse:
        def work() -> str:
            assert isinstance(request.user, User)
            alert = self.visible(request, object_id)
            answer = answer_alert(alert=alert, agency=agency, words=words, user=request.user)
            if answer is None:
                return "已登记。"
            plan = f"认定方案为批次 {answer.plan_id}，请核对后确认。" if answer.plan_id else ""
            return f"已登记。{plan}"

        return self.conclude(request, work)

    @admin.display(description="推送事件")
    def event_link(self, alert: Alert) -> str:
        """Lead to what was sent."""
        return link(alert.event, "查看推送")

    @admin.display(description="计算过程")
    def working(self, alert: Alert) -> SafeString:
        """Show the steps."""
        return trace_table(alert.trace)


@origin
def alert_of(recognition: Recognition) -> SafeString | str:
    """Lead from a recognition to the alert that found it."""
    if recognition.batch_id is None:
        return ""
    answers = AlertAnswer.objects.filter(
        plan=recognition.batch_id, alert__resident=recognition.resident_id, category=recognition.category_id
    )
    answer = answers.select_related("alert").order_by("pk").first()
    return link(answer.alert, f"预警 #{answer.alert_id} 核查反馈") if answer else ""


@panel(place=30, title="高额费用预警", permission="benefits.view_alert")
def alerts_panel(request: HttpRequest) -> SafeString:
    """Return how many alerts stand where, and the latest without an answer."""
    mine = Alert.objects.filter(scope_filter(request.user))
    counts = dict(mine.values_list("state").annotate(Count("pk")).order_by("state"))
    today = timezone.localdate()
    waiting = mine.filter(state__in=WAITING)
    late = waiting.filter(is_late(today)).count()
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
    late_ones = ("超期", late, list_url(Alert, late=1))
    return figures([*shown, late_ones]) + table(heads, rows, numeric=[2], empty="没有待反馈的预警")
