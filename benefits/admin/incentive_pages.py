"""A year end in tables and charts: what it changes by size, category and town, and how far the workers are."""

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from benefits.models import IncentiveRun, RunState
from benefits.services.year_end import COUNT_LABELS, stage_job
from exchange.admin.progress import Progress, rate_of
from exchange.models import UNDER_WAY, JobStatus
from hardship.models import Category
from policy.admin.charts import column_chart
from policy.admin.display import table
from registry.models import Area, Role
from registry.selectors import scope_filter

NO_CAP, NO_IDENTITY = "未规定封顶线", "无困难身份"
STAGES = {
    RunState.COMPUTING: "正在核算，批准前不生效",
    RunState.APPLIED: "已生效，正在更正核算后有变化的人员、重新结算次年费用",
}
Changes = Mapping[str, int]  # change in yuan, "" = no cap → people


class YearEndForm(forms.Form):
    """Where, and for which year."""

    area = forms.ModelChoiceField(Area.objects.none(), label="统筹地区", widget=UnfoldAdminSelectWidget)
    year = forms.IntegerField(
        label="参保年度", min_value=2000, max_value=2100, widget=UnfoldAdminIntegerFieldWidget
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["area"]
        assert isinstance(field, forms.ModelChoiceField)
        mine = scope_filter(user, area="", roles=[Role.SUPERVISOR])
        field.queryset = Area.objects.filter(mine, is_pooling_area=True).order_by("path")
        field.label_from_instance = lambda area: f"{area.code} {area.name}"  # type: ignore[assignment]


def run_context(run: IncentiveRun) -> dict[str, Any]:
    """Return what the page of a run shows below its fields."""
    job = stage_job(run)
    context = {
        "progress": progress_of_run(run),
        "failed": job is not None and job.status == JobStatus.FAILED,
        "counts": "",
    }
    if "changes" not in run.counts:
        return context
    return context | {
        "counts": counts_table(run.counts),
        "parts": [_by_size(run.counts), _by_category(run.counts), _by_town(run.counts)],
    }


def progress_of_run(run: IncentiveRun, *, now: datetime.datetime | None = None) -> Progress | None:
    """Return how far the workers are with a run and how long they still need; nothing if none is at it."""
    job = stage_job(run)
    if job is None or job.status not in (*UNDER_WAY, JobStatus.PAUSED):
        return None
    stage = STAGES[RunState(run.state)]
    if job.status == JobStatus.PAUSED:
        return Progress(f"已暂停，可继续。{stage}。", job.done, job.total)
    return Progress(f"{stage}{rate_of(job, now or timezone.now())}。", job.done, job.total)


def counts_table(counts: Mapping[str, Any]) -> SafeString:
    """Return how many people it counted, by what happened to them."""
    rows = [(label, f"{counts[name]:,}") for name, label in COUNT_LABELS.items() if name in counts]
    return table(["项目", "人数"], rows, numeric=[1])


def change_text(change: str) -> str:
    """Return by how much a cap moved, in words."""
    if not change:
        return NO_CAP
    amount = Decimal(change)
    return "不变" if not amount else f"{'提高' if amount > 0 else '降低'} {abs(amount):,.2f} 元"


def _by_size(counts: Mapping[str, Any]) -> dict[str, Any]:
    sizes = _sorted(counts["changes"])
    caps = sorted(counts["caps"].items(), key=lambda pair: Decimal(pair[0] or 0))
    rows = [(change_text(change), f"{people:,}") for change, people in sizes]
    cap_rows = [(f"{Decimal(cap):,.2f}" if cap else NO_CAP, f"{people:,}") for cap, people in caps]
    chart = column_chart([change_text(each) for each, _ in sizes], {"人数": [people for _, people in sizes]})
    return chart | {
        "title": "封顶线变动（与上年度相比）",
        "tables": [
            table(["变动", "人数"], rows, numeric=[1], empty="没有人员"),
            table(["次年封顶线（元）", "人数"], cap_rows, numeric=[1], empty="没有人员"),
        ],
    }


def _by_category(counts: Mapping[str, Any]) -> dict[str, Any]:
    labels = dict(Category.objects.values_list("code", "label"))
    named = [(labels.get(code, code or NO_IDENTITY), part) for code, part in counts["by_category"].items()]
    return _part("按困难身份（年末持有，兼有的各计一次）", "身份", named)


def _by_town(counts: Mapping[str, Any]) -> dict[str, Any]:
    places = Area.objects.select_related("parent").in_bulk([int(each) for each in counts["by_town"]])
    ordered = sorted(counts["by_town"].items(), key=lambda pair: places[int(pair[0])].path)
    named = [(town_name(places[int(pk)]), part) for pk, part in ordered]
    return _part("按居住的乡镇街道", "乡镇街道", named)


def town_name(area: Area) -> str:
    """Return a town with what it lies in: many counties have one of the same name."""
    return area.name if area.parent is None else f"{area.parent.name} {area.name}"


def _part(title: str, column: str, named: Iterable[tuple[str, Changes]]) -> dict[str, Any]:
    """Return a difference by something as a table and a chart."""
    rows = [(name, _told(part)) for name, part in named]
    cells = [(name, *(f"{people:,}" for people in told)) for name, told in rows]
    up, down = ([told[at] for _, told in rows] for at in (0, 2))
    return column_chart([name for name, _ in rows], {"提高": up, "降低": down}) | {
        "title": title,
        "tables": [
            table([column, "提高", "不变", "降低"], cells, numeric=[1, 2, 3], empty="没有人员"),
        ],
    }


def _told(part: Changes) -> tuple[int, int, int]:
    """Return how many people's cap rose, stayed and sank."""
    signed = [(Decimal(change or 0), people) for change, people in part.items()]
    return (
        sum(people for change, people in signed if change > 0),
        sum(people for change, people in signed if change == 0),
        sum(people for change, people in signed if change < 0),
    )


def _sorted(changes: Changes) -> list[tuple[str, int]]:
    return sorted(changes.items(), key=lambda pair: Decimal(pair[0] or 0))
