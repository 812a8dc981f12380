"""Inbound batches (导入批次): upload, look at the plan row by row, then apply or send back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from exchange.admin.list_kinds import Upload, kind_label, kind_of, kinds
from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import refuse_batch
from policy.admin.display import badge, choice_badge, table
from policy.admin.house import ReadOnly, ReasonForm, asks
from policy.errors import DomainError
from registry.admin.base import ScopedAdmin
from registry.models import Area, AreaLevel
from registry.selectors import scoped_areas

MOST_ROWS_SHOWN = 200
LARGEST_FILE = 50 * 1024 * 1024
TONES = {
    RowOutcome.NEW: "green",
    RowOutcome.CHANGED: "blue",
    RowOutcome.ENDED: "orange",
    RowOutcome.HELD: "orange",
    RowOutcome.CONFLICT: "red",
    RowOutcome.REFUSED: "red",
}
PROBLEMS = (RowOutcome.REFUSED, RowOutcome.CONFLICT, RowOutcome.HELD)


class UploadForm(forms.Form):
    """A file, what it is, where and as of when it speaks."""

    kind = forms.ChoiceField(label="清单种类", widget=UnfoldAdminSelectWidget)
    area = forms.ModelChoiceField(Area.objects.none(), label="地区", widget=UnfoldAdminSelectWidget)
    as_of = forms.DateField(label="数据日期", widget=UnfoldAdminDateWidget, initial=timezone.localdate)
    mode = forms.ChoiceField(
        label="报送方式",
        choices=BatchMode.choices,
        widget=UnfoldAdminSelectWidget,
        help_text="全量：清单以外的人视为已退出；补充：只办理清单内的人。",
    )
    file = forms.FileField(label="文件", widget=UnfoldAdminFileFieldWidget, help_text="xlsx、xls、ods 或 csv")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        divisions = [AreaLevel.PROVINCE, AreaLevel.CITY, AreaLevel.COUNTY, AreaLevel.INDUSTRY]
        areas = self.fields["area"]
        assert isinstance(areas, forms.ModelChoiceField)
        areas.queryset = scoped_areas(user).filter(level__in=divisions).order_by("path")
        areas.label_from_instance = lambda area: f"{area.code} {area.name}"  # type: ignore[assignment]
        choice = self.fields["kind"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(kind.code, kind.label) for kind in kinds()]

    def clean_file(self) -> Any:
        """Refuse what no list can be."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError("文件超过 50 MB，请分地区报送。")
        return file


INBOUNDBATCH_TONES = {
    BatchStatus.PLANNED: "orange",
    BatchStatus.APPLIED: "green",
    BatchStatus.REFUSED: "red",
    BatchStatus.UNDONE: "",
}


@admin.register(InboundBatch)
class InboundBatchAdmin(ReadOnly, ScopedAdmin):
    """Lists: planned first, applied when somebody has looked at them."""

    list_display = ("file_name", "kind_name", "area_name", "mode", "as_of", "state", "counted", "created_at")
    list_filter = (("status", ChoicesDropdownFilter), ("mode", ChoicesDropdownFilter))
    list_select_related = ("area", "agency", "created_by", "applied_by")
    search_fields = ("file_name", "sha256__startswith")
    ordering = ("-pk",)
    actions_list = ("upload_list", "export_csv")
    actions_detail = ("apply_batch", "refuse")
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
        return choice_badge(batch, "status", INBOUNDBATCH_TONES)

    @admin.display(description="结果统计")
    def counted(self, batch: InboundBatch) -> SafeString:
        """Show the counts by outcome as badges."""
        return count_badges(batch.counts)

    def has_apply_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the batch waits and the user handles its area."""
        return self._is_planned(obj) and self.has_clerk_permission(request, obj)

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
            context |= {"batch_rows": rows_table(batch, chosen), "outcomes": _outcome_links(batch, chosen)}
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


@admin.register(InboundRow)
class InboundRowAdmin(ReadOnly, ScopedAdmin):
    """All rows of all batches, for searching and exporting."""

    area_lookup = "batch__area"
    list_display = ("batch_name", "number", "outcome", "message", "field", "said")
    list_display_links = ("number",)
    list_filter = (("outcome", ChoicesDropdownFilter),)
    list_select_related = ("batch",)
    search_fields = ("batch__file_name", "message")
    ordering = ("-batch", "number")
    fields = ("batch", "number", "outcome", "code", "message", "field", "said")
    readonly_fields = ("said",)

    @admin.display(description="文件")
    def batch_name(self, row: InboundRow) -> str:
        """Name the file."""
        return row.batch.file_name

    @admin.display(description="内容")
    def said(self, row: InboundRow) -> str:
        """Show what the line said."""
        return payload_text(row.payload)


def count_badges(counts: dict[str, int]) -> SafeString:
    """Return the counts of outcomes as badges, in the order of the outcomes."""
    shown = [
        badge(f"{label} {counts[code]}", TONES.get(RowOutcome(code), ""))
        for code, label in RowOutcome.choices
        if counts.get(code)
    ]
    return SafeString("".join(shown)) or SafeString("—")


def payload_text(payload: dict[str, Any]) -> str:
    """Return what a line said, without empty cells."""
    return "；".join(str(value) for value in payload.values() if value not in (None, "", [], {}))


def rows_table(batch: InboundBatch, outcome: str) -> SafeString:
    """Return up to 200 rows of a batch with an outcome; without one, those that need somebody."""
    found: QuerySet[InboundRow] = InboundRow.objects.filter(batch=batch)
    wanted = [outcome] if outcome in RowOutcome.values else PROBLEMS
    rows = [
        (
            row.number,
            badge(row.get_outcome_display(), TONES.get(RowOutcome(row.outcome), "")),
            row.message,
            row.field,
            payload_text(row.payload),
        )
        for row in found.filter(outcome__in=wanted).order_by("number")[:MOST_ROWS_SHOWN]
    ]
    return table(["行号", "结果", "说明", "涉及栏目", "内容"], rows, empty="没有需要处理的行")


def _outcome_links(batch: InboundBatch, chosen: str) -> SafeString:
    links = [
        (f"?outcome={code}", "oy-chosen" if code == chosen else "", f"{label} {batch.counts[code]}")
        for code, label in RowOutcome.choices
        if batch.counts.get(code)
    ]
    problems = format_html('<a class="{}" href="?">需要处理</a>', "" if chosen else "oy-chosen")
    return problems + format_html_join("", '<a href="{}" class="{}">{}</a>', links)
