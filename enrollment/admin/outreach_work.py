"""Work on ticked people of the outreach list, or on all that fit: contacts, reasons, who looks after them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from enrollment.admin.outreach_forms import (
    AssignForm,
    ContactForm,
    DayForm,
    EndForm,
    PeopleForm,
    ReasonForm,
    today_first,
)
from enrollment.admin.outreach_list import asked_task, may_see
from enrollment.selectors.standings import Task, people_standing
from enrollment.services.outreach import assign_people, end_reasons, record_contacts, record_reasons
from policy.errors import DomainError
from registry.admin.base import CLERKS
from registry.models import Resident
from registry.selectors import scope_filter

MOST_AT_ONCE = 5_000
NAMED = 10
REFUSALS_TOLD = 5


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do about people: what it asks, and what does it and says what it did."""

    title: str
    form: type[DayForm]
    work: Callable[[Task, Sequence[int], Any, User], str]


def _reasons(task: Task, keys: Sequence[int], form: ReasonForm, user: User) -> str:
    done = record_reasons(task=task, rows=form.rows(keys), user=user)
    told = f"已登记 {len(done.new | done.changed):,} 人的未参保原因。"
    if done.unchanged:
        told += f"{len(done.unchanged):,} 人原已登记。"
    if done.refused:
        names = dict(Resident.objects.filter(pk__in=done.refused).values_list("pk", "name"))
        some = [f"{names[pk]}：{why.message}" for pk, why in sorted(done.refused.items())[:REFUSALS_TOLD]]
        told += f"{len(done.refused):,} 人没有登记（{'；'.join(some)}）。"
    return told


def _contacts(task: Task, keys: Sequence[int], form: ContactForm, user: User) -> str:
    done = record_contacts(
        coverage_year=task.coverage_year,
        resident_ids=keys,
        said=form.said(),
        today=timezone.localdate(),
        user=user,
    )
    return f"已登记 {done:,} 人的联系情况。"


def _assign(task: Task, keys: Sequence[int], form: AssignForm, user: User) -> str:
    done = assign_people(
        coverage_year=task.coverage_year,
        resident_ids=keys,
        assignee=form.cleaned_data["assignee"],
        user=user,
    )
    return f"已分派 {done:,} 人。"


def _end(task: Task, keys: Sequence[int], form: EndForm, user: User) -> str:
    ended = end_reasons(
        coverage_year=task.coverage_year,
        resident_ids=keys,
        on=form.cleaned_data["on"],
        today=timezone.localdate(),
        why=form.cleaned_data["why"],
        user=user,
    )
    return f"已终止 {len(ended):,} 人的未参保原因。"


STEPS = {
    "contact": Step("登记联系", ContactForm, _contacts),
    "reason": Step("登记未参保原因", ReasonForm, _reasons),
    "assign": Step("分派负责人", AssignForm, _assign),
    "end": Step("终止未参保原因", EndForm, _end),
}


@require_POST
def outreach_work(request: HttpRequest, step: str) -> HttpResponse:
    """Ask what the step needs, then do it for everybody chosen."""
    may_see(request)
    if step not in STEPS:
        raise Http404
    doing, chosen = STEPS[step], PeopleForm(request.POST, user=request.user)
    task = asked_task(chosen)
    if task is None:
        messages.error(request, "查询条件有误，请重新查询。")
        return redirect("outreach")
    back = reverse("outreach") + f"?{urlencode(chosen.query())}"
    keys = _keys(request, chosen, task)
    problem = _problem(request, keys)
    if problem:
        messages.error(request, problem)
        return redirect(back)
    is_answer = "answer" in request.POST
    form = doing.form(
        request.POST if is_answer else None,
        task=task,
        user=request.user,
        prefix="said",
        initial=today_first(min(timezone.localdate(), task.day)),
    )
    if is_answer and form.is_valid():
        try:
            messages.success(request, doing.work(task, keys, form, request.user))  # type: ignore[arg-type]
        except DomainError as refused:
            form.add_error(None, refused.message)
        else:
            return redirect(back)
    context = admin.site.each_context(request) | {
        "title": doing.title,
        "form": form,
        "people": ",".join(map(str, keys)),
        "names": _names(keys),
        "query": chosen.query(),
        "back": back,
    }
    return TemplateResponse(request, "admin/openyibao/outreach_work.html", context)


def _keys(request: HttpRequest, chosen: PeopleForm, task: Task) -> list[int]:
    """Return who is meant: the ticked ones, or everybody who fits."""
    if "all" in request.POST:
        stands = people_standing(task, chosen.narrowed(task), most=MOST_AT_ONCE + 1)
        return [each.resident_id for each in stands]
    told = ",".join(request.POST.getlist("people"))  # one field on the second page, however many people
    return sorted({int(key) for key in told.split(",") if key.isdecimal()})


def _problem(request: HttpRequest, keys: Sequence[int]) -> str:
    """Return why nothing can be done for these people; "" = it can."""
    if not keys:
        return "请先勾选人员。"
    if len(keys) > MOST_AT_ONCE:
        return f"一次最多办理 {MOST_AT_ONCE:,} 人，请按镇、村缩小范围。"
    theirs = Resident.objects.filter(
        scope_filter(request.user, area="living_area", roles=CLERKS), pk__in=keys
    )
    outside = len(keys) - theirs.count()
    return f"有 {outside:,} 人不在您可办理的范围内，请重新勾选。" if outside else ""


def _names(keys: Sequence[int]) -> str:
    """Return the first names, and how many more."""
    first = list(keys[:NAMED])
    names = dict(Resident.objects.filter(pk__in=first).values_list("pk", "name"))
    more = f"等 {len(keys):,} 人" if len(keys) > NAMED else f"，共 {len(keys):,} 人"
    return "、".join(names[pk] for pk in first if pk in names) + more
