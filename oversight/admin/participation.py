"""The page 参保率: how far each place has come, the reasons beside it, month by month, each figure with its list."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from enrollment.admin.labels import STANDINGS
from enrollment.admin.outreach_forms import GROUPS, PeopleForm
from enrollment.admin.outreach_list import asked_task, may_see
from enrollment.selectors.outreach import days_left
from enrollment.selectors.standings import Task
from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import write_xlsx
from oversight.models import ParticipationCount
from oversight.rules.participation import Participation
from oversight.selectors.participation import (
    HARDSHIP,
    Figures,
    PlaceLine,
    kept_counts,
    lines_below,
    rate_of,
    total_of,
)
from policy.admin.display import NOTHING, figures, table, trace_table
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly
from policy.errors import DomainError
from policy.policy import Policy
from policy.selectors import policy_for
from policy.trace import Step, Traced
from policy.words import said
from registry.admin.base import ScopedAdmin
from registry.models import Area
from registry.selectors import area_chain

HERE = "本级（未分到下级）"
HEAD = ("地区", "任务数", *STANDINGS.values(), "应参保数", "完成数", "完成率")
MONTH_HEAD = ("截至日期", "困难群众", "全部居民")
RATE_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the progress sheet."""

    area: Area | None
    name: str
    found: Figures
    rate: Participation

    def numbers(self) -> list[int]:
        """Return the counts from the second column to the last but one."""
        return [
            self.found.listed,
            *(self.found.by_standing[code] for code in STANDINGS),
            self.rate.denominator,
            self.rate.insured,
        ]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The progress sheet of one group: the places below and their sum with its working."""

    rows: Sequence[Row]
    total: Row
    working: Traced[Participation]


def participation_page(request: HttpRequest) -> HttpResponse:
    """Show the progress sheet of an area and year; `xlsx` takes it away."""
    may_see(request)
    form = PeopleForm(request.GET, user=request.user)
    for name in ("which", "contact", "assignee"):
        del form.fields[name]
    task = asked_task(form)
    context: dict[str, Any] = {"title": "参保率", "form": form, "task": task}
    if task is not None:
        group = form.cleaned_data["group"]
        try:
            sheets = sheets_of(task)
        except DomainError as refused:
            form.add_error(None, refused.message)
            context["task"] = None
        else:
            if "xlsx" in request.GET:
                return _xlsx(task, sheets[group], group)
            context |= _shown(task, sheets, group)
    return TemplateResponse(
        request, "admin/openyibao/participation.html", admin.site.each_context(request) | context
    )


def sheets_of(task: Task) -> dict[str, Sheet]:
    """Return the sheet of each group.

    :raises RuleNotPublished: if the documents set no target
    """
    law, lines = _law(task), lines_below(task)
    return {group: _sheet(law, task.area, lines, group) for group in GROUPS}


def _law(task: Task) -> Policy:
    return policy_for(areas=area_chain(task.area), year=task.coverage_year)


def _sheet(law: Policy, area: Area, lines: Iterable[PlaceLine], group: str) -> Sheet:
    known = list(lines)
    rows = [
        Row(
            line.area,
            line.area.name if line.area else HERE,
            found,
            rate_of(law.oversight, found.by_standing).value,
        )
        for line in known
        for found in [line.groups[group]]
        if line.area is None or found.listed
    ]
    total = total_of(known, group)
    working = rate_of(law.oversight, total.by_standing)
    return Sheet(rows, Row(area, "合计", total, working.value), working)


def _shown(task: Task, sheets: dict[str, Sheet], group: str) -> dict[str, Any]:
    sheet = sheets[group]
    return {
        "title_said": f"{task.area.name}，{task.coverage_year} 参保年度，{GROUPS[group]}，截至 {task.day}",
        "left": days_left(task, timezone.localdate()),
        "windows": _windows(task),
        "reach_by": task.rules.reach_by,
        "sums": _sums(task, sheets),
        "sheet": _table(task, sheet, group),
        "contradicted": _contradicted(task, sheet, group),
        "working": trace_table([*_whom(task, group), *sheet.working.as_json()]),
        "months": _months(task),
        "export": f"?{urlencode({**_place(task.area, task), 'group': group, 'xlsx': 1})}",
    }


def _whom(task: Task, group: str) -> list[dict[str, str]]:
    """Return the steps that say whom the task is about."""
    rules, steps = task.rules, []
    if group == HARDSHIP and rules.categories is not None:
        steps.append(Step.citing("困难群众范围", rules.categories))
    if rules.counted_by is not None:
        steps.append(Step.citing("一个人算在哪个地区", rules.counted_by, said(rules.counted_by.value)))
    return [step.as_json() for step in steps]


def _windows(task: Task) -> str:
    told = (f"{window.rules.label} {window.days.first} 至 {window.days.last}" for window in task.windows)
    return "；".join(told)


def _sums(task: Task, sheets: dict[str, Sheet]) -> SafeString:
    """Show the rate of both groups and who is left, each leading to its list."""
    shown = []
    for group, label in GROUPS.items():
        total = sheets[group].total
        shown.append((f"{label}参保率", rate_text(total.rate), _list(total.area, task, group, "done")))
        waiting = total.found.by_standing["waiting"]
        shown.append((f"{label}待动员", f"{waiting:,}", _list(total.area, task, group, "waiting")))
    return figures(shown)


def _table(task: Task, sheet: Sheet, group: str) -> SafeString:
    rows = [_cells(task, row, group) for row in (*sheet.rows, sheet.total)]
    return table(HEAD, rows, numeric=range(1, len(HEAD) - 1), empty="没有人员", kind="oy-progress-table")


def _cells(task: Task, row: Row, group: str) -> list[object]:
    listed, *counts = row.numbers()
    standings, (denominator, insured) = counts[: len(STANDINGS)], counts[len(STANDINGS) :]
    is_total = row.name == "合计"
    name = row.name if row.area is None or is_total else _further(row, task, group)
    return [
        name,
        _linked(listed, row, task, group, "listed"),
        *(_linked(count, row, task, group, code) for code, count in zip(STANDINGS, standings, strict=True)),
        f"{denominator:,}",
        _linked(insured, row, task, group, "done"),
        bar(row.rate),
    ]


def _further(row: Row, task: Task, group: str) -> SafeString:
    assert row.area is not None
    address = reverse("participation") + f"?{urlencode({**_place(row.area, task), 'group': group})}"
    return format_html('<a class="oy-link" href="{}">{}</a>', address, row.name)


def _linked(count: int, row: Row, task: Task, group: str, which: str) -> object:
    """Show a figure, leading to its list; people of no place below have none of their own."""
    if not count or row.area is None:
        return f"{count:,}"
    return format_html(
        '<a class="oy-link" href="{}">{}</a>', _list(row.area, task, group, which), f"{count:,}"
    )


def _contradicted(task: Task, sheet: Sheet, group: str) -> SafeString | str:
    count = sheet.total.found.contradicted
    return _linked(count, sheet.total, task, group, "contradicted") if count else ""  # type: ignore[return-value]


def _list(area: Area | None, task: Task, group: str, which: str) -> str:
    assert area is not None
    return reverse("outreach") + f"?{urlencode({**_place(area, task), 'group': group, 'which': which})}"


def _place(area: Area, task: Task) -> dict[str, Any]:
    """Return what an address says of the place; an earlier day than the usual one stays chosen."""
    usual = min(timezone.localdate(), datetime.date(task.coverage_year, 12, 31))
    day = {"day": task.day} if task.day != usual else {}
    return {"area": area.pk, "year": task.coverage_year, **day}


def rate_text(rate: Participation) -> str:
    """Return a rate as percent, a dash where nobody has to be insured."""
    return NOTHING if rate.rate is None else f"{rate.rate * 100:.{RATE_DIGITS}f}%"


def bar(rate: Participation) -> SafeString:
    """Show a rate as text and bar, and whether it falls short; a dash where nobody has to be insured."""
    if rate.rate is None:
        return format_html("{}", NOTHING)
    tone = "" if rate.reached else "oy-short"
    return format_html(
        '<div class="oy-rate">{} {}<div class="oy-bar {}"><i style="width: {}%"></i></div></div>',
        rate_text(rate),
        "达标" if rate.reached else "未达标",
        tone,
        rate.rate * 100,
    )


def _months(task: Task) -> SafeString:
    """Show what was kept, day by day."""
    law = _law(task)
    days: dict[object, dict[str, SafeString]] = {}
    for kept in kept_counts(area=task.area, coverage_year=task.coverage_year):
        found = rate_of(law.oversight, kept.by_standing).value
        days.setdefault(kept.day, {})[kept.group] = bar(found)
    rows = [(day, *(groups.get(group, "—") for group in GROUPS)) for day, groups in days.items()]
    return table(MONTH_HEAD, rows, empty="还没有留存。每月一日自动留存上月末的数。", kind="oy-months")


def _xlsx(task: Task, sheet: Sheet, group: str) -> HttpResponse:
    rows = ([row.name, *row.numbers(), rate_text(row.rate)] for row in (*sheet.rows, sheet.total))
    name = f"参保进度表-{task.area.name}-{task.coverage_year}-{GROUPS[group]}-{task.day}"
    return xlsx_answer(write_xlsx(HEAD, rows, title="参保进度表"), name)


@admin.register(ParticipationCount)
class ParticipationCountAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """What was kept, place by place."""

    empty_text = "每月一日留存上月末各镇（街）的参保情况，在“参保率”页按月比较。"
    list_display = (
        "day", "area_name", "coverage_year", "group", "insured_here", "employee_scheme", "resident_scheme_elsewhere",
        "employee_scheme_elsewhere", "waiting", "counted_at",
    )  # fmt: skip
    list_filter = (("group", ChoicesDropdownFilter), "coverage_year", "day")
    list_select_related = ("area",)
    search_fields = ("area__name", "area__code__startswith")
    ordering = ("-day", "area__path", "group")
    fields = (
        ("area", "coverage_year", "day", "group"),
        ("insured_here", "employee_scheme", "resident_scheme_elsewhere", "employee_scheme_elsewhere"),
        ("army", "prison", "died"),
        ("lost", "refused", "other", "waiting"),
        "counted_at",
    )
