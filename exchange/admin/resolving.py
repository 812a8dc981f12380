"""Deciding a row that contradicts the records: the row's page offers what the owner of the kind allows."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from exchange.admin.list_kinds import RowDesk, kind_of
from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome, RowResolution
from exchange.rules.places import row_place
from policy.admin.display import link, list_url, table
from policy.admin.house import asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin

MOST_AT_ONCE = 200
NAMED_ROWS = 5
WHO_DECIDES = "采用名单：按名单办理，须由导入人以外的人员决定；保留登记：登记不变，该行不再办理。"


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


def decided_alike(rows: Sequence[InboundRow]) -> tuple[RowDesk | None, Mapping[str, str]]:
    """Return the desk of rows of one kind of list, and the decisions that may be taken about every one → label."""
    desks = [desk_of(row) for row in rows]
    desk = desks[0] if desks else None
    if desk is None or any(each is not desk for each in desks):
        return None, {}
    offered = [desk.decisions(row) for row in rows]
    return desk, {code: label for code, label in offered[0].items() if all(code in each for each in offered)}


def address_to_tick(batch: InboundBatch, rows: Sequence[InboundRow], *, code: str) -> str:
    """Return where rows with a reason code can be ticked and decided alike; empty = none of those shown waits."""
    for row in rows:
        row.batch = batch
    if not code or not any(map(desk_of, rows)):
        return ""
    return list_url(InboundRow, batch__id__exact=batch.pk, code__exact=code)


class TickedForm(forms.Form):
    """Asks for one decision about all the rows, and why."""

    decision = forms.ChoiceField(label="处置", widget=UnfoldAdminRadioSelectWidget)
    reason = forms.CharField(
        label="理由和依据", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, offered: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["decision"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = list(offered.items())


def _tell_what_was_left(request: HttpRequest, left: Sequence[tuple[InboundRow, str]]) -> None:
    """Say once for each reason whose rows were not decided."""
    named: dict[str, list[str]] = {}
    for row, why in left:
        named.setdefault(why, []).append(f"{row.payload.get('name', '')}（第{row.number}行）")
    for why, rows in named.items():
        more = f"等 {len(rows)} 行" if len(rows) > NAMED_ROWS else ""
        messages.error(request, f"{'、'.join(rows[:NAMED_ROWS])}{more}没有处置：{why}")


def _among(rows: Sequence[InboundRow]) -> str:
    """Return the list the rows were ticked on: those of their batch that share their reason."""
    codes, batches = {row.code for row in rows}, {row.batch_id for row in rows}
    if len(codes) != 1 or len(batches) != 1:
        return list_url(InboundRow)
    return list_url(InboundRow, batch__id__exact=batches.pop(), code__exact=codes.pop())


class ResolvesRows(ScopedAdmin):
    """The part of a row's page where it is decided, and what was decided before."""

    actions = ("decide_ticked",)
    actions_detail = ("resolve", "compare_again")

    def get_urls(self) -> list[Any]:
        """Add the page on which ticked rows are decided."""
        page = path("decide/", self.admin_site.admin_view(self.decide_rows), name="decide_rows")
        return [page, *super().get_urls()]

    @admin.action(description="一并处置勾选的行", permissions=["resolve"])
    def decide_ticked(self, request: HttpRequest, queryset: QuerySet[InboundRow]) -> HttpResponse:
        """Lead to the page on which the ticked rows are decided alike."""
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(keys) > MOST_AT_ONCE:
            messages.error(request, f"一次最多处置 {MOST_AT_ONCE} 行，请分几次勾选。")
            return redirect(request.get_full_path())
        return redirect(f"{reverse('admin:decide_rows')}?{urlencode({'row': keys}, doseq=True)}")

    def decide_rows(self, request: HttpRequest) -> HttpResponse:
        """Show the ticked rows and decide them alike."""
        rows = self._ticked(request)
        desk, offered = decided_alike(rows)
        form = TickedForm(request.POST or None, offered=offered)
        if request.method == "POST" and desk and form.is_valid():
            left = desk.several(rows=rows, user=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            _tell_what_was_left(request, left)
            if len(left) < len(rows):
                messages.success(request, f"已处置 {len(rows) - len(left)} 行。")
            return redirect(_among(rows))
        context = self.admin_site.each_context(request) | {
            "title": "一并处置勾选的行",
            "form": form if offered else None,
            "rows": len(rows),
            "listed": self._listed(rows),
            "who_decides": WHO_DECIDES,
            "opts": self.opts,
            "back": _among(rows),
        }
        return TemplateResponse(request, "admin/openyibao/decide_rows.html", context)

    def _ticked(self, request: HttpRequest) -> list[InboundRow]:
        """Return the rows named by the address that the user may decide."""
        keys = [int(key) for key in request.GET.getlist("row") if re.fullmatch(r"[0-9]{1,18}", key)]
        mine = self.rows_of(request.user, roles=(*CLERKS, *REVIEWERS))
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).filter(mine, pk__in=keys[:MOST_AT_ONCE])
        return list(rows.select_related("batch").order_by("pk"))

    def _listed(self, rows: Sequence[InboundRow]) -> SafeString:
        shown = [
            (
                link(row, row_place(row.number, row.sheet) if row.number else "名单以外"),
                f"{row.payload.get('name', '')} {row.payload.get('id_number', '')}",
                row.message,
            )
            for row in rows
        ]
        return table(["位置", "人员", "说明"], shown, empty="没有可以处置的行，或不在您的管辖范围内")

    @admin.display(description="处置记录")
    def resolutions(self, row: InboundRow) -> SafeString:
        """Show who decided what, and why."""
        followed = row.payload.get("decided_rows", [])
        made = RowResolution.objects.filter(row__in=[row.pk, *followed]).select_related("by", "row__batch")
        rows = [
            (
                "本行"
                if each.row_id == row.pk
                else link(each.row, f"批次{each.row.batch_id}第{each.row.number}行"),
                timezone.localtime(each.at).strftime("%Y-%m-%d %H:%M"),
                each.question,
                _told(each),
                each.reason,
                each.by,
            )
            for each in made.order_by("pk")
        ]
        return table(["所属", "时间", "原因", "处置", "理由和依据", "处置人"], rows, empty="没有处置记录")

    def has_resolve_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the row waits for a decision and the user handles its list's area."""
        if not self.acts(request, obj, roles=(*CLERKS, *REVIEWERS)):
            return False
        key = obj.pk if isinstance(obj, InboundRow) else obj
        row = InboundRow.objects.select_related("batch").filter(pk=key).first() if key else None
        return key is None or (row is not None and desk_of(row) is not None)

    @asks(
        title="处置",
        description=WHO_DECIDES,
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


def _told(made: RowResolution) -> str:
    """Return a decision in words, and that it counts no more where it does not."""
    label = made.get_decision_display()
    return f"{label}（批次{made.reopened_by_id}已撤销，不再有效）" if made.reopened_by_id else label
