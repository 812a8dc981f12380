"""The page 支付比例与基金运行: the share of in-policy expense the fund pays, and what the fund took in and paid."""

import datetime
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

from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import Page, write_book
from oversight.admin.statistics_forms import AreaField
from oversight.selectors.fund_run import FundMonth, fund_months
from oversight.selectors.in_policy import RatioLine, RatioSheet, in_policy_sheet
from policy.admin.charts import column_chart
from policy.admin.display import NOTHING, badge, table, trace_table, yuan_text
from policy.admin.house import DayInput
from registry.models import Area
from registry.selectors import scoped_areas

RATIO_HEAD = ("住院人次", "政策范围内费用", "统筹基金支付", "支付比例", "")
FUND_HEAD = (
    "月份", "缴费到账", "财政补助到账", "资助参保到账", "收入合计", "基本医保支出", "收支差额",
    "大病保险支出", "补充保险支出", "医疗救助支出",
)  # fmt: skip
GRADES = {"grade_1": "一级", "grade_2": "二级", "grade_3": "三级", "any": "未定级"}
YEARS_BACK = 5
OUTSIDE = "超出区间"
FUND_NOTE = (
    "缴费到账含与保费同缴的长护险，冲正、退费记在办理当月，结算单冲正、更正、重新结算的补付追回也是；基本医保支出含住院、门诊、生育。大病保险、补充保险、医疗救助由各自的资金支付，"
    "不计入收支差额。县（市、区）的基金收支以所属统筹地区为准。"
)


class RatioForm(forms.Form):
    """Which months of which area, and by which records."""

    area = AreaField(label="地区")
    year = forms.TypedChoiceField(label="年度", coerce=int, widget=UnfoldAdminSelectWidget)
    first = forms.TypedChoiceField(label="自", coerce=int, widget=UnfoldAdminSelectWidget)
    last = forms.TypedChoiceField(label="至", coerce=int, widget=UnfoldAdminSelectWidget)
    known_on = forms.DateField(
        label="记录截至", required=False, widget=DayInput, help_text="按当日为止的记录计算；不填按现在的"
    )

    def __init__(self, data: Any, *, user: Any, today: datetime.date) -> None:
        area = AreaField.of(scoped_areas(user), data.get("area"))
        told = {"year": today.year, "first": 1, "last": today.month if not data.get("year") else 12}
        told |= {"area": area.initial.pk} if area.initial else {}
        super().__init__(told | {name: value for name, value in data.items() if value})
        self.today = today
        self.fields["area"] = area
        years = [(year, str(year)) for year in range(today.year, today.year - YEARS_BACK, -1)]
        months = [(month, f"{month}月") for month in range(1, 13)]
        for name, choices in (("year", years), ("first", months), ("last", months)):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Refuse months in the wrong order, and records of a day that has not come."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("first", 1) > data.get("last", 12):
            self.add_error("last", "截止月份不能早于起始月份。")
        if (day := data.get("known_on")) is not None and day > self.today:
            self.add_error("known_on", "不能晚于今天。")
        return data


def in_policy_page(request: HttpRequest) -> HttpResponse:
    """Show the share and the run of the fund; `xlsx` takes both away."""
    if not request.user.has_perm("benefits.view_claim"):
        raise PermissionDenied
    form = RatioForm(request.GET, user=request.user, today=timezone.localdate())
    context: dict[str, Any] = {"title": "支付比例与基金运行", "form": form, "shown": None}
    if form.is_valid():
        data = form.cleaned_data
        area, first, last = (
            data["area"],
            *(datetime.date(data["year"], data[name], 1) for name in ("first", "last")),
        )
        sheet = in_policy_sheet(area=area, first=first, last=last, known_on=data["known_on"])
        fund = fund_months(area=area, first=first, last=last, known_on=data["known_on"])
        if "xlsx" in request.GET:
            return _xlsx(sheet, fund, f"支付比例与基金运行-{area.name}-{first:%Y-%m}至{last:%Y-%m}")
        asked = {**data, "area": area.pk}
        context["shown"] = _shown(sheet, fund, area, {name: each for name, each in asked.items() if each})
    page = "admin/openyibao/statistics.html"
    return TemplateResponse(request, page, admin.site.each_context(request) | context)


def _shown(
    sheet: RatioSheet, fund: Sequence[tuple[str, FundMonth]], area: Area, asked: dict[str, Any]
) -> dict[str, Any]:
    return {
        "said": f"{area.name}，{asked['year']} 年 {asked['first']} 至 {asked['last']} 月（按结算日期）",
        "warnings": [text for text in (sheet.silence, _warning(sheet.total)) if text],
        **_chart(sheet),
        "tables": [
            (
                title,
                table(
                    [heading, *RATIO_HEAD],
                    list(map(_cells, lines)),
                    numeric=range(1, 5),
                    empty="没有住院结算",
                ),
            )
            for title, heading, lines in _parts(sheet)
        ]
        + [("基金收支", _fund_table(fund))],
        "working": trace_table(sheet.total.traced.as_json()) if sheet.total.traced else "",
        "note": FUND_NOTE,
        "export": f"?{urlencode(asked | {'xlsx': 1})}",
    }


def _parts(sheet: RatioSheet) -> list[tuple[str, str, Sequence[RatioLine]]]:
    return [
        ("各月", "月份", [*sheet.months, sheet.total]),
        ("各地", "居住地", sheet.places),
        ("各级医疗机构", "级别", sheet.grades),
    ]


def _warning(total: RatioLine) -> str:
    if not total.is_outside or total.traced is None:
        return ""
    clause = next(step.clause for step in total.traced.steps if step.label == "目标")
    return f"合计支付比例 {_percent(total)}，不在文件要求的区间内（{clause}），请分析原因。"


def _chart(sheet: RatioSheet) -> dict[str, str]:
    shares = [round(float(each.share or 0) * 100, 2) for each in sheet.months]
    return column_chart([each.name for each in sheet.months], {"支付比例（%）": shares})


def _cells(line: RatioLine) -> list[object]:
    mark: SafeString | str = badge(OUTSIDE, "orange") if line.is_outside else ""
    return [_name(line), f"{line.sums.stays:,}", *map(yuan_text, _amounts(line)), _percent(line), mark]


def _name(line: RatioLine) -> str:
    return GRADES.get(line.name, line.name)


def _amounts(line: RatioLine) -> tuple[Any, Any]:
    return line.sums.in_policy, line.sums.fund_paid


def _percent(line: RatioLine) -> str:
    return NOTHING if line.share is None else f"{line.share * 100:.2f}%"


def _fund_table(fund: Sequence[tuple[str, FundMonth]]) -> SafeString:
    rows = [[month, *map(yuan_text, _fund_amounts(each))] for month, each in _with_total(fund)]
    return table(FUND_HEAD, rows, numeric=range(1, len(FUND_HEAD)), empty="没有收支")


def _with_total(fund: Sequence[tuple[str, FundMonth]]) -> list[tuple[str, FundMonth]]:
    return [*fund, ("合计", sum((each for _, each in fund), FundMonth()))] if fund else []


def _fund_amounts(each: FundMonth) -> tuple[Any, ...]:
    return (
        each.premiums, each.subsidies, each.assistance, each.income, each.basic, each.balance, each.critical_illness,
        each.supplement, each.medical_assistance,
    )  # fmt: skip


def _xlsx(sheet: RatioSheet, fund: Sequence[tuple[str, FundMonth]], name: str) -> HttpResponse:
    pages = [
        Page(
            title,
            [heading, *RATIO_HEAD[:-1], "是否在区间内"],
            [
                [
                    _name(line),
                    line.sums.stays,
                    *_amounts(line),
                    _percent(line),
                    "否" if line.is_outside else "",
                ]
                for line in lines
            ],
        )
        for title, heading, lines in _parts(sheet)
    ]
    rows = [[month, *_fund_amounts(each)] for month, each in _with_total(fund)]
    return xlsx_answer(write_book([*pages, Page("基金收支", FUND_HEAD, rows)]), name)
