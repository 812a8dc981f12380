"""Year ends (年终激励核算) and what they counted."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from benefits.admin.runs import YEAR_END, counts_table, run_page
from benefits.models import IncentiveRun, RunState
from policy.admin.display import choice_badge, link
from policy.admin.house import ReadOnly
from registry.admin.base import ScopedAdmin

STATES = {RunState.RUNNING: "orange", RunState.APPLIED: "green", RunState.FAILED: "red"}


@admin.register(IncentiveRun)
class IncentiveRunAdmin(ReadOnly, ScopedAdmin):
    """One run for an area and year; every state names its run."""

    list_display = ("year", "area_name", "standing", "policy_key", "started_by", "started_at", "applied_at")
    list_filter = ("year", ("state", ChoicesDropdownFilter))
    list_select_related = ("area", "started_by")
    search_fields = ("area__name", "area__code__startswith")
    ordering = ("-year", "area__path")
    fields = (
        ("year", "area", "standing"),
        ("policy_key", "policy_digest", "job_link"),
        ("started_by", "started_at", "applied_at"),
        "counted",
    )
    readonly_fields = ("standing", "job_link", "counted")
    actions_list = ("start_run", "export_csv")

    @action(
        description="年终核算", icon="play_arrow", permissions=["supervisor"], variant=ActionVariant.PRIMARY
    )
    def start_run(self, request: HttpRequest) -> HttpResponse:
        """Show what a year end would do, then start it."""
        return run_page(self, request, YEAR_END)

    @admin.display(description="状态")
    def standing(self, run: IncentiveRun) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(run, "state", STATES)

    @admin.display(description="作业")
    def job_link(self, run: IncentiveRun) -> str:
        """Lead to the job and its progress."""
        return link(run.job, "查看进度")

    @admin.display(description="统计")
    def counted(self, run: IncentiveRun) -> SafeString:
        """Show what the run did."""
        return counts_table(run.counts)
