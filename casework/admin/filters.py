"""Filters of the list of cases, and the figures of what they leave."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from casework.admin.parts import KINDS
from casework.models import Case, Verdict
from casework.selectors import FigureSum, figure_sums, in_queue, overdue
from policy.admin.display import NOTHING, table, yuan_text

YUAN = "元"
MINE, LATE = "mine", "late"


class KindFilter(admin.SimpleListFilter):
    """By kind of question, those that occur in the user's areas."""

    title = "类型"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[tuple[str, str]]:
        """Offer the kinds there are."""
        kinds = model_admin.get_queryset(request).order_by("kind").values_list("kind", flat=True).distinct()
        for kind in kinds:
            yield kind, KINDS.get(kind, kind)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        """Leave the cases of the kind."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


class QueueFilter(admin.SimpleListFilter):
    """What the first page counts: the user's queue, and what is late."""

    title = "待办"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [(MINE, "我的和待分派"), (LATE, "已超期")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        """Leave the cases of the choice."""
        if self.value() == MINE:
            return in_queue(queryset, request.user)
        return overdue(queryset, on=timezone.localdate()) if self.value() == LATE else queryset


def sums_table(cases: QuerySet[Case]) -> SafeString:
    """Return what the figures of some cases add up to: a row an item, a column a verdict; empty = they have none."""
    sums = figure_sums(cases)
    if not sums:
        return SafeString()
    by_place = {(each.item, each.unit, each.verdict): each for each in sums}
    items = dict.fromkeys((each.item, each.unit) for each in sums)
    rows = [
        (item, *(_cell(by_place.get((item, unit, str(verdict.value)))) for verdict in Verdict))
        for item, unit in items
    ]
    return table(["项目", *(str(verdict.label) for verdict in Verdict)], rows)


def _cell(found: FigureSum | None) -> str:
    if found is None:
        return NOTHING
    count = f"{found.cases} 件 {found.figures} 项"
    if found.unit != YUAN:
        return count
    sign = "+" if found.moved > 0 else ""
    word = "合计" if found.verdict in (Verdict.CHANGED, Verdict.ASKS) else "若调整"
    return f"{count}，{word} {sign}{yuan_text(found.moved)} 元"
