"""Inbound batches (导入批次): upload, look at the plan row by row, then apply or send back."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from exchange.admin.confirm import ConfirmForm, confirm_context
from exchange.admin.list_kinds import ListKind, Upload, kind_label, kind_of
from exchange.admin.panels import STATES
from exchange.admin.plan import page_context
from exchange.admin.problems import problems_file
from exchange.admin.rows import PROBLEMS, count_badges
from exchange.admin.upload import UploadForm
from exchange.models import BatchStatus, InboundBatch, RowOutcome
from exchange.services.batches import refuse_batch
from policy.admin.display import change_url, choice_badge
from policy.admin.house import ReadOnly, ReasonForm, asks
from policy.errors import DomainError
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin


@admin.register(InboundBatch)
class InboundBatchAdmin(ReadOnly, ScopedAdmin):
    """Lists: planned first, applied when somebody has looked at them."""

    list_display = ("file_name", "kind_name", "area_name", "mode", "as_of", "state", "counted", "created_at")
    list_filter = (("status", ChoicesDropdownFilter), ("mode", ChoicesDropdownFilter))
    list_select_related = ("area", "agency", "created_by", "applied_by")
    search_fields = ("file_name", "sha256__startswith")
    ordering = ("-pk",)
    actions_list = ("upload_list", "export_csv")
    actions_detail = ("apply_batch", "replan", "retry_held", "export_problems", "refuse")
    fields = (
        ("kind_name", "state", "mode"),
        ("file_name", "area_name", "as_of"),
        ("agency", "created_by", "created_at"),
        ("applied_by", "applied_at", "error"),
    )
    readonly_fields = ("kind_name", "state", "area_name")
    change_form_outer_before_template = "admin/openyibao/batch_head.html"
    change_form_outer_after_template = "admin/openyibao/batch_rows.html"

    @admin.display(description="清单种类", ordering="kind")
    def kind_name(self, batch: InboundBatch) -> str:
        """Name the kind."""
        return kind_label(batch.kind)

    @admin.display(description="地区", ordering="area__path")
    def area_name(self, batch: InboundBatch) -> str:
        """Name the area."""
        return batch.area.name

    @admin.display(description="状态")
    def state(self, batch: InboundBatch) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(batch, "status", STATES)

    @admin.display(description="结果统计")
    def counted(self, batch: InboundBatch) -> SafeString:
        """Show the counts by outcome as badges."""
        return count_badges(batch.counts)

    def has_apply_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the batch waits and the user handles or reviews cases of its area."""
        return self._is_planned(obj) and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    def has_handle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the batch waits and the user handles cases of its area."""
        return self._is_planned(obj) and self.has_clerk_permission(request, obj)

    def has_replan_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the batch waits, may be planned anew, and the user handles cases of its area."""
        if not self.has_handle_permission(request, obj):
            return False
        kind = kind_of(_batch(obj).kind) if obj is not None else None
        return obj is None or (kind is not None and kind.replan is not None)

    def has_problems_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user sees the batch and rows of it were not taken."""
        if obj is None:
            return bool(self.has_view_permission(request))
        counts = _batch(obj).counts
        has_problems = any(counts.get(code) for code in PROBLEMS)
        return has_problems and bool(self.has_view_permission(request))

    def has_retry_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows of the applied batch wait for an answer, and the user handles its area."""
        key = obj.pk if isinstance(obj, InboundBatch) else obj
        batch = InboundBatch.objects.filter(pk=key, status=BatchStatus.APPLIED).first() if key else None
        if key is None:
            return self.has_clerk_permission(request)
        kind = kind_of(batch.kind) if batch and batch.counts.get(RowOutcome.HELD) else None
        return kind is not None and kind.retry is not None and self.has_clerk_permission(request, obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Add what the batch would do or did, in sums and row by row."""
        batch = self.get_object(request, object_id) if object_id else None
        context = dict(extra_context or {})
        if batch is not None:
            context |= page_context(request, batch)
        page: HttpResponseBase = super().changeform_view(request, object_id, form_url, context)
        return page

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
                messages.success(request, "已生成导入方案，请核对后确认生效。")
                return redirect("admin:exchange_inboundbatch_change", batch.pk)
        context = self.admin_site.each_context(request) | {
            "title": "上传清单",
            "form": form,
            "opts": self.opts,
            "back": reverse("admin:exchange_inboundbatch_changelist"),
        }
        return TemplateResponse(request, "admin/openyibao/upload.html", context)

    @action(description="确认生效", icon="task_alt", permissions=["apply"], variant=ActionVariant.PRIMARY)
    def apply_batch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the sums once more; on the button, put the plan into force by the service that owns the kind."""
        batch = self.visible(request, object_id)
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
            kind = _owner(batch)
            assert kind.replan is not None
            kind.replan(batch=batch, user=request.user)  # type: ignore[arg-type]
            return "已重新比对，请核对后确认生效。"

        return self.conclude(request, work)

    @action(description="导出问题行", icon="download", permissions=["problems"])
    def export_problems(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the rows that were not taken as a file, to pass back to who sent the list."""
        return problems_file(self.visible(request, object_id))

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
            kind = _owner(batch)
            assert kind.retry is not None
            kind.retry(batch=batch, user=request.user)  # type: ignore[arg-type]
            return "待处理的行已重新办理。"

        return self.conclude(request, work)

    @asks(title="退回清单", form=ReasonForm, may="handle", icon="undo", variant=ActionVariant.DANGER)
    def refuse(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Send the list back with the reason."""

        def work() -> str:
            batch = self.visible(request, object_id)
            refuse_batch(batch=batch, error=form.cleaned_data["reason"], user=request.user)  # type: ignore[arg-type]
            return f"{batch.file_name}已退回，没有办理任何一行。"

        return self.conclude(request, work)

    def _applied(self, request: HttpRequest, batch: InboundBatch) -> None:
        try:
            _owner(batch).apply(batch=batch, user=request.user)  # type: ignore[arg-type]
        except DomainError as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, f"{batch.file_name}已生效。")

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
            user=request.user,  # type: ignore[arg-type]
        )
        return kind.plan(upload)

    def _is_planned(self, obj: Any) -> bool:
        if obj is None or isinstance(obj, InboundBatch):
            return obj is None or obj.status == BatchStatus.PLANNED
        return InboundBatch.objects.filter(pk=obj, status=BatchStatus.PLANNED).exists()


def _batch(obj: InboundBatch | str | int) -> InboundBatch:
    return obj if isinstance(obj, InboundBatch) else InboundBatch.objects.get(pk=obj)


def _owner(batch: InboundBatch) -> ListKind:
    kind = kind_of(batch.kind)
    if kind is None:
        raise DomainError(f"没有办理“{batch.kind}”的模块。")
    return kind
