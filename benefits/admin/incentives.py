"""Year ends (年终激励核算): proposed, looked at, approved by a second person, taken back."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from benefits.admin.incentive_pages import YearEndForm, progress_of_run, run_context
from benefits.admin.year_end_people import people_page
from benefits.models import UNDECIDED, IncentiveRun, RunState
from benefits.services.year_end import open_year_end, resume_year_end, stage_job
from benefits.services.year_end_decisions import (
    approve_year_end,
    cancel_year_end,
    reject_year_end,
    undo_year_end,
)
from benefits.tasks import kick_year_end
from exchange.admin.progress import PART, progress_answer
from exchange.models import UNDER_WAY, JobStatus
from exchange.services.jobs import pause_job
from policy.admin.display import change_url, choice_badge, link
from policy.admin.house import ReadOnly, ReasonForm, asks
from registry.admin.base import ScopedAdmin

AT_WORK = (RunState.COMPUTING, RunState.FAILED, RunState.APPLIED)
RESTING = (JobStatus.PAUSED, JobStatus.FAILED)
STATES = {
    RunState.COMPUTING: "orange",
    RunState.FAILED: "red",
    RunState.PROPOSED: "blue",
    RunState.APPLIED: "green",
    RunState.UNDONE: "",
    RunState.REJECTED: "",
    RunState.CANCELLED: "",
}


@admin.register(IncentiveRun)
class IncentiveRunAdmin(ReadOnly, ScopedAdmin):
    """One run for an area and year; every state names its run."""

    list_display = (
        "year", "area_name", "standing", "people", "started_by", "started_at", "decided_by", "applied_at",
    )  # fmt: skip
    list_filter = ("year", ("state", ChoicesDropdownFilter))
    list_select_related = ("area", "started_by", "decided_by")
    search_fields = ("area__name", "area__code__startswith")
    ordering = ("-year", "area__path", "-pk")
    empty_text = "每年1月5日自动核算上一年度；也可以点“年终核算”发起"
    fields = (
        ("year", "area", "standing"),
        ("policy_key", "policy_digest", "digest"),
        ("started_by", "started_at", "job_link", "proposed_at"),
        ("decided_by", "decided_at", "reason", "applied_at"),
        ("following_link",),
        ("undone_by", "undone_at", "undo_reason"),
    )
    readonly_fields = ("standing", "job_link", "following_link")
    actions_list = ("start_run", "export_csv")
    actions_detail = ("people_of_run", "approve", "reject", "resume", "pause", "cancel", "undo")
    change_form_outer_after_template = "admin/openyibao/year_end.html"

    @admin.display(description="状态")
    def standing(self, run: IncentiveRun) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(run, "state", STATES)

    @admin.display(description="人数")
    def people(self, run: IncentiveRun) -> str:
        """Show how many people it counted."""
        return f"{run.counts['persons']:,}" if "persons" in run.counts else "—"

    @admin.display(description="核算任务")
    def job_link(self, run: IncentiveRun) -> str:
        """Lead to the job that computes."""
        return link(run.job, "查看进度")

    @admin.display(description="后续任务")
    def following_link(self, run: IncentiveRun) -> str:
        """Lead to the job that settles anew."""
        return link(run.following, "查看进度")

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
            return progress_answer(progress_of_run(row))
        page: HttpResponseBase = super().changeform_view(request, object_id, form_url, extra_context)
        return page

    def besides(self, request: HttpRequest, row: IncentiveRun | None) -> dict[str, Any]:
        """Return how far the run is, and what it changes."""
        return run_context(row) if row is not None else {}

    @action(
        description="年终核算", icon="calculate", permissions=["supervisor"], variant=ActionVariant.PRIMARY
    )
    def start_run(self, request: HttpRequest) -> HttpResponse:
        """Have a year end computed in the background and lead to it; nothing counts by this."""
        today = timezone.localdate()
        form = YearEndForm(request.POST or None, user=request.user, initial={"year": today.year - 1})

        def work() -> tuple[str, str]:
            run = open_year_end(
                area=form.cleaned_data["area"],
                year=form.cleaned_data["year"],
                today=today,
                user=request.user,  # type: ignore[arg-type]  # staff only
            )
            kick_year_end(run)
            return SAID.get(RunState(run.state), SAID[RunState.COMPUTING]), change_url(run)

        return self.ask_to_begin(request, form, work, title="年终激励核算", submit_text="开始核算")

    @action(description="抽查、查人", icon="person_search", permissions=["look"])
    def people_of_run(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a sample of its people, or those who are looked for."""
        return people_page(self, request, self.visible(request, object_id))

    @asks(
        title="批准生效",
        description="按本页展示的结果生效，次年结算即按新的封顶线。",
        form=ReasonForm,
        may="approve",
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
    )
    def approve(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Put the proposal in force as a second person."""
        return self._decide(request, form, object_id, approve_year_end, "已生效，次年费用正在后台重新结算。")

    @asks(title="退回", description="不生效，可重新核算。", form=ReasonForm, may="review", icon="undo")
    def reject(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Send the proposal back."""
        return self._decide(request, form, object_id, reject_year_end, "已退回。")

    @asks(
        title="整批撤销",
        description="恢复到生效以前；已有次年结算或更正以此为依据的不能撤销。",
        form=ReasonForm,
        may="undo",
        icon="settings_backup_restore",
        variant=ActionVariant.DANGER,
    )
    def undo(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Take the run back as a whole."""
        return self._decide(request, form, object_id, undo_year_end, "已撤销，可重新核算。")

    @asks(
        title="取消",
        description="不再核算，可重新发起。",
        form=ReasonForm,
        may="cancel",
        icon="cancel",
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Give the run up."""
        return self._decide(request, form, object_id, cancel_year_end, "已取消。")

    @asks(title="暂停", description="办完手头的分段后暂停。", may="pause", icon="pause_circle")
    def pause(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Let the run rest."""

        def work() -> str:
            job = stage_job(self.visible(request, object_id))
            assert job is not None
            pause_job(job=job)
            return "已暂停，随时可以继续。"

        return self.conclude(request, work)

    @asks(title="继续", description="从断点接着办。", may="resume", icon="play_circle")
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Let a paused or failed run go on."""

        def work() -> str:
            kick_year_end(resume_year_end(run_id=self.visible(request, object_id).pk))
            return "已继续办理。"

        return self.conclude(request, work)

    def has_look_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is computed, and the user may see it."""
        key = obj.pk if isinstance(obj, IncentiveRun) else obj
        runs = self.get_queryset(request).exclude(proposed_at=None, applied_at=None)
        return self.has_view_permission(request) and (key is None or runs.filter(pk=key).exists())

    def has_approve_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it waits for approval, and the user reviews its area and did not ask for it."""
        run = self._standing(obj, RunState.PROPOSED)
        return self.has_reviewer_permission(request, obj) and (
            obj is None or (run is not None and run.started_by_id != request.user.pk)
        )

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it waits for approval, and the user reviews its area."""
        return self.has_reviewer_permission(request, obj) and self._is(obj, RunState.PROPOSED)

    def has_undo_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is in force, and the user reviews its area."""
        return self.has_reviewer_permission(request, obj) and self._is(obj, RunState.APPLIED)

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether nobody decided on it yet, and the user supervises its area."""
        return self.has_supervisor_permission(request, obj) and self._is(obj, *UNDECIDED)

    def has_pause_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether workers are at it."""
        return self.has_supervisor_permission(request, obj) and self._is(obj, *AT_WORK, job=UNDER_WAY)

    def has_resume_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it rests or a part of it failed."""
        return self.has_supervisor_permission(request, obj) and self._is(obj, *AT_WORK, job=RESTING)

    def _is(self, obj: Any, *states: str, job: tuple[str, ...] = ()) -> bool:
        if obj is None:
            return True
        run = self._standing(obj, *states)
        if run is None or not job:
            return run is not None
        stage = stage_job(run)
        return stage is not None and stage.status in job

    def _standing(self, obj: Any, *states: str) -> IncentiveRun | None:
        key = obj.pk if isinstance(obj, IncentiveRun) else obj
        runs = IncentiveRun.objects.select_related("job", "following")
        return runs.filter(pk=key, state__in=states).first()

    def _decide(
        self, request: HttpRequest, form: Any, object_id: str, decide: Callable[..., IncentiveRun], said: str
    ) -> HttpResponse:
        def work() -> str:
            run = self.visible(request, object_id)
            decided = decide(run_id=run.pk, user=request.user, reason=form.cleaned_data["reason"])
            if decided.state == RunState.APPLIED:
                kick_year_end(decided)
            return said

        return self.conclude(request, work)


SAID = {
    RunState.COMPUTING: "正在后台核算，算完后由复核人员批准生效。",
    RunState.PROPOSED: "该年度已算完，等待复核。",
    RunState.APPLIED: "该年度的核算已生效；如需重新核算，请先整批撤销。",
}
