"""One person at the counter: found by number, quoted with the whole working, registered as was shown."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from enrollment.admin.labels import CHANNELS, POPULATIONS
from enrollment.admin.prospects import prospect_parts
from enrollment.models import Enrollment
from enrollment.services.on_the_spot import Counter, Offered, enroll_at_counter, offer_at_counter
from policy.admin.display import NOTHING, change_url, facts, link, list_url, table, trace_table, yuan_text
from policy.admin.house import DayInput
from policy.errors import DomainError
from policy.words import said
from registry.admin.base import CLERKS
from registry.models import Resident
from registry.selectors import resident_by_number, scope_filter

AT_COUNTER = ("window", "online", "school")
FIRST_MONTH_OF_NEXT = 9  # from autumn on people come for the year after

TOLD_LATE = "个人无须缴费，没有缴费到账日，不能按过去的日子参保：按今天（{}）登记并推算待遇。"


class CounterForm(forms.Form):
    """Whom, for which year, paying when, and what they say in writing."""

    number = forms.CharField(
        label="证件号码", max_length=30, help_text="完整号码", widget=UnfoldAdminTextInputWidget
    )
    year = forms.IntegerField(
        label="参保年度", min_value=2000, max_value=2100, widget=UnfoldAdminIntegerFieldWidget
    )
    on = forms.DateField(label="缴费日", help_text="按当日缴费核定", widget=DayInput)
    population = forms.ChoiceField(
        label="人员类别", choices=list(POPULATIONS.items()), widget=UnfoldAdminSelectWidget
    )
    channel = forms.ChoiceField(
        label="登记渠道",
        choices=[(code, CHANNELS[code]) for code in AT_COUNTER],
        widget=UnfoldAdminSelectWidget,
    )
    place = forms.CharField(
        label="登记地点",
        max_length=30,
        required=False,
        help_text="如村（居）委会、学校",
        widget=UnfoldAdminTextInputWidget,
    )
    months = forms.IntegerField(
        label="缴费修复月数",
        min_value=0,
        max_value=24,
        required=False,
        help_text="断保后缴费缩短变动等待期的，填月数",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    confirmation = forms.CharField(
        label="本人书面确认内容",
        max_length=300,
        required=False,
        help_text="当年已无待遇日仍要参保的填写；确认人、经办人和时间随变更记录保存",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_number(self) -> Resident:
        """Return the person of the number, where the user registers people."""
        found = resident_by_number(self.cleaned_data["number"])
        mine = scope_filter(self.user, area="living_area", roles=CLERKS)
        if found is None or not Resident.objects.filter(mine, pk=found.pk).exists():
            raise forms.ValidationError("查无此人，或不在您的经办范围内；未登记过的人员请先办理人员登记。")
        return found

    def asked(self) -> Counter:
        """Return what was said."""
        data = self.cleaned_data
        return Counter(
            resident=data["number"],
            coverage_year=data["year"],
            on=data["on"],
            population=data["population"],
            channel=data["channel"],
            place=data["place"].strip(),
            months=data["months"] or 0,
            confirmation=data["confirmation"].strip(),
        )


def counter_page(page: Any, request: HttpRequest) -> HttpResponse:
    """Answer the form, the quote, or the registration."""
    today = timezone.localdate()
    initial = {
        "year": today.year + (today.month >= FIRST_MONTH_OF_NEXT),
        "on": today,
        "channel": AT_COUNTER[0],
    }
    form = CounterForm(request.POST or None, user=request.user, initial=initial)
    offer: SafeString | str = ""
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        asked = form.asked()
        try:
            if "start" in request.POST:
                made = enroll_at_counter(asked=asked, seen=request.POST.get("seen", ""), user=request.user)
                messages.success(request, f"已登记{asked.resident.name} {asked.coverage_year} 年度参保。")
                return redirect(change_url(made.contribution))
        except DomainError as refused:
            form.add_error(None, refused.message)
        try:
            offer = offer_parts(asked, offer_at_counter(asked))
        except DomainError as silent:
            if not form.non_field_errors():
                form.add_error(None, silent.message)
    context = page.admin_site.each_context(request) | {
        "title": "现场登记",
        "form": form,
        "offer": offer,
        "opts": page.opts,
        "back": list_url(Enrollment),
    }
    return TemplateResponse(request, "admin/openyibao/counter.html", context)


def offer_parts(asked: Counter, offered: Offered) -> SafeString:
    """Return what registering would give, with what has to be told, the ways to pay and the working."""
    dues = offered.quote.dues
    told = [
        *([TOLD_LATE.format(offered.on)] if offered.on != asked.on else []),
        *(warning.message for warning in dues.warnings),
        *(double.sentence for double in offered.doubles),
    ]
    return format_html(
        '<input type="hidden" name="seen" value="{}">{}{}{}{}<details open><summary>计算过程</summary>{}</details>',
        offered.seen,
        facts(_offer_facts(asked, offered)),
        format_html_join("", '<p class="oy-errors">{}</p>', ((text,) for text in dict.fromkeys(told))),
        _parts(offered),
        prospect_parts(offered.ways),
        trace_table(offered.quote.trace),
    )


def _offer_facts(asked: Counter, offered: Offered) -> list[tuple[str, object]]:
    dues = offered.quote.dues
    covers = f"{dues.terms.start} 至 {dues.terms.end}" if dues.terms.start else "本年度没有待遇日"
    return [
        ("参保人", link(asked.resident, asked.resident.name)),
        ("证件号码", asked.resident.masked_id_number),
        ("参保年度", asked.coverage_year),
        ("缴费日", offered.on),
        ("应缴（元）", yuan_text(dues.due)),
        ("资助（元）", yuan_text(dues.assisted)),
        ("第三方扶持（元）", yuan_text(dues.supported)),
        ("个人应缴（元）", yuan_text(dues.payable)),
        ("资助档次", dues.grant.label if dues.grant else NOTHING),
        ("待遇期", covers),
        ("财政补助", said(dues.terms.subsidy.value)),
        ("政策版本", offered.quote.policy_key),
    ]


def _parts(offered: Offered) -> SafeString:
    rows = [
        (said(name), *map(yuan_text, (part.due, part.assisted, part.supported, part.payable)))
        for name, part in offered.quote.dues.parts.items()
    ]
    return table(["险种", "应缴", "资助", "第三方扶持", "个人应缴"], rows, numeric=[1, 2, 3, 4])
