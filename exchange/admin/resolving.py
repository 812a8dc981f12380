"""Deciding a row that contradicts the records: the row's page offers what the owner of the kind allows."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from exchange.admin.list_kinds import RowDesk, kind_of
from exchange.models import BatchStatus, InboundRow, RowOutcome, RowResolution
from policy.admin.display import table
from policy.admin.house import asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin


def desk_of(row: InboundRow) -> RowDesk | None:
    """Return what the owner of the row's list can do with it, nothing if it waits for nobody."""
    kind = kind_of(row.batch.kind)
    desk = kind.desk if kind else None
    return desk if desk and desk.decisions(row) else None


class ToDecide(admin.SimpleListFilter):
    """Contradictions in lists in force, as the first page counts them."""

    title = "处置"
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what waits for somebody."""
        return [("1", "待处置的冲突行")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[InboundRow]) -> QuerySet[InboundRow]:
        """Leave the rows that wait."""
        waiting = {"outcome": RowOutcome.CONFLICT, "batch__status": BatchStatus.APPLIED}
        return queryset.filter(**waiting) if self.value() else queryset


class ResolveForm(BaseDialogForm):
    """Asks for one of the decisions, and why."""

    decision = forms.ChoiceField(label="处置", widget=UnfoldAdminRadioSelectWidget)
    reason = forms.CharField(
        label="理由和依据", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = InboundRow.objects.select_related("batch").get(pk=self.object_id)
        desk, choice = desk_of(row), self.fields["decision"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = list(desk.decisions(row).items()) if desk else []


class ResolvesRows(ScopedAdmin):
    """The part of a row's page where it is decided, and what was decided before."""

    actions_detail = ("resolve", "compare_again")

    @admin.display(description="处置记录")
    def resolutions(self, row: InboundRow) -> SafeString:
        """Show who decided what, and why."""
        made = RowResolution.objects.filter(row=row).select_related("by").order_by("pk")
        rows = [
            (
                timezone.localtime(each.at).strftime("%Y-%m-%d %H:%M"),
                each.question,
                each.get_decision_display(),
                each.reason,
                each.by,
            )
            for each in made
        ]
        return table(["时间", "原因", "处置", "理由和依据", "处置人"], rows, empty="没有处置记录")

    def has_resolve_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the row waits for a decision and the user handles its list's area."""
        if not self.acts(request, obj, roles=(*CLERKS, *REVIEWERS)):
            return False
        key = obj.pk if isinstance(obj, InboundRow) else obj
        row = InboundRow.objects.select_related("batch").filter(pk=key).first() if key else None
        return key is None or (row is not None and desk_of(row) is not None)

    @asks(
        title="处置",
        description="采用名单：按名单办理，须由导入人以外的人员决定；保留登记：登记不变，该行不再办理。",
        form=ResolveForm,
        may="resolve",
        icon="gavel",
        variant=ActionVariant.PRIMARY,
    )
    def resolve(self, request: HttpRequest, form: ResolveForm, object_id: str) -> HttpResponse:
        """Decide the row."""

        def work() -> str:
            row = self.visible(request, object_id)
            data = form.cleaned_data
            done = self._desk(row).decide(
                row=row,
                decision=data["decision"],
                reason=data["reason"],
                user=request.user,  # type: ignore[arg-type]
            )
            return f"已处置：{done.message}"

        return self.conclude(request, work)

    @asks(
        title="重新比对",
        description="登记更正后，按现在的登记重新比对这一行。",
        may="resolve",
        icon="refresh",
    )
    def compare_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Compare the row with the records as they stand now."""

        def work() -> str:
            row = self.visible(request, object_id)
            done = self._desk(row).again(row=row, user=request.user)  # type: ignore[arg-type]
            return f"已重新比对：{done.get_outcome_display()}。{done.message}"

        return self.conclude(request, work)

    def _desk(self, row: InboundRow) -> RowDesk:
        kind = kind_of(row.batch.kind)
        assert kind is not None
        assert kind.desk is not None
        return kind.desk
