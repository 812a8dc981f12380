"""The picture and the table of what each way to pay gives: when benefits start, what is waited, what it costs."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from enrollment.models import ContributionPeriod
from enrollment.services.prospects import Prospect
from policy.admin.display import NOTHING, table, yuan_text

WIDTH, LEFT, TOP, LINE, BAR = 960, 190, 26, 30, 14
MOST_MONTHS_SHOWN = 13
Scale = Callable[[datetime.date], float]
ALWAYS = ("何时缴费", "缴费日", "应缴", "资助", "个人应缴", "待遇开始", "待遇结束", "等待天数")
WHERE_WAITED = ("固定等待（月）", "变动等待（月）", "共等待（月）", "修复另缴")


@dataclass(frozen=True, slots=True)
class Bar:
    """One way to pay as drawn: the wait and the cover; a width of nothing is not drawn."""

    label: str
    title: str
    top: float
    paid: float
    wait_width: float
    cover: float
    cover_width: float

    @property
    def middle(self) -> float:
        """Where the label stands."""
        return self.top + BAR / 2


@dataclass(frozen=True, slots=True)
class Way:
    """A payment and what it gives; null start = no benefit day in the coverage year, the wait runs to `until`."""

    label: str
    paid_on: datetime.date
    until: datetime.date
    start: datetime.date | None
    end: datetime.date | None
    title: str


def prospect_parts(found: Sequence[Prospect]) -> SafeString:
    """Return the picture with the table below it; nothing where there is no way to pay."""
    if not found:
        return SafeString()
    return format_html("{}{}", picture([_way(each) for each in found if each.quote]), _table(found))


def paid_part(row: ContributionPeriod) -> SafeString:
    """Return the picture of a paid year; nothing of one whose pay day nobody knows."""
    if row.paid_on is None:
        return SafeString()
    year_end = datetime.date(row.coverage_year, 12, 31)
    gives = f"待遇 {row.benefit_start} 至 {row.benefit_end}" if row.benefit_start else "本年度没有待遇日"
    title = f"{row.paid_on} 缴清 {row.paid} 元，{gives}"
    until = row.benefit_start or year_end
    return picture([Way("已缴清", row.paid_on, until, row.benefit_start, row.benefit_end, title)])


def _table(found: Sequence[Prospect]) -> SafeString:
    waited = any(each.months_left for each in found)
    heads = [*ALWAYS, *(WHERE_WAITED if waited else ())]
    return table(heads, (_row(each)[: len(heads)] for each in found), numeric=[2, 3, 4, *range(7, 12)])


def _row(each: Prospect) -> tuple[object, ...]:
    if each.quote is None:
        return (each.label, each.paid_on, *[NOTHING] * 3, each.refusal, *[NOTHING] * 6)
    dues = each.quote.dues
    return (
        _named(each),
        each.paid_on,
        yuan_text(dues.due),
        yuan_text(dues.assisted),
        yuan_text(dues.payable),
        each.start or f"本年度没有待遇日（须自 {dues.terms.would_start} 起）",
        each.end or NOTHING,
        each.days_waited,
        each.fixed_months or NOTHING,
        each.variable_months or NOTHING,
        each.months_left or NOTHING,
        yuan_text(each.costs) if each.costs else NOTHING,
    )


def _named(each: Prospect) -> str:
    """Return the label with the window or the special group whose terms hold, where it does not name it."""
    return each.label if each.terms in each.label else f"{each.label}（{each.terms}）"


def picture(ways: Sequence[Way]) -> SafeString:
    """Return the picture as SVG, from the month of the first payment or benefit day on; nothing for no way."""
    if not ways:
        return SafeString()
    last = max(each.end or each.until for each in ways)
    first = min(min(each.paid_on, each.start or each.paid_on) for each in ways).replace(day=1)
    days = (last - first).days + 1

    def x(day: datetime.date) -> float:
        inside = min(max((day - first).days, 0), days)
        return round(LEFT + inside / days * (WIDTH - LEFT - 10), 1)

    bottom = TOP + LINE * len(ways)
    return render_to_string(
        "admin/openyibao/prospects.html",
        {
            "width": WIDTH,
            "height": bottom + 4,
            "left": LEFT,
            "label_x": LEFT - 10,
            "top": TOP - 6,
            "bottom": bottom,
            "months": [(_month(day), x(day)) for day in _months(first, last)],
            "bars": [_bar(each, TOP + LINE * place + 6, x) for place, each in enumerate(ways)],
            "said": "；".join(each.title for each in ways),
        },
    )


def _bar(way: Way, top: float, x: Scale) -> Bar:
    paid, start = x(way.paid_on), x(way.start or way.until)
    covered = x(way.end + datetime.timedelta(days=1)) - start if way.start and way.end else 0
    return Bar(
        label=way.label,
        title=way.title,
        top=top,
        paid=paid,
        wait_width=max(round(start - paid, 1), 0),
        cover=start,
        cover_width=round(covered, 1),
    )


def _way(each: Prospect) -> Way:
    assert each.quote is not None
    paid = f"{each.label}（{each.paid_on}）缴 {each.quote.dues.payable} 元"
    gives = f"待遇 {each.start} 至 {each.end}" if each.start else "本年度没有待遇日"
    until = each.start or each.quote.dues.terms.would_start
    return Way(each.label, each.paid_on, until, each.start, each.end, f"{paid}，{gives}")


def _months(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Return every month's first day, every third where there are so many that their names would touch."""
    found, day = [], first
    while day <= last:
        found.append(day)
        day = (day + datetime.timedelta(days=31)).replace(day=1)
    return found[:: 1 if len(found) <= MOST_MONTHS_SHOWN else 3]


def _month(day: datetime.date) -> str:
    return f"{day.year}-{day.month:02d}"
