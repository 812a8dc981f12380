"""The monthly scan started by hand: first what it would do, then doing it in the background."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from benefits import tasks
from benefits.selectors.burdens import month_of
from benefits.services.alerts import scan_month
from policy.admin.display import table
from policy.errors import DomainError
from registry.models import Area, Role
from registry.selectors import scope_filter


class RunForm(forms.Form):
    """Where, and for when."""

    area = forms.ModelChoiceField(Area.objects.none(), label="统筹地区", widget=UnfoldAdminSelectWidget)
    period = forms.RegexField(r"^\d{4}(-\d{2})?$", label="期间", widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["area"]
        assert isinstance(field, forms.ModelChoiceField)
        mine = scope_filter(user, area="", roles=[Role.SUPERVISOR])
        field.queryset = Area.objects.filter(mine, is_pooling_area=True).order_by("path")
        field.label_from_instance = lambda area: f"{area.code} {area.name}"  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Run:
    """A run staff may start.

    :param would: what it would do now, by label; raises DomainError where it may not run
    :param start: queues it and returns what to say
    """

    title: str
    period_label: str
    period_before: Callable[[datetime.date], str]
    would: Callable[[Area, str, datetime.date], Mapping[str, Any]]
    start: Callable[[Area, str, datetime.date], str]


def run_page(page: Any, request: HttpRequest, run: Run) -> HttpResponse:
    """Answer the form, the plan, or the start of a run."""
    today = timezone.localdate()
    initial = {"period": run.period_before(today)}
    form = RunForm(request.POST or None, user=request.user, initial=initial)
    form.fields["period"].label = run.period_label
    plan: SafeString | str = ""
    if request.method == "POST" and form.is_valid():
        area, period = form.cleaned_data["area"], form.cleaned_data["period"]
        try:
            plan = counts_table(run.would(area, period, today))
            if "start" in request.POST:
                messages.success(request, run.start(area, period, today))
                return redirect(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
        except DomainError as refused:
            form.add_error(None, refused.message)
    context = page.admin_site.each_context(request) | {
        "title": run.title,
        "form": form,
        "plan": plan,
        "opts": page.opts,
        "back": reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist"),
    }
    return TemplateResponse(request, "admin/openyibao/run.html", context)


def counts_table(counts: Mapping[str, Any]) -> SafeString:
    """Return what a run would do."""
    return table(["项目", "数量"], [(name, _figure(value)) for name, value in counts.items()], numeric=[1])


def _figure(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _scan_would(area: Area, period: str, today: datetime.date) -> Mapping[str, Any]:
    scan = scan_month(area=area, month=period, wet_run=False, today=today)
    found = {f"新增：{label}": count for label, count in scan.raised.items()}
    missing = {f"没有扫描：{label}": why for label, why in scan.unpublished.items()}
    return {"核查人数": scan.checked, "此前已预警": scan.warned_before, **found, **missing}


def _start_scan(area: Area, period: str, today: datetime.date) -> str:
    until = month_of(period).last
    tasks.push_alerts.delay(area=area.code, until=until.isoformat(), today=today.isoformat())
    return f"{area.name} {period} 预警扫描已开始，推送结果见外发事件。"


def _last_month(today: datetime.date) -> str:
    return f"{today.replace(day=1) - datetime.timedelta(days=1):%Y-%m}"


MONTHLY_SCAN = Run("月度预警扫描", "统计月份（如 2025-03）", _last_month, _scan_would, _start_scan)
