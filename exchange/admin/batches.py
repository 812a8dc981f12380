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

from exchange.admin.list_kinds import Upload, kind_label, kind_of
from exchange.admin.panels import STATES
from exchange.admin.rows import count_badges, outcome_links, rows_table
from exchange.admin.upload import UploadForm
from exchange.models import BatchStatus, InboundBatch, RowOutcome
from exchange.services.batches import refuse_batch
from policy.admin.display import choice_badge
from policy.admin.house import ReadOnly, ReasonForm, asks
from policy.errors import DomainError
from registry.admin.base import ScopedAdmin


@admin.register(InboundBatch)
class InboundBatchAdmin(ReadOnly, ScopedAdmin):
    """Lists: planned first, applied when somebody has looked at them."""

    list_display = ("file_name", "kind_name", "area_name", "mode", "as_of", "state", "counted", "created_at")
    list_filter = (("status", ChoicesDropdownFilter), ("mode", ChoicesDropdownFilter))
    list_select_related = ("area", "agency", "created_by", "applied_by")
    search_fields = ("file_name", "sha256__startswith")
    ordering = ("-pk",)
    actions_list = ("upload_list", "export_csv")
    actions_detail = ("apply_batch", "retry_held", "refuse")
    fields = (
        ("kind_name", "state", "mode"),
        ("file_name", "area_name", "as_of"),
        ("agency", "created_by", "created_at"),
        ("applied_by", "applied_at", "error"),
    )
    readonly_fields = ("kind_name", "state", "area_name")
    change_form_after_template = "admin/openyibao/batch.html"

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
        """Whether the batch waits and the user handles its area."""
        return self._is_planned(obj) and self.has_clerk_permission(request, obj)

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
        """Add rows by outcome: those with a problem first."""
        batch = self.get_object(request, object_id) if object_id else None
        context = dict(extra_context or {}) | {"batch_rows": "", "outcomes": ""}
        if batch is not None:
            chosen = request.GET.get("outcome", "")
            context |= {"batch_rows": rows_table(batch, chosen), "outcomes": outcome_links(batch, chosen)}
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

    @asks(title="确认生效", description="按下表逐行办理，已生效的行在原业务中可查。", may="apply", icon="task_alt",
          variant=ActionVariant.PRIMARY)  # fmt: skip
    def apply_batch(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Put the plan into force by the service of the app that owns the kind."""

        def work() -> str:
            batch = self.visible(request, object_id)
            kind = kind_of(batch.kind)
            if kind is None:
                raise DomainError(f"没有办理“{batch.kind}”的模块。")
            kind.apply(batch=batch, user=request.user)  # type: ignore[arg-type]
            return f"{batch.file_name}已生效。"

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
            kind = kind_of(batch.kind)
            assert kind is not None
            assert kind.retry is not None
            kind.retry(batch=batch, user=request.user)  # type: ignore[arg-type]
            return "待处理的行已重新办理。"

        return self.conclude(request, work)

    @asks(title="退回清单", form=ReasonForm, may="apply", icon="undo", variant=ActionVariant.DANGER)
    def refuse(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Send the list back with the reason."""

        def work() -> str:
            batch = self.visible(request, object_id)
            refuse_batch(batch=batch, error=form.cleaned_data["reason"], user=request.user)  # type: ignore[arg-type]
            return f"{batch.file_name}已退回，没有办理任何一行。"

        return self.conclude(request, work)

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
