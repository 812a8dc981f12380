"""Jobs (后台任务): how far, what failed, and stopping one."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant

from exchange.models import Job, JobChunk, JobStatus
from exchange.services.jobs import cancel_job
from policy.admin.display import choice_badge, pairs_text
from policy.admin.house import ReadOnly, ReadOnlyInline, asks
from registry.admin.base import ScopedAdmin
from registry.selectors import Viewer

KINDS = {
    "year_end": "年终激励核算",
    "monthly_alerts": "月度预警扫描",
    "reconcile": "人费核对",
    "complete_subsidies": "财政补助补算",
    "complete_subsidies_asked": "财政补助补齐",
    "follow_identities": "身份变动跟进",
    "follow_retroactive": "追溯变更跟进",
    "plan_billing": "集中开单试算",
    "bill_year": "年度集中开单",
    "plan_list": "清单读取",
    "replan_list": "清单重新比对",
    "retry_held": "重试待处理行",
    "preview_name": "名称对照预览",
    "apply_list": "清单生效",
}
PARAMS = {
    "year": "年度",
    "month": "月份",
    "area": "地区",
    "policy": "政策版本",
    "pay_day": "核定日期",
    "run": "核算批次",
    "today": "办理日",
    "since": "变动自",
    "until": "变动至",
    "batch": "批次",
    "user": "确认人",
    "second_user": "复核人",
}
LABELS = {
    JobStatus.QUEUED: "blue",
    JobStatus.RUNNING: "orange",
    JobStatus.PAUSED: "blue",
    JobStatus.DONE: "green",
    JobStatus.FAILED: "red",
    JobStatus.CANCELLED: "",
}


class ChunkInline(ReadOnlyInline):
    """The job's parts."""

    model = JobChunk
    fields = ("seq", "from_key", "to_key", "status", "done_rows", "error")
    ordering = ("seq",)
    verbose_name_plural = "分段"


@admin.register(Job)
class JobAdmin(ReadOnly, ScopedAdmin):
    """Long work and its progress."""

    empty_text = "较大的清单和年终核算在后台办理时列在这里。"
    list_display = ("kind_name", "area_name", "state", "progress", "created_at", "finished_at", "created_by")
    list_filter = (("status", ChoicesDropdownFilter),)
    list_select_related = ("area", "created_by")
    search_fields = ("kind",)
    ordering = ("-pk",)
    actions_detail = ("cancel",)
    inlines = (ChunkInline,)
    fields = (
        ("kind_name", "state", "progress"),
        ("area", "created_by", "created_at"),
        ("started_at", "finished_at"),
        "asked",
        "message",
    )
    readonly_fields = ("kind_name", "state", "progress", "asked")

    def rows_of(self, user: Viewer, *, roles: Collection[str] = ()) -> Q:
        """Return the jobs of the user's areas; those of no area are everybody's to see."""
        mine = super().rows_of(user, roles=roles)
        return mine | Q(area__isnull=True) if mine and not roles else mine

    @admin.display(description="任务", ordering="kind")
    def kind_name(self, job: Job) -> str:
        """Name the kind of work."""
        return KINDS.get(job.kind, job.kind)

    @admin.display(description="地区")
    def area_name(self, job: Job) -> str:
        """Name the area."""
        return job.area.name if job.area else "全部"

    @admin.display(description="状态")
    def state(self, job: Job) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(job, "status", LABELS)

    @admin.display(description="进度")
    def progress(self, job: Job) -> str:
        """Show how far it is."""
        if job.status == JobStatus.DONE:
            return format_html('<div class="oy-bar"><i style="width: 100%"></i></div>{}', f"{job.done:,}")
        share = round(100 * job.done / job.total) if job.total else 0
        bar = '<div class="oy-bar"><i style="width: {}%"></i></div>{} / {}'
        return format_html(bar, share, f"{job.done:,}", f"{job.total:,}")

    @admin.display(description="参数")
    def asked(self, job: Job) -> str:
        """Show what was asked."""
        return pairs_text({name: value for name, value in job.params.items() if name in PARAMS}, PARAMS)

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the job still runs and the user supervises its area."""
        key = obj.pk if isinstance(obj, Job) else obj
        runs = (
            key is None
            or Job.objects.filter(
                pk=key, status__in=[JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.PAUSED]
            ).exists()
        )
        return runs and self.has_supervisor_permission(request, obj)

    @asks(title="停止任务", description="已完成的分段保留，未开始的分段不再执行。", may="cancel", icon="stop_circle",
          variant=ActionVariant.DANGER)  # fmt: skip
    def cancel(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Stop the job before its next chunk."""

        def work() -> str:
            cancel_job(job=self.visible(request, object_id))
            return "任务已停止。"

        return self.conclude(request, work)
