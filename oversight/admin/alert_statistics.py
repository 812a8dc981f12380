"""The page 预警统计: how far the alerts of each place have come, month by month, to see and to take away."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget

from benefits.models import Alert
from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import Page, write_book
from oversight.admin.statistics_forms import AreaField
from oversight.selectors.alert_statistics import (
    AlertFigures,
    AlertStatistics,
    alert_statistics,
    months_with_alerts,
)
from policy.admin.charts import column_chart
from policy.admin.display import figures, list_url, table
from registry.models import Area
from registry.selectors import scoped_areas

COLUMNS = {
    "pushed": "推送",
    "acknowledged": "签收",
    "visited": "入户",
    "recognized": "纳入困难身份",
    "assisted": "给予救助",
    "not_eligible": "不符合条件",
    "waiting": "待反馈",
    "overdue": "超期",
    "withdrawn": "撤回",
}
MEDIAN = "办理天数（中位数）"
HEAD = ("地区", *COLUMNS.values(), MEDIAN)
MONTH_HEAD = ("统计月份", *HEAD[1:])
MONTHS_AT_FIRST = 12
NOTE = (
    "推送不含未反馈即撤回的。超期：今天已过期限而未办的，和过了反馈期限才反馈的。"
    "天数自推送之日起到反馈之日止。"
)


class StatisticsForm(forms.Form):
    """Which alerts."""

    area = AreaField(label="地区")
    first = forms.ChoiceField(label="自", widget=UnfoldAdminSelectWidget)
    last = forms.ChoiceField(label="至", widget=UnfoldAdminSelectWidget)

    def __init__(self, data: Any, *, user: Any) -> None:
        area_field = AreaField.of(scoped_areas(user), data.get("area"))
        chosen = area_field.initial
        months = months_with_alerts(chosen) if chosen else []
        told = {
            "area": str(chosen.pk) if chosen else "",
            "first": months[:MONTHS_AT_FIRST][-1] if months else "",
            "last": months[0] if months else "",
        }
        super().__init__(told | {name: value for name, value in data.items() if value})
        self.fields["area"] = area_field
        for name in ("first", "last"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(month, month) for month in months]


def alert_statistics_page(request: HttpRequest) -> HttpResponse:
    """Show what became of the alerts of an area; `xlsx` takes it away."""
    if not request.user.has_perm("benefits.view_alert"):
        raise PermissionDenied
    form = StatisticsForm(request.GET, user=request.user)
    context: dict[str, Any] = {"title": "预警统计", "form": form, "shown": None}
    if form.is_valid():
        area, first, last = (form.cleaned_data[name] for name in ("area", "first", "last"))
        found = alert_statistics(area=area, first=first, last=last, today=timezone.localdate())
        if "xlsx" in request.GET:
            return _xlsx(found, f"预警统计-{area.name}-{first}至{last}")
        context["shown"] = _shown(found, area, {"area": area.pk, "first": first, "last": last})
    page = "admin/openyibao/statistics.html"
    return TemplateResponse(request, page, admin.site.each_context(request) | context)


def _shown(found: AlertStatistics, area: Area, asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "said": f"{area.name}，统计月份 {asked['first']} 至 {asked['last']}",
        "sums": _sums(found.total),
        **_chart(found),
        "tables": [
            ("各地", _table(HEAD, [*found.places, ("合计", found.total)])),
            ("各月", _table(MONTH_HEAD, found.months)),
        ],
        "note": NOTE,
        "export": f"?{urlencode(asked | {'xlsx': 1})}",
    }


def _sums(total: AlertFigures) -> SafeString:
    """Show the totals, each leading to its list."""
    return figures(
        [
            ("推送", f"{total.pushed:,}", list_url(Alert)),
            ("纳入困难身份", f"{total.recognized:,}", list_url(Alert, outcome__exact="recognized")),
            ("给予救助", f"{total.assisted:,}", list_url(Alert, outcome__exact="assisted")),
            ("待反馈", f"{total.waiting:,}", list_url(Alert)),
            ("超期", f"{total.overdue:,}", list_url(Alert, late=1)),
        ]
    )


def _chart(found: AlertStatistics) -> dict[str, str]:
    shown = ("pushed", "waiting", "recognized", "assisted")
    series = {COLUMNS[name]: [getattr(each, name) for _, each in found.months] for name in shown}
    return column_chart([month for month, _ in found.months], series)


def _table(head: Sequence[str], rows: Sequence[tuple[str, AlertFigures]]) -> SafeString:
    cells = [[name, *(f"{count:,}" for count in _counts(each)), _median(each)] for name, each in rows]
    return table(head, cells, numeric=range(1, len(head)), empty="没有预警")


def _counts(each: AlertFigures) -> list[int]:
    return [getattr(each, name) for name in COLUMNS]


def _median(each: AlertFigures) -> str:
    return "—" if each.median_days is None else f"{each.median_days:g}"


def _xlsx(found: AlertStatistics, name: str) -> HttpResponse:
    places = [
        [place, *_counts(each), _median(each)] for place, each in (*found.places, ("合计", found.total))
    ]
    months = [[month, *_counts(each), _median(each)] for month, each in found.months]
    return xlsx_answer(write_book([Page("各地", HEAD, places), Page("各月", MONTH_HEAD, months)]), name)
