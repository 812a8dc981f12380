"""A billing run in tables: what who owes and gets, who pays the aid, who is left out, how far the workers are."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from enrollment.admin.labels import POPULATIONS, label, policy_label
from enrollment.models import BillingGroup, BillingLeftOut, BillingRun, BillingState
from enrollment.selectors.billing import (
    BillingLine,
    billing_lines,
    billing_totals,
    payer_totals,
    reason_label,
    refused_groups,
    stage_of,
)
from exchange.admin.downloads import xlsx_answer
from exchange.admin.progress import Progress, rate_of
from exchange.models import Job, JobStatus
from exchange.parsers.writer import write_xlsx
from policy.admin.display import link, list_url, table, yuan_text
from policy.words import said

LINES = (
    "政策版本", "人员类别", "缴费期", "特殊人群", "资助档次", "人数", "应缴", "资助", "扶持", "个人应缴", "财政补助",
    "待遇开始", "应缴合计", "资助合计", "扶持合计", "个人应缴合计",
)  # fmt: skip
NUMERIC = (5, 6, 7, 8, 9, 12, 13, 14, 15)
LEFT_OUT = ("姓名", "证件号码", "居住地", "原因")
STAGES = {BillingState.PLANNING: "正在试算，还没有登记任何人", BillingState.BILLING: "正在登记并核定"}


def line_cells(line: BillingLine) -> list[object]:
    """Return a line's cells, money as numbers."""
    return [
        line.policy_key,
        label(POPULATIONS, line.population),
        policy_label(line.policy_key, "window", line.window) or "—",
        policy_label(line.policy_key, "group", line.special_group) or "—",
        line.tier or "不享受资助",
        line.people,
        line.due,
        line.assisted,
        line.supported,
        line.payable,
        f"{said(line.subsidy)}{f'（{line.claim_year} 年）' if line.claim_year else ''}",
        line.benefit_start or "当年无待遇",
        line.total_due,
        line.total_assisted,
        line.total_supported,
        line.total_payable,
    ]


def sum_cells(lines: list[BillingLine]) -> list[object]:
    """Return the cells of what all lines come to."""
    totals = billing_totals(lines)
    people = sum(line.people for line in lines)
    sums = [totals["due"], totals["assisted"], totals["supported"], totals["payable"]]
    return ["合计", "", "", "", "", people, "", "", "", "", "", "", *sums]


def lines_table(run: BillingRun) -> SafeString:
    """Return what the people of a run owe and get, each line with a group that shows the working."""
    lines = billing_lines(run)
    rows = [[*map(_shown, line_cells(line)), _sample(line)] for line in lines]
    if lines:
        rows.append([*map(_shown, sum_cells(lines)), ""])
    return table([*LINES, "样例"], rows, numeric=NUMERIC, empty="没有人可以开单")


def payers_table(run: BillingRun) -> SafeString:
    """Return who pays what of the assistance."""
    rows = [
        (said(component), "、".join(map(said, payers)), yuan_text(amount))
        for (component, payers), amount in sorted(payer_totals(run).items())
    ]
    return table(["险种", "出资方", "金额"], rows, numeric=[2], empty="没有人享受资助")


def left_out_table(run: BillingRun) -> SafeString:
    """Return why how many people are left out, each reason leading to its list."""
    counts = run.counts.get(stage_of(run), {}).get("left_out", {})
    listed = set(
        BillingLeftOut.objects.filter(run=run).values_list("reason", flat=True).distinct().order_by()
    )
    rows = [
        (
            reason_label(reason),
            f"{people:,}",
            _list_link(run, reason) if reason in listed else "已登记的见参保登记",
        )
        for reason, people in sorted(counts.items(), key=lambda pair: -pair[1])
    ]
    return table(["原因", "人数", "名单"], rows, numeric=[1], empty="没有人不开单")


def refusals_table(run: BillingRun) -> SafeString:
    """Return what the documents were silent on, and for how many people."""
    stage = stage_of(run)
    rows = [
        (group.message, f"{getattr(group, stage):,}", link(group.example, group.example.name))
        for group in refused_groups(run)[:50]
    ]
    return table(["说明", "人数", "样例人员"], rows, numeric=[1])


def progress_of_run(run: BillingRun, *, now: datetime.datetime | None = None) -> Progress | None:
    """Return how far the workers are with a run and how long they still need; nothing if none is at it."""
    job = run.billing or run.planning
    if run.state not in STAGES or job is None:
        return None
    stage = STAGES[BillingState(run.state)]
    if job.status == JobStatus.PAUSED:
        return Progress(f"已暂停，可继续。{stage}。", job.done, job.total)
    if job.status == JobStatus.FAILED:
        return None
    return Progress(f"{stage}{rate_of(job, now or timezone.now())}。", job.done, job.total)


def xlsx_lines(run: BillingRun) -> Iterator[list[object]]:
    """Yield the lines of a run and their sum, money as numbers."""
    lines = billing_lines(run)
    yield from (line_cells(line) for line in lines)
    if lines:
        yield sum_cells(lines)


def run_context(run: BillingRun) -> dict[str, Any]:
    """Return what the page of a run shows below its fields."""
    progress = progress_of_run(run)
    failed = run.state in STAGES and job_of(run).status == JobStatus.FAILED
    context: dict[str, Any] = {"progress": progress, "failed": failed, "lines": ""}
    if not run.counts:
        return context
    over = stage_of(run) == "billed"
    return context | {
        "heading": "开单结果" if over else "试算结果",
        "remark": "" if over else "尚未登记任何人",
        "lines": lines_table(run),
        "payers": payers_table(run),
        "left_out": left_out_table(run),
        "refusals": refusals_table(run) if refused_groups(run).exists() else "",
    }


def file_of(
    run: BillingRun, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """Return rows about a run as xlsx."""
    name = f"{title}-{run.area.name}-{run.coverage_year}-{timezone.localdate()}"
    return xlsx_answer(write_xlsx(columns, rows, title=title), name)


def job_of(run: BillingRun) -> Job:
    """Return the job of the stage a run is in."""
    job = run.billing or run.planning
    assert job is not None
    return job


def _shown(cell: object) -> object:
    if isinstance(cell, Decimal):
        return yuan_text(cell)
    return f"{cell:,}" if isinstance(cell, int) else cell


def _sample(line: BillingLine) -> object:
    return link(BillingGroup(pk=line.group_id), "看计算过程")


def _list_link(run: BillingRun, reason: str) -> SafeString:
    address = list_url(BillingLeftOut, run__id__exact=run.pk, reason__exact=reason)
    return format_html('<a class="oy-link" href="{}">看名单</a>', address)
