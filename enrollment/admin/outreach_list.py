"""The work list of outreach (参保动员名单): who stands where in a task, page by page, to take away, to print."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from enrollment.admin.labels import CONTRADICTIONS, STANDINGS
from enrollment.admin.outreach_forms import GROUPS, WHICH, PeopleForm
from enrollment.rules.standing import Contradiction, Standing
from enrollment.selectors.outreach import Looked, days_left, looked_up, looked_up_in_parts
from enrollment.selectors.standings import Task, people_standing, task_of
from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import write_xlsx
from policy.admin.display import change_url, name_of
from policy.errors import DomainError
from registry.admin.base import CLERKS
from registry.models import Area, AreaLevel
from registry.rules.phones import masked_phone
from registry.services.log_access import log_export
from registry.services.role_permissions import has_role

PAGE = 50
MOST_PRINTED = 1_000
MOST_EXPORTED = 100_000
READ_AT_ONCE = 2_000
MAY_SEE = "enrollment.view_uninsuredreason"
HEAD = (
    "镇（街）", "村（居）", "姓名", "证件号码（脱敏）", "联系电话（脱敏）", "困难身份", "参保情况", "未参保原因",
    "核实日期", "凭据", "原因与登记不符", "联系次数", "最近联系", "联系结果", "负责人",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A person as the list shows them, numbers masked."""

    key: int
    address: str
    name: str
    number: str
    phone: str
    town: str
    village: str
    identities: str
    standing: str
    looked: Looked

    @property
    def against(self) -> str:
        """What the records say against the reason."""
        code = self.looked.stands.contradiction
        return CONTRADICTIONS[Contradiction(code)] if code else ""

    @property
    def assignee(self) -> str:
        """Who looks after the person."""
        return name_of(self.looked.assignee) if self.looked.assignee else ""

    def cells(self) -> tuple[object, ...]:
        """Return the cells of the line in the file."""
        reason, spoken = self.looked.reason, self.looked.last_contact
        return (
            self.town,
            self.village,
            self.name,
            self.number,
            self.phone,
            self.identities,
            self.standing,
            reason.get_reason_display() if reason else "",
            reason and reason.stated_on,
            reason.document if reason else "",
            self.against,
            self.looked.contacts,
            spoken and spoken.contacted_on,
            spoken.get_outcome_display() if spoken else "",
            self.assignee,
        )


def may_see(request: HttpRequest) -> None:
    """Let only staff pass who see why people are not insured.

    :raises PermissionDenied: else
    """
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied


def outreach(request: HttpRequest) -> HttpResponse:
    """Show a page of the people who stand as asked; `print` shows as many as fit on paper."""
    may_see(request)
    form = PeopleForm(request.GET, user=request.user)
    task = asked_task(form)
    most = MOST_PRINTED if "print" in request.GET else PAGE
    after = request.GET.get("after", "")
    stands = []
    if task is not None:
        narrowed = form.narrowed(task)
        start = int(after) if after.isdecimal() else 0
        stands = people_standing(task, narrowed, most=most + 1, after=start)
    lines = [line_of(each) for each in looked_up(task, stands[:most])] if task else []
    query = form.query() if task else {}
    older = f"?{urlencode({**query, 'after': stands[most - 1].resident_id})}" if len(stands) > most else ""
    context = admin.site.each_context(request) | {
        "title": "参保动员名单",
        "form": form,
        "task": task,
        "lines": lines,
        "query": query,
        "older": older,
        "first": f"?{urlencode(query)}" if after else "",
        "printed": f"?{urlencode({**query, 'print': 1})}",
        "said": _said(form, task),
        "left": days_left(task, timezone.localdate()) if task else None,
        "may_work": has_role(request.user, CLERKS),
        "figures": reverse("participation") + f"?{urlencode(_place(query))}",
    }
    return TemplateResponse(request, "admin/openyibao/outreach.html", context)


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send the whole list, by town and village, at most 100,000; who took it and why stands with every person."""
    may_see(request)
    form = PeopleForm(request.POST, user=request.user)
    purpose = request.POST.get("purpose", "").strip()
    task = asked_task(form)
    if task is None or not purpose:
        messages.error(request, "请填写导出事由。" if not purpose else "查询条件有误，请重新查询。")
        return redirect("outreach")
    stands = people_standing(task, form.narrowed(task), most=MOST_EXPORTED, by_place=True)
    log_export(
        user=request.user,  # type: ignore[arg-type]  # staff only
        resident_ids=[each.resident_id for each in stands],
        purpose=f"导出参保动员名单：{purpose}"[:200],
    )

    def rows() -> Iterator[tuple[object, ...]]:
        for looked in looked_up_in_parts(task, stands, size=READ_AT_ONCE):
            yield line_of(looked).cells()

    which = WHICH[form.cleaned_data["which"]].partition("（")[0]
    name = f"参保动员名单-{task.area.name}-{task.coverage_year}-{which}-{task.day}"
    return xlsx_answer(write_xlsx(HEAD, rows(), title="参保动员名单"), name)


def asked_task(form: PeopleForm) -> Task | None:
    """Return the task a form asks for; null = it is not asked rightly, or there is no law of the year, as it says."""
    if not form.is_valid():
        return None
    data = form.cleaned_data
    try:
        day = data["day"] or timezone.localdate()
        return task_of(area=data["area"], coverage_year=data["year"], today=day)
    except DomainError as refused:
        form.add_error(None, refused.message)
        return None


def line_of(looked: Looked) -> Line:
    """Return a person as the list shows them."""
    person = looked.person
    town, village = place_of(person.living_area)
    return Line(
        key=person.pk,
        address=change_url(person),
        name=person.name,
        number=person.masked_id_number,
        phone=masked_phone(person.phone),
        town=town,
        village=village,
        identities="、".join(looked.identities),
        standing=STANDINGS[Standing(looked.stands.standing)],
        looked=looked,
    )


def place_of(area: Area) -> tuple[str, str]:
    """Return town and village of a living area; an area above towns stands in the first column."""
    if area.level == AreaLevel.VILLAGE and area.parent is not None:
        return area.parent.name, area.name
    return area.name, ""


def _said(form: PeopleForm, task: Task | None) -> str:
    """Return in a line what the list is of."""
    if task is None:
        return ""
    data = form.cleaned_data
    who = f"{GROUPS[data['group']]}，{WHICH[data['which']]}"
    return f"{task.area.name}，{task.coverage_year} 参保年度，{who}，截至 {task.day}"


def _place(query: dict[str, Any]) -> dict[str, Any]:
    return {name: query[name] for name in ("area", "year", "group", "day") if name in query}
