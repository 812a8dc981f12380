"""Reconciliations (人费核对): run, look at, explain by class, close, print and export."""

import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from oversight import tasks
from oversight.admin.difference_forms import AssignClassForm, ExplainClassForm, MonthForm
from oversight.admin.reconciliation_report import (
    CLASS_HEAD,
    facts_of,
    figures_table,
    printed,
    report_file,
    yuan_of,
)
from oversight.models import Difference, Reconciliation, ReconciliationState
from oversight.selectors.reconciliations import counts_by_kind
from oversight.services.reconcile import open_run
from oversight.services.settle_differences import assign, close_month, explain
from policy.admin.display import change_url, choice_badge, facts, list_url, table, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReasonForm, asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin
from registry.models import Area

STATES = {ReconciliationState.OPEN: "orange", ReconciliationState.CLOSED: "green"}


@admin.register(Reconciliation)
class ReconciliationAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """One area and month a row."""

    empty_text = "在这里按地区、月份核对参保人数与缴费、资助、税务汇总。"
    list_display = (
        "month_text",
        "area_name",
        "standing",
        "people",
        "booked_yuan",
        "tax_yuan",
        "left",
        "run_at",
    )
    list_display_links = ("month_text",)
    list_filter = (("state", ChoicesDropdownFilter), "month")
    list_select_related = ("area",)
    search_fields = ("area__name", "area__code__startswith")
    ordering = ("-month", "area__path")
    fields = ("summary", "classes", "lines")
    readonly_fields = fields
    actions_list = ("begin", "export_csv")
    actions_detail = ("run_again", "assign_class", "explain_class", "close", "print_report", "export_report")

    @admin.display(description="月份", ordering="month")
    def month_text(self, paper: Reconciliation) -> str:
        """Show the month."""
        return f"{paper.month:%Y-%m}"

    @admin.display(description="状态")
    def standing(self, paper: Reconciliation) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(paper, "state", STATES)

    @admin.display(description="参保人数")
    def people(self, paper: Reconciliation) -> str:
        """Show how many people the month insured."""
        return f"{paper.totals.get('people', 0):,}"

    @admin.display(description="入账净额")
    def booked_yuan(self, paper: Reconciliation) -> str:
        """Show the money booked."""
        return yuan_of(paper, "booked_amount")

    @admin.display(description="税务净额")
    def tax_yuan(self, paper: Reconciliation) -> str:
        """Show what the tax authority says."""
        return yuan_of(paper, "tax_amount") if paper.totals.get("tax_until") else "未报"

    @admin.display(description="待说明")
    def left(self, paper: Reconciliation) -> str:
        """Show how many differences wait, as of the last run."""
        return f"{paper.totals.get('open', 0):,}"

    @admin.display(description="核对结果")
    def summary(self, paper: Reconciliation) -> SafeString:
        """Show the figures of the whole month."""
        return facts([("状态", self.standing(paper)), *facts_of(paper)])

    @admin.display(description="差异")
    def classes(self, paper: Reconciliation) -> SafeString:
        """Show the classes, each leading to its rows."""
        rows = [
            (
                link_to(each.label, reconciliation__id__exact=paper.pk, kind__exact=each.kind),
                each.open,
                each.explained,
                each.resolved,
                yuan_text(each.amount),
            )
            for each in counts_by_kind(paper)
        ]
        return table(CLASS_HEAD, rows, empty="没有差异", numeric=range(1, 5))

    @admin.display(description="按地区、渠道")
    def lines(self, paper: Reconciliation) -> SafeString:
        """Show the month by place and channel; the export has it by day."""
        return figures_table(paper, "按地区、渠道")

    @action(description="核对一个月", icon="balance", permissions=["clerk"], variant=ActionVariant.PRIMARY)
    def begin(self, request: HttpRequest) -> HttpResponse:
        """Ask for area and month and start the work in the background."""
        form = MonthForm(request.POST or None, user=request.user, initial={"month": _last_month()})

        def work() -> tuple[str, str]:
            month = datetime.date.fromisoformat(f"{form.cleaned_data['month']}-01")
            return start(form.cleaned_data["area"], month, request.user), list_url(Reconciliation)

        return self.ask_to_begin(request, form, work, title="人费核对", submit_text="开始核对")

    def has_waiting_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the month is open and the user works in the area."""
        return self._is_open(obj) and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    def has_closing_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the month is open and the user reviews or supervises the area."""
        return self._is_open(obj) and self.has_reviewer_permission(request, obj)

    def _is_open(self, obj: Any) -> bool:
        key = obj.pk if isinstance(obj, Reconciliation) else obj
        return key is None or Reconciliation.objects.filter(pk=key, state=ReconciliationState.OPEN).exists()

    @asks(title="重新核对", description="已说明且没有变动的差异不受影响。", may="waiting", icon="sync")
    def run_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Compare the month again in the background."""
        paper = self.visible(request, object_id)
        return self.conclude(request, lambda: start(paper.area, paper.month, request.user))

    @asks(title="分派一类差异", form=AssignClassForm, may="waiting", icon="assignment_ind")
    def assign_class(self, request: HttpRequest, form: AssignClassForm, object_id: str) -> HttpResponse:
        """Make a colleague answer for the waiting differences of a class."""

        def work() -> str:
            assert isinstance(request.user, User)
            keys = form.chosen(self.visible(request, object_id))
            done = assign(differences=keys, owner=form.cleaned_data["owner"], user=request.user)
            return f"已分派 {len(done):,} 条。"

        return self.conclude(request, work)

    @asks(title="说明一类差异", form=ExplainClassForm, may="waiting", icon="edit_note")
    def explain_class(self, request: HttpRequest, form: ExplainClassForm, object_id: str) -> HttpResponse:
        """Say what the waiting differences of a class are."""

        def work() -> str:
            assert isinstance(request.user, User)
            keys = form.chosen(self.visible(request, object_id))
            done = explain(differences=keys, explanation=form.cleaned_data["reason"], user=request.user)
            return f"已说明 {len(done):,} 条。"

        return self.conclude(request, work)

    @asks(
        title="结账",
        description="结账前再核对一次；还有待说明的差异就不能结账。结账后数字不再变动。",
        form=ReasonForm,
        may="closing",
        icon="lock",
    )
    def close(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Close the month."""

        def work() -> str:
            assert isinstance(request.user, User)
            close_month(
                paper=self.visible(request, object_id),
                reason=form.cleaned_data["reason"],
                today=timezone.localdate(),
                user=request.user,
            )
            return "已结账。"

        return self.conclude(request, work)

    @action(description="打印版", icon="print", permissions=["view"])
    def print_report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the report as it is printed."""
        paper = self.visible(request, object_id)
        context = self.admin_site.each_context(request) | printed(paper) | {"back": change_url(paper)}
        return TemplateResponse(request, "admin/openyibao/report.html", context)

    @action(description="导出报告", icon="download", permissions=["view"])
    def export_report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the whole report as xlsx, its differences last, at most 100,000."""
        return report_file(self.visible(request, object_id))


def start(area: Area, month: datetime.date, user: Any) -> str:
    """Queue the comparison; return the sentence that says so.

    :raises MonthClosed: if the month is closed
    """
    with transaction.atomic():
        job = open_run(area=area, month=month, today=timezone.localdate(), user=user)
        transaction.on_commit(lambda: tasks.reconcile_chunk.delay(job_id=job.pk), robust=True)
    return f"{area.name} {month:%Y-%m} 人费核对已开始，进度见后台任务 #{job.pk}。"


def link_to(text: str, **conditions: object) -> SafeString | str:
    """Return a link to the differences that meet the conditions."""
    return format_html('<a href="{}">{}</a>', list_url(Difference, **conditions), text)


def _last_month() -> str:
    first = timezone.localdate().replace(day=1)
    return f"{first - datetime.timedelta(days=1):%Y-%m}"
