"""The people of a year end: a sample to check, who fits a search, everybody's working, taken away as xlsx."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from benefits.admin.caps import happened
from benefits.admin.incentive_pages import NO_CAP, change_text, town_name
from benefits.batch.incentives import YearEnd
from benefits.batch.run_people import SAMPLE, Counted, Wanted, people_of, sample_of
from benefits.models import IncentiveRun
from benefits.selectors.laws import Laws
from benefits.services.year_end_working import working_of
from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import write_xlsx
from hardship.models import Category
from policy.admin.display import change_url, link, table, trace_table, yuan_text
from registry.models import Area
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import resident_ids_by_index
from registry.services.log_access import log_export

PAGE = 50
ONE = re.compile(r"[0-9]{1,18}")
MOST_EXPORTED = 100_000
HEAD = (
    "姓名", "证件号码（脱敏）", "居住地", "连续参保年数", "连续参保激励", "零报销激励", "断保年数", "救助对象除外",
    "原封顶线", "次年封顶线", "变动",
)  # fmt: skip


class PeopleForm(forms.Form):
    """Whom to look for; nothing said = a sample."""

    who = forms.CharField(
        label="姓名或证件号码", required=False, max_length=30, widget=UnfoldAdminTextInputWidget
    )
    change = forms.ChoiceField(label="封顶线变动", required=False, widget=UnfoldAdminSelectWidget)
    category = forms.ChoiceField(label="困难身份", required=False, widget=UnfoldAdminSelectWidget)
    town = forms.ModelChoiceField(
        Area.objects.none(),
        label="乡镇街道",
        required=False,
        empty_label="不限",
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, run: IncentiveRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        changes = sorted(filter(None, run.counts.get("changes", {})), key=Decimal)
        codes = filter(None, run.counts.get("by_category", {}))
        labels = Category.objects.filter(pk__in=list(codes)).order_by("label").values_list("pk", "label")
        self._offer("change", [("", "不限"), *((each, change_text(each)) for each in changes)])
        self._offer("category", [("", "不限"), *labels])
        town = self.fields["town"]
        assert isinstance(town, forms.ModelChoiceField)
        towns = [int(each) for each in run.counts.get("by_town", {})]
        town.queryset = Area.objects.filter(pk__in=towns).select_related("parent").order_by("path")
        town.label_from_instance = town_name  # type: ignore[assignment]

    def wanted(self) -> Wanted | None:
        """Return whom the form asks for; null = nobody in particular."""
        said = self.cleaned_data
        if not any(said.values()):
            return None
        number = normalized(said["who"])
        is_number = number[:6].isdigit()
        found = resident_ids_by_index([blind_index(number)]).values() if is_number else None
        return Wanted(
            resident_ids=None if found is None else list(found),
            name=said["who"] if said["who"] and not is_number else None,
            change=Decimal(said["change"]) if said["change"] else None,
            town=said["town"],
            category=said["category"] or None,
        )

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def people_page(page: Any, request: HttpRequest, run: IncentiveRun) -> HttpResponse:
    """Show a sample of a run's people, those who fit, or one with the working; `xlsx` takes them away."""
    end = _year_end(run)
    form = PeopleForm(request.GET or None, run=run)
    wanted = form.wanted() if form.is_bound and form.is_valid() else None
    if "xlsx" in request.GET:
        return _file(
            request, run, people_of(run, wanted or Wanted(), base_cap=end.base_cap, most=MOST_EXPORTED)
        )
    said = ONE.fullmatch(request.GET.get("person", ""))
    one = said[0] if said else ""
    people = (
        people_of(run, Wanted(resident_ids=[int(one)]), base_cap=end.base_cap, most=1)
        if one
        else sample_of(run, base_cap=end.base_cap)
        if wanted is None
        else people_of(run, wanted, base_cap=end.base_cap, most=PAGE)
    )
    context = page.admin_site.each_context(request) | {
        "title": f"{run.area.name} {run.year} 年终激励核算：人员",
        "opts": page.opts,
        "form": form,
        "heading": _heading(one=bool(one), searched=wanted is not None, found=len(people)),
        "found": people_table(people),
        "working": _working(end, people[0]) if one and people else None,
        "export": f"?{urlencode({**request.GET.dict(), 'xlsx': 1})}",
        "back": change_url(run),
    }
    return TemplateResponse(request, "admin/openyibao/year_end_people.html", context)


def people_table(people: Iterable[Counted]) -> SafeString:
    """Return people with what the run makes of them, each leading to the working."""
    rows = [
        [
            *_shown(each),
            format_html('<a class="oy-link oy-nowrap" href="?person={}">过程</a>', each.person.pk),
        ]
        for each in people
    ]
    return table([*HEAD, ""], rows, numeric=[3, 4, 5, 6, 8, 9, 10], empty="没有符合条件的人员")


def _working(end: YearEnd, each: Counted) -> dict[str, object]:
    working = working_of(end, each.state)
    return {
        "person": link(each.person, f"{each.person.name}的一人一档"),
        "happened": happened(working.facts),
        "steps": trace_table(step.as_json() for step in (*working.steps, *working.cap_steps)),
        "next_cap": yuan_text(working.next_cap),
        "agrees": working.agrees,
    }


def _heading(*, one: bool, searched: bool, found: int) -> str:
    if one:
        return "人员"
    if searched:
        return f"前 {PAGE} 人（导出可得全部）" if found == PAGE else f"共 {found} 人"
    return f"随机抽查 {SAMPLE} 人（同一批次人人看到的相同）"


def _cells(each: Counted) -> list[object]:
    state, person = each.state, each.person
    moved = None if state.next_cap is None or each.before is None else state.next_cap - each.before
    return [
        person.name,
        person.masked_id_number,
        person.living_area.name,
        state.continuous_years,
        state.continuous_steps,
        state.zero_claim_steps + state.zero_claim_pending,
        state.lapsed_years,
        "是" if state.excluded else "",
        each.before,
        state.next_cap,
        moved,
    ]


def _shown(each: Counted) -> list[object]:
    cells = _cells(each)
    *figures, before, after, moved = cells
    return [
        *figures,
        yuan_text(before) if isinstance(before, Decimal) else NO_CAP,
        yuan_text(after) if isinstance(after, Decimal) else NO_CAP,
        yuan_text(moved) if isinstance(moved, Decimal) else "",
    ]


def _file(request: HttpRequest, run: IncentiveRun, people: list[Counted]) -> HttpResponse:
    log_export(
        user=request.user,  # type: ignore[arg-type]  # staff only
        resident_ids=[each.person.pk for each in people],
        purpose=f"导出 {run.year} 年终激励核算（批次 {run.pk}）",
    )
    name = f"年终激励核算-{run.area.name}-{run.year}-{timezone.localdate()}"
    return xlsx_answer(write_xlsx(HEAD, map(_cells, people), title="年终激励核算"), name)


def _year_end(run: IncentiveRun) -> YearEnd:
    policy = Laws({run.area_id: run.area.path}).of(run.area_id, run.year)
    return YearEnd.under(policy, year=run.year, area_id=run.area_id)
