"""Yearly billing (年度集中开单): planned for an area, looked at, confirmed, watched, taken away as xlsx."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from enrollment.admin.billing_form import BillingForm
from enrollment.admin.billing_tables import (
    LEFT_OUT,
    LINES,
    file_of,
    job_of,
    progress_of_run,
    run_context,
    xlsx_lines,
)
from enrollment.models import BillingRun, BillingState
from enrollment.selectors.billing import left_out_of, reason_label, stage_of
from enrollment.services.billing.runs import cancel_billing, confirm_billing, open_billing
from enrollment.tasks import kick_billing
from exchange.admin.progress import PART
from exchange.models import JobStatus
from exchange.services.jobs import pause_job, resume_job
from policy.admin.display import change_url, choice_badge, link
from policy.admin.house import ReadOnly, asks
from registry.admin.base import ScopedAdmin

READ_AT_ONCE = 2_000
AT_WORK = (BillingState.PLANNING, BillingState.BILLING)
STATES = {
    BillingState.PLANNING: "orange",
    BillingState.PLANNED: "blue",
    BillingState.BILLING: "orange",
    BillingState.DONE: "green",
    BillingState.CANCELLED: "",
}


@admin.register(BillingRun)
class BillingRunAdmin(ReadOnly, ScopedAdmin):
    """One billing of an area and year."""

    list_display = (
        "coverage_year", "area_name", "standing", "scope", "pay_day", "people", "started_by", "started_at",
        "finished_at",
    )  # fmt: skip
    list_filter = ("coverage_year", ("state", ChoicesDropdownFilter))
    list_select_related = ("area", "started_by")
    search_fields = ("area__name", "area__code__startswith")
    ordering = ("-pk",)
    actions_list = ("start_billing", "export_csv")
    actions_detail = ("confirm", "resume", "pause", "cancel", "export_lines", "export_left_out")
    fields = (
        ("coverage_year", "area", "standing"),
        ("scope", "pay_day", "people"),
        ("started_by", "started_at", "planning_link"),
        ("confirmed_by", "confirmed_at", "billing_link", "finished_at"),
    )
    readonly_fields = ("standing", "people", "planning_link", "billing_link")
    change_form_outer_after_template = "admin/openyibao/billing.html"

    @admin.display(description="状态")
    def standing(self, run: BillingRun) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(run, "state", STATES)

    @admin.display(description="人数")
    def people(self, run: BillingRun) -> str:
        """Show how many are billed, or would be."""
        counts = run.counts.get(stage_of(run))
        return f"{counts['people']:,}" if counts else "—"

    @admin.display(description="试算任务")
    def planning_link(self, run: BillingRun) -> str:
        """Lead to the job of the plan."""
        return link(run.planning, "查看进度")

    @admin.display(description="开单任务")
    def billing_link(self, run: BillingRun) -> str:
        """Lead to the job that bills."""
        return link(run.billing, "查看进度")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Send the part of the page that shows how far the run is, where it asks for that alone."""
        asked = object_id and request.GET.get("part") == PART
        row = self.get_object(request, object_id) if asked else None
        if row is not None:
            progress = progress_of_run(row)
            if progress is None:
                return HttpResponse(headers={"HX-Refresh": "true"})
            return HttpResponse(render_to_string("admin/openyibao/progress.html", {"progress": progress}))
        page: HttpResponseBase = super().changeform_view(request, object_id, form_url, extra_context)
        return page

    def besides(self, request: HttpRequest, row: BillingRun | None) -> dict[str, Any]:
        """Return how far the run is, and what it would do or did."""
        return run_context(row) if row is not None else {}

    @action(
        description="试算开单", icon="calculate", permissions=["supervisor"], variant=ActionVariant.PRIMARY
    )
    def start_billing(self, request: HttpRequest) -> HttpResponse:
        """Plan a billing in the background and lead to it; nobody is registered by this."""
        next_year = timezone.localdate().year + 1
        form = BillingForm(request.POST or None, user=request.user, initial={"year": next_year})

        def work() -> tuple[str, str]:
            run = _opened(form.cleaned_data, request.user)
            return "正在后台试算，完成后请核对并确认开单。", change_url(run)

        return self.ask_to_begin(request, form, work, title="年度集中开单")

    @asks(
        title="确认开单",
        description="为名单内的人员登记并核定，已登记的不重复。",
        may="confirm",
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
    )
    def confirm(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Have workers bill what the plan shows."""

        def work() -> str:
            assert isinstance(request.user, User)
            run = confirm_billing(run_id=self.visible(request, object_id).pk, user=request.user)
            kick_billing(run)
            return "已开始开单，进度见本页。"

        return self.conclude(request, work)

    @asks(title="暂停", description="办完手头的分段后暂停。", may="pause", icon="pause_circle")
    def pause(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Let the run rest."""

        def work() -> str:
            pause_job(job=job_of(self.visible(request, object_id)))
            return "已暂停，随时可以继续。"

        return self.conclude(request, work)

    @asks(
        title="继续",
        description="从断点接着办。",
        may="resume",
        icon="play_circle",
        variant=ActionVariant.PRIMARY,
    )
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Let a paused or failed run go on."""

        def work() -> str:
            run = self.visible(request, object_id)
            resume_job(job=job_of(run))
            kick_billing(run)
            return "已继续办理。"

        return self.conclude(request, work)

    @asks(
        title="取消",
        description="不再继续；已开单的保留。",
        may="cancel",
        icon="cancel",
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Stop the run for good."""

        def work() -> str:
            cancel_billing(run_id=self.visible(request, object_id).pk)
            return "已取消；已开单的保留。"

        return self.conclude(request, work)

    @action(description="导出汇总", icon="download", permissions=["view"])
    def export_lines(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the lines and their sum as xlsx."""
        run = self.visible(request, object_id)
        return file_of(run, "开单汇总", LINES, xlsx_lines(run))

    @action(description="导出未开单名单", icon="download", permissions=["view"])
    def export_left_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send who is left out and why as xlsx, numbers masked."""
        run = self.visible(request, object_id)
        rows = (
            (
                row.resident.name,
                row.resident.masked_id_number,
                row.resident.living_area.name,
                reason_label(row.reason),
            )
            for row in left_out_of(run).iterator(chunk_size=READ_AT_ONCE)
        )
        return file_of(run, "未开单名单", LEFT_OUT, rows)

    def has_confirm_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the plan is ready and the user supervises the area."""
        return self._may(request, obj, BillingState.PLANNED)

    def has_pause_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether workers are at it."""
        return self._may(request, obj, *AT_WORK, job=(JobStatus.QUEUED, JobStatus.RUNNING))

    def has_resume_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it rests or a part of it failed."""
        return self._may(request, obj, *AT_WORK, job=(JobStatus.PAUSED, JobStatus.FAILED))

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is not over."""
        return self._may(request, obj, *AT_WORK, BillingState.PLANNED)

    def _may(
        self, request: HttpRequest, obj: Any, *states: str, job: Sequence[str] = tuple(JobStatus.values)
    ) -> bool:
        if not self.has_supervisor_permission(request, obj):
            return False
        if obj is None:
            return True
        key = obj.pk if isinstance(obj, BillingRun) else obj
        run = (
            BillingRun.objects.filter(pk=key, state__in=states).select_related("planning", "billing").first()
        )
        return run is not None and job_of(run).status in job


def _opened(asked: dict[str, Any], user: Any) -> BillingRun:
    run = open_billing(
        area=asked["area"],
        coverage_year=asked["year"],
        today=timezone.localdate(),
        pay_day=asked["pay_day"],
        scope=asked["scope"],
        user=user,
    )
    kick_billing(run)
    return run
