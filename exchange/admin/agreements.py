"""Agreements about lists (名单报送约定), and how each month's list came (报送情况)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.widgets import UnfoldAdminSelectWidget

from exchange.admin.list_kinds import kind_label, kinds
from exchange.admin.rows import count_badges
from exchange.models import Agency, ExpectedList, ExpectedState, ListAgreement, RowOutcome
from exchange.rules.agreed_days import is_number_of
from exchange.selectors import agency_covers, recent_expected_lists
from policy.admin.display import NOTHING, badge, choice_badge, link, table
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly
from policy.admin.reasoned import AsksReason, WithReasonForm
from registry.admin.base import ScopedAdmin

STATES = {
    ExpectedState.AWAITED: "",
    ExpectedState.RECEIVED: "blue",
    ExpectedState.IN_FORCE: "green",
    ExpectedState.MISSING: "red",
}
SAID_ONCE = ("agency", "kind", "area", "mode", "starts_on")


class AgreementForm(WithReasonForm):
    """What was agreed; agency, list and area are said once."""

    kind = forms.ChoiceField(label="名单种类", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            choice = self.fields["kind"]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = [("", "请选择"), *((kind.code, kind.label) for kind in kinds())]

    def clean(self) -> dict[str, Any]:
        """Refuse a number that no month has, and an area the agency does not answer for."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("due_rule") and not is_number_of(said["due_rule"], said.get("due_number")):
            self.add_error(
                "due_number", ValidationError("请填 1 至 31 的日或 1 至 15 的工作日；最后一个工作日不填。")
            )
        agency, area = said.get("agency"), said.get("area")
        if agency and area and not agency_covers(agency, area):
            self.add_error("area", ValidationError(f"{area.name}不在{agency.name}的地区范围内。"))
        return said


@admin.register(ListAgreement)
class ListAgreementAdmin(AsksReason, WithHistory, ScopedAdmin):
    """Kept by supervisors; everybody else of the area reads them."""

    form = AgreementForm
    list_display = ("agency_name", "kind_name", "area_name", "mode", "due", "share", "starts_on", "ends_on")
    list_display_links = ("kind_name",)
    list_filter = (("mode", ChoicesDropdownFilter),)
    list_select_related = ("agency", "area")
    search_fields = ("agency__name", "clause")
    autocomplete_fields = ("agency", "area")
    ordering = ("area__path", "agency__name", "pk")
    empty_text = "由主管登记：哪个部门、哪种名单、每月哪天前报。没有约定的名单不算迟报。"
    fields = (
        ("agency", "kind"),
        ("area", "mode"),
        ("due_month", "due_rule", "due_number"),
        ("grace_working_days", "endings_share"),
        "clause",
        ("starts_on", "ends_on"),
    )

    @admin.display(description="报送部门", ordering="agency__name")
    def agency_name(self, agreement: ListAgreement) -> str:
        """Name the agency."""
        return agreement.agency.name

    @admin.display(description="名单种类", ordering="kind")
    def kind_name(self, agreement: ListAgreement) -> str:
        """Name the kind."""
        return kind_label(agreement.kind)

    @admin.display(description="名单地区", ordering="area__path")
    def area_name(self, agreement: ListAgreement) -> str:
        """Name the area."""
        return agreement.area.name

    @admin.display(description="约定报送日")
    def due(self, agreement: ListAgreement) -> str:
        """Say the day."""
        grace = agreement.grace_working_days
        return agreement.due_text + (f"（宽限 {grace} 个工作日）" if grace else "")

    @admin.display(description="一人可确认的取消比例", ordering="endings_share")
    def share(self, agreement: ListAgreement) -> str:
        """Say the share in percent."""
        share = agreement.endings_share
        return NOTHING if share is None else f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user supervises an area."""
        return super().has_add_permission(request) and self.has_supervisor_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user supervises the area."""
        return super().has_change_permission(request, obj) and self.has_supervisor_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: ListAgreement | None = None) -> tuple[str, ...]:
        """Show what is said once as it is: another list is another agreement."""
        return (
            ()
            if obj is None
            else (
                *("kind_name" if name == "kind" else name for name in SAID_ONCE),
                "share",
            )
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Name the kind where it cannot be chosen."""
        fields = super().get_fields(request, obj)
        if obj is not None:
            fields[0] = ("agency", "kind_name")
            if not self.has_change_permission(request, obj):
                fields[3] = ("grace_working_days", "share")
        return fields


class Timeliness(admin.SimpleListFilter):
    """Late or not."""

    title = "报送"
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what a month's list may be."""
        return [("missing", "逾期未报"), ("late", "迟报"), ("punctual", "按时"), ("awaited", "待报送")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ExpectedList]) -> QuerySet[ExpectedList]:
        """Keep the rows of the choice."""
        came = queryset.filter(received_on__isnull=False)
        chosen = {
            "missing": queryset.filter(state=ExpectedState.MISSING),
            "late": came.filter(days_late__gt=0),
            "punctual": came.filter(days_late=0),
            "awaited": queryset.filter(state=ExpectedState.AWAITED),
        }
        return chosen.get(self.value() or "", queryset)


@admin.register(ExpectedList)
class ExpectedListAdmin(ReadOnly, ScopedAdmin):
    """Every month's list under the agreements: agreed day, arrival, outcome."""

    area_lookup = "agreement__area"
    list_display = (
        "month_name", "agency_name", "kind_name", "area_name", "due_on", "state_badge", "came", "batch_link",
        "refused_share",
    )  # fmt: skip
    list_filter = (Timeliness, ("month", RangeDateFilter), ("state", ChoicesDropdownFilter))
    list_select_related = ("agreement__agency", "agreement__area", "batch")
    search_fields = ("agreement__agency__name",)
    ordering = ("-month", "agreement__area__path", "agreement_id")
    empty_text = "先在“名单报送约定”登记约定，系统逐月列出应报的名单。"
    fields = (
        ("month_name", "state_badge"),
        ("agency_name", "kind_name", "area_name"),
        ("due_on", "last_on", "came"),
        ("batch_link", "refused_share", "counted"),
    )
    readonly_fields = (
        "month_name", "state_badge", "agency_name", "kind_name", "area_name", "came", "batch_link",
        "refused_share", "counted",
    )  # fmt: skip

    @admin.display(description="数据月份", ordering="month")
    def month_name(self, row: ExpectedList) -> str:
        """Say the month."""
        return f"{row.month:%Y-%m}"

    @admin.display(description="报送部门", ordering="agreement__agency__name")
    def agency_name(self, row: ExpectedList) -> str:
        """Name the agency."""
        return row.agreement.agency.name

    @admin.display(description="名单种类", ordering="agreement__kind")
    def kind_name(self, row: ExpectedList) -> str:
        """Name the list and its mode."""
        return f"{kind_label(row.agreement.kind)}（{row.agreement.get_mode_display()}）"

    @admin.display(description="名单地区", ordering="agreement__area__path")
    def area_name(self, row: ExpectedList) -> str:
        """Name the area."""
        return row.agreement.area.name

    @admin.display(description="情况", ordering="state")
    def state_badge(self, row: ExpectedList) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(row, "state", STATES)

    @admin.display(description="收到日期", ordering="received_on")
    def came(self, row: ExpectedList) -> SafeString | str:
        """Say when it came, and how late."""
        return came_text(row)

    @admin.display(description="批次")
    def batch_link(self, row: ExpectedList) -> SafeString | str:
        """Lead to the batch."""
        return link(row.batch, row.batch and row.batch.file_name)

    @admin.display(description="退回行占比")
    def refused_share(self, row: ExpectedList) -> str:
        """Say which share of the rows was refused."""
        return refused_text(row)

    @admin.display(description="结果统计")
    def counted(self, row: ExpectedList) -> SafeString | str:
        """Show the counts of the batch."""
        return count_badges(row.batch.counts) if row.batch else NOTHING


def came_text(row: ExpectedList) -> SafeString | str:
    """Return when a list came and how late, or how long it has been missing."""
    if row.received_on is None:
        return badge(f"逾期 {row.days_late} 天", "red") if row.days_late else NOTHING
    return (
        badge(f"{row.received_on} 迟 {row.days_late} 天", "orange") if row.days_late else str(row.received_on)
    )


def refused_text(row: ExpectedList) -> str:
    """Return which share of the batch's rows was refused."""
    counts = row.batch.counts if row.batch else {}
    rows = sum(counts.values())
    return f"{counts.get(RowOutcome.REFUSED, 0) / rows:.2%}" if rows else NOTHING


def months_table(agency: Agency) -> SafeString:
    """Return the lists of the last twelve months an agency agreed to send, the latest first."""
    expected = recent_expected_lists(timezone.localdate()).filter(agreement__agency=agency)
    rows = [
        (
            f"{row.month:%Y-%m}",
            f"{kind_label(row.agreement.kind)}（{row.agreement.get_mode_display()}）",
            row.agreement.area.name,
            row.due_on,
            choice_badge(row, "state", STATES),
            came_text(row),
            link(row.batch, row.batch and row.batch.file_name),
            sum(row.batch.counts.values()) if row.batch else NOTHING,
            refused_text(row),
            count_badges(row.batch.counts) if row.batch else NOTHING,
        )
        for row in expected.select_related("agreement__area", "batch")
    ]
    heads = [
        "数据月份", "名单", "地区", "约定报送日", "情况", "收到", "批次", "行数", "退回占比", "结果统计",
    ]  # fmt: skip
    return table(heads, rows, empty="没有约定报送的名单", numeric=[7, 8])
