"""The report of a reconciliation: what its page shows, what is printed, and the whole of it as a file (xlsx)."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import Page, write_book
from oversight.models import Difference, DifferenceState, Reconciliation
from oversight.selectors.reconciliations import age_days, counts_by_kind, sums_by
from policy.admin.display import NOTHING, facts, name_of, table, yuan_text

MOST_EXPORTED = 100_000
MOST_PRINTED = 500
READ_AT_ONCE = 2_000
CLASS_HEAD = ("差异类型", "待说明", "已说明", "已消除", "差额（元）")
FIGURE_HEAD = (
    "参保人数", "全额资助", "资助金额", "入账笔数", "入账净额", "待处理笔数", "待处理金额", "税务笔数", "税务净额",
)  # fmt: skip
# Heading → what its table goes by: heads, and fields of the lines.
TABLES = {
    "按地区、渠道": (("地区", "渠道"), ("area__path", "area__name", "channel")),
    "按日、渠道": (("日期", "渠道"), ("day", "channel")),
    "按渠道": (("渠道",), ("channel",)),
}
DIFFERENCE_HEAD = (
    "差异类型", "日期", "地区", "渠道", "姓名", "证件号码（脱敏）", "税务流水号", "应为", "实为", "情况", "状态",
    "发现日期", "责任人", "说明",
)  # fmt: skip
PRINTED_HEAD = ("差异类型", "日期", "地区", "姓名或流水号", "应为", "实为", "情况", "已等", "责任人", "说明")


def facts_of(paper: Reconciliation) -> list[tuple[str, object]]:
    """Return the figures of the whole month, label and value."""
    said = paper.totals
    until = said.get("tax_until")
    closed = paper.closed_at and f"{timezone.localtime(paper.closed_at):%Y-%m-%d %H:%M} {paper.close_reason}"
    return [
        ("地区", paper.area.name),
        ("月份", f"{paper.month:%Y-%m}"),
        ("参保人数", f"{said.get('people', 0):,}（全额资助 {said.get('aided', 0):,}）"),
        ("入账", f"{said.get('booked', 0):,} 笔 {yuan_of(paper, 'booked_amount')} 元"),
        ("待处理", f"{said.get('held', 0):,} 笔 {yuan_of(paper, 'held_amount')} 元"),
        (
            "税务汇总",
            f"{said['tax']:,} 笔 {yuan_of(paper, 'tax_amount')} 元，报到 {until}" if until else "未报",
        ),
        ("最近核对", paper.run_at and timezone.localtime(paper.run_at)),
        ("结账", closed),
    ]


def yuan_of(paper: Reconciliation, name: str) -> str:
    """Return a sum of money of the last run as pages show it."""
    return yuan_text(Decimal(paper.totals.get(name, 0)))


def figures_table(paper: Reconciliation, heading: str) -> SafeString:
    """Return one of `TABLES`, with a last line of sums."""
    heads, _ = TABLES[heading]
    rows = [(*said, *map(_figure, figures)) for said, figures in _with_sum(_rows(paper, heading), heads)]
    numeric = range(len(heads), len(heads) + len(FIGURE_HEAD))
    return table((*heads, *FIGURE_HEAD), rows, empty="还没有核对", numeric=numeric)


def printed(paper: Reconciliation) -> dict[str, Any]:
    """Return what the print view shows: all figures, and the differences that stand, at most 500."""
    classes = [_class_row(each) for each in counts_by_kind(paper)]
    shown = list(_standing(paper)[: MOST_PRINTED + 1])
    return {
        "title": f"{paper.area.name} {paper.month:%Y年%m月} 人费核对表",
        "facts": facts(facts_of(paper)),
        "state": paper.get_state_display(),
        "sections": [
            ("差异", table(CLASS_HEAD, classes, empty="没有差异", numeric=range(1, 5))),
            *((heading, figures_table(paper, heading)) for heading in TABLES),
            (
                "差异明细",
                table(PRINTED_HEAD, map(_printed, shown[:MOST_PRINTED]), empty="没有差异", numeric=(4, 5)),
            ),
        ],
        "is_cut": len(shown) > MOST_PRINTED,
    }


def report_file(paper: Reconciliation) -> HttpResponse:
    """Return the whole report, its differences last, at most 100,000 of them, numbers masked; nothing computes."""
    pages = [
        Page("合计", ("项目", "数值"), [*facts_of(paper), ("状态", paper.get_state_display())]),
        Page(
            "差异分类", CLASS_HEAD, ((*_class_row(each)[:4], each.amount) for each in counts_by_kind(paper))
        ),
        *(_page(paper, heading) for heading in TABLES),
        Page("差异明细", DIFFERENCE_HEAD, _exported(paper)),
    ]
    return xlsx_answer(write_book(pages), f"人费核对-{paper.area.name}-{paper.month:%Y-%m}")


def _page(paper: Reconciliation, heading: str) -> Page:
    heads, _ = TABLES[heading]
    rows = _with_sum(_rows(paper, heading), heads)
    return Page(heading, (*heads, *FIGURE_HEAD), ((*said, *figures) for said, figures in rows))


def _rows(paper: Reconciliation, heading: str) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    _, names = TABLES[heading]
    for each in sums_by(paper, *names):
        said = dict(zip(names, each.heads, strict=True))
        said.pop("area__path", None)  # only sorts
        yield tuple(value or NOTHING for value in said.values()), each.figures


def _with_sum(
    rows: Iterable[tuple[tuple[Any, ...], tuple[Any, ...]]], heads: Sequence[str]
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    sums: list[Any] = []
    for said, figures in rows:
        sums = [a + b for a, b in zip(sums, figures, strict=True)] if sums else list(figures)
        yield said, figures
    if sums:
        yield ("合计", *("" for _ in heads[1:])), tuple(sums)


def _class_row(each: Any) -> tuple[Any, ...]:
    return each.label, each.open, each.explained, each.resolved, yuan_text(each.amount)


def _figure(value: object) -> str:
    return yuan_text(value) if isinstance(value, Decimal) else f"{value:,}"


def _standing(paper: Reconciliation) -> QuerySet[Difference]:
    rows = Difference.objects.filter(reconciliation=paper).exclude(state=DifferenceState.RESOLVED)
    return rows.select_related("area", "resident", "payment", "owner").order_by("kind", "day", "pk")


def _printed(row: Difference) -> tuple[object, ...]:
    days = age_days(row, today=timezone.localdate())
    serial = row.payment.serial if row.payment else ""
    return (
        row.get_kind_display(),
        row.day,
        row.area.name,
        row.resident.name if row.resident else serial or row.channel,
        yuan_text(row.expected),
        yuan_text(row.found),
        row.detail,
        NOTHING if days is None else f"{days} 天",
        name_of(row.owner) if row.owner else NOTHING,
        row.explanation or NOTHING,
    )


def _exported(paper: Reconciliation) -> Iterator[tuple[object, ...]]:
    rows = Difference.objects.filter(reconciliation=paper).select_related(
        "area", "resident", "payment", "owner"
    )
    for row in rows.order_by("kind", "day", "pk")[:MOST_EXPORTED].iterator(chunk_size=READ_AT_ONCE):
        yield (
            row.get_kind_display(),
            row.day,
            row.area.name,
            row.channel,
            row.resident.name if row.resident else "",
            row.resident.masked_id_number if row.resident else "",
            row.payment.serial if row.payment else "",
            row.expected,
            row.found,
            row.detail,
            row.get_state_display(),
            row.found_on,
            name_of(row.owner) if row.owner else "",
            row.explanation,
        )
