"""Inbound batches (导入批次): upload, look at the plan row by row, then apply or send back."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from exchange.admin.confirm import ConfirmForm, confirm_context, is_of_another_plan, marked
from exchange.admin.importers import ImporterFilter
from exchange.admin.list_kinds import Upload, hook_of, kind_label, kind_of
from exchange.admin.panels import STATES
from exchange.admin.plan import page_context
from exchange.admin.problems import problems_file
from exchange.admin.progress import PART, progress_part, progress_said
from exchange.admin.rows import count_badges
from exchange.admin.steps import BatchSteps, waits_alone
from exchange.admin.upload import UploadForm, described_kinds, form_file, tell
from exchange.models import BatchStatus, InboundBatch
from exchange.services.seen_plans import PlanChanged, plan_mark
from exchange.services.undo_marks import decline_undo
from policy.admin.display import badge, change_url, choice_badge
from policy.admin.house import ReadOnly, ReasonForm, asks
from policy.errors import DomainError


@admin.register(InboundBatch)
class InboundBatchAdmin(ReadOnly, BatchSteps):
    """Lists: planned first, applied when somebody has looked at them."""

    list_display = ("file_name", "kind_name", "area_name", "mode", "as_of", "state", "counted", "created_at")
    list_filter = (ImporterFilter, ("status", ChoicesDropdownFilter), ("mode", ChoicesDropdownFilter))
    list_select_related = ("area", "agency", "created_by", "applied_by", "second_user")
    search_fields = ("file_name", "sha256__startswith")
    ordering = ("-pk",)
    actions_list = ("upload_list", "export_csv")
    actions_detail = (
        "apply_batch", "read_again", "replan", "retry_held", "undo", "decline_undo", "withdraw_undo", "ask_undo",
        "export_problems", "refuse",
    )  # fmt: skip
    fields = (
        ("kind_name", "state", "mode"),
        ("file_name", "area_name", "as_of"),
        ("agency", "imported_by", "created_at"),
        ("confirmed_by", "checked_by", "applied_at"),
    )
    readonly_fields = ("kind_name", "state", "area_name", "imported_by", "confirmed_by", "checked_by")
    empty_text = "点右上角的“上传清单”；部门用程序报送的也列在这里。"
    change_form_outer_before_template = "admin/openyibao/batch_head.html"
    change_form_outer_after_template = "admin/openyibao/batch_rows.html"

    @admin.display(description="清单种类", ordering="kind")
    def kind_name(self, batch: InboundBatch) -> str:
        """Name the kind."""
        return kind_label(batch.kind)

    @admin.display(description="状态")
    def state(self, batch: InboundBatch) -> SafeString:
        """Show the state as a badge."""
        if batch.status == BatchStatus.RECEIVED and batch.counts:  # read before
            return badge("重新比对中", STATES[BatchStatus.RECEIVED])
        return choice_badge(batch, "status", STATES)

    @admin.display(description="结果统计")
    def counted(self, batch: InboundBatch) -> SafeString:
        """Show the counts by outcome as badges."""
        return count_badges(batch.counts)

    def get_urls(self) -> list[Any]:
        """Add the forms and samples of the kinds."""
        forms = path(
            "forms/<str:kind>/<str:which>/", self.admin_site.admin_view(self.form_of), name="list_form"
        )
        return [forms, *super().get_urls()]

    def form_of(self, request: HttpRequest, kind: str, which: str) -> HttpResponse:
        """Send the form or the sample of a kind to whoever may upload one."""
        if not self.has_clerk_permission(request):
            raise PermissionDenied
        return form_file(kind, which)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Send the part of the page that shows how far the work is, where it asks for that alone."""
        asked = object_id and request.GET.get("part") == PART
        row = self.get_object(request, object_id) if asked else None
        if row is not None:
            return progress_part(row)
        page: HttpResponseBase = super().changeform_view(request, object_id, form_url, extra_context)
        return marked(page)

    def besides(self, request: HttpRequest, row: InboundBatch | None) -> dict[str, Any]:
        """Return what the batch would do or did, in sums and row by row."""
        return page_context(request, row) if row is not None else {}

    @action(description="上传清单", icon="upload_file", permissions=["clerk"], variant=ActionVariant.PRIMARY)
    def upload_list(self, request: HttpRequest) -> HttpResponse:
        """Plan a list and lead to the plan."""
        form = UploadForm(request.POST or None, request.FILES or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                batch = self._planned(request, form)
            except DomainError as refused:
                form.add_error("file", refused.message)
            else:
                tell(request, batch)
                return redirect("admin:exchange_inboundbatch_change", batch.pk)
        context = self.admin_site.each_context(request) | {
            "title": "上传清单",
            "form": form,
            "kinds": described_kinds(),
            "opts": self.opts,
            "back": reverse("admin:exchange_inboundbatch_changelist"),
        }
        return TemplateResponse(request, "admin/openyibao/upload.html", context)

    @action(description="确认生效", icon="task_alt", permissions=["apply"], variant=ActionVariant.PRIMARY)
    def apply_batch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the sums once more; on the button, put the plan into force by the service that owns the kind."""
        batch = self.visible(request, object_id)
        if is_of_another_plan(request, batch):
            messages.error(request, f"{PlanChanged().message}。")
            return redirect("admin:exchange_inboundbatch_change", batch.pk)
        form = ConfirmForm(request.POST or None, batch=batch)
        if request.method == "POST" and form.is_valid():
            self._applied(request, batch)
            return redirect("admin:exchange_inboundbatch_change", batch.pk)
        context = self.admin_site.each_context(request) | confirm_context(request, batch, form)
        context |= {"opts": self.opts, "back": change_url(batch)}
        return TemplateResponse(request, "admin/openyibao/confirm.html", context)

    @asks(
        title="重新比对",
        description="按现在的登记重新生成方案，不用再上传；仍不作任何改动。",
        may="replan",
        icon="compare_arrows",
    )
    def replan(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Plan the batch anew against the records as they stand."""

        def work() -> str:
            batch = self.visible(request, object_id)
            done = hook_of(batch, "replan")(batch=batch, user=request.user)
            if done.status == BatchStatus.RECEIVED:
                return "正在后台重新比对，完成后请核对再确认。"
            return "已重新比对，请核对后确认生效。"

        return self.conclude(request, work)

    @action(description="导出问题行", icon="download", permissions=["problems"])
    def export_problems(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send what is to be said of rows as a file, to pass back to who sent the list."""
        return problems_file(self.visible(request, object_id))

    @asks(
        title="重新读取",
        description="接着读取没有读完的部分，不用再上传。",
        may="read",
        icon="refresh",
        variant=ActionVariant.PRIMARY,
    )
    def read_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Have a worker go on where it failed."""

        def work() -> str:
            batch = self.visible(request, object_id)
            hook_of(batch, "read_again")(batch=batch, user=request.user)
            return "已重新开始读取。"

        return self.conclude(request, work)

    @asks(
        title="重试待处理行",
        description="补登人员或对照身份名称后，重新办理待处理的行。",
        may="retry",
        icon="refresh",
    )
    def retry_held(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Look again at the rows that waited for an answer."""

        def work() -> str:
            batch = self.visible(request, object_id)
            if not waits_alone(batch):
                return progress_said(batch) or "没有待处理的行。"
            hook_of(batch, "retry")(batch=batch, user=request.user)
            batch.refresh_from_db()
            return progress_said(batch) or "待处理的行已重新办理。"

        return self.conclude(request, work)

    @asks(title="退回清单", form=ReasonForm, may="handle", icon="undo", variant=ActionVariant.DANGER)
    def refuse(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Send the list back with the reason."""

        def work() -> str:
            batch = self.visible(request, object_id)
            hook_of(batch, "refuse")(batch=batch, error=form.cleaned_data["reason"], user=request.user)
            return f"{batch.file_name}已退回，没有办理任何一行。"

        return self.conclude(request, work)

    @asks(title="申请撤销", form=ReasonForm, may="ask_undo", icon="history", variant=ActionVariant.DANGER,
          description="整份恢复到生效之前，须另一位同事同意；已有核定、结算等据此办理的，不能撤销。")  # fmt: skip
    def ask_undo(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Ask a colleague to agree that the batch be taken back."""

        def work() -> str:
            batch = self.visible(request, object_id)
            hook_of(batch, "ask_undo")(batch=batch, user=request.user, reason=form.cleaned_data["reason"])
            return "已申请撤销，请另一位同事打开本页答复。"

        return self.conclude(request, work)

    @asks(title="同意撤销", description="整份清单恢复到生效之前，每一条都留在变更记录里。", may="undo", icon="history",
          variant=ActionVariant.DANGER)  # fmt: skip
    def undo(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Take back what a colleague asked for."""

        def work() -> str:
            batch = self.visible(request, object_id)
            hook_of(batch, "undo")(batch=batch, user=request.user)
            return f"{batch.file_name}已撤销，登记恢复到生效之前。"

        return self.conclude(request, work)

    @asks(
        title="驳回撤销申请",
        description="清单继续有效，理由写在本页，申请人可以看到。",
        form=ReasonForm,
        may="undo",
        icon="block",
    )
    def decline_undo(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Answer no to a colleague who asked to take the batch back."""
        return self._kept(request, form, object_id)

    @asks(
        title="撤回撤销申请",
        description="不再申请撤销，清单继续有效。",
        form=ReasonForm,
        may="withdraw_undo",
        icon="undo",
    )
    def withdraw_undo(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Think better of what one asked for."""
        return self._kept(request, form, object_id)

    def _kept(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        def work() -> str:
            batch = self.visible(request, object_id)
            decline_undo(batch=batch, reason=form.cleaned_data["reason"], user=request.user)  # type: ignore[arg-type]
            return f"{batch.file_name}不撤销，继续有效。"

        return self.conclude(request, work)

    def _applied(self, request: HttpRequest, batch: InboundBatch) -> None:
        try:
            seen = {"seen": plan_mark(batch)} if hook_of(batch, "replan") else {}
            hook_of(batch, "apply")(batch=batch, user=request.user, **seen)
        except DomainError as refused:
            messages.error(request, refused.message)
            return
        batch.refresh_from_db()
        done = batch.status == BatchStatus.APPLIED
        messages.success(request, f"{batch.file_name}{'已生效' if done else '正在后台生效'}。")

    def _planned(self, request: HttpRequest, form: UploadForm) -> InboundBatch:
        data = form.cleaned_data
        kind = kind_of(data["kind"])
        assert kind is not None
        upload = Upload(
            content=data["file"].read(),
            file_name=data["file"].name,
            area=data["area"],
            as_of=data["as_of"],
            mode=data["mode"],
            agency=data["agency"],
            user=request.user,  # type: ignore[arg-type]
        )
        return kind.plan(upload)
