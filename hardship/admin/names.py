"""The mapping queue (待对照名称): names nobody knows, what they may mean, and what saying so would apply."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import unquote
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from exchange.admin.progress import PART, Progress, progress_answer
from exchange.models import UNDER_WAY, InboundBatch, Job, JobStatus
from exchange.selectors import scoped_batches
from hardship.admin.mapping_form import MappingForm, filled_in, suggested
from hardship.admin.name_previews import preview_table
from hardship.admin.name_telling import tell_mapped
from hardship.admin.wording import values_text
from hardship.models import Category
from hardship.rules.name_suggestions import Suggestion
from hardship.selectors.waiting_names import WaitingName, answered_rows, waiting_names
from hardship.services.lists.previewing import PREVIEWING, Preview, preview_of
from hardship.tasks import map_name, preview_name
from policy.admin.display import NOTHING, link, table
from policy.admin.keys import NO_SUCH_ROW, can_be_key
from policy.errors import DomainError

MOST_BATCHES = 3
JOB = "preview"
NOTHING_YET = {
    "form": None,
    "queue": "",
    "answered": "",
    "preview": "",
    "mark": "",
    "compared_at": None,
    "progress": None,
    "refused": "",
}


def queue_page(page: Any, request: HttpRequest) -> HttpResponse:
    """Show the names that wait in the lists of the user's areas, the most wanted first."""
    labels = {category.code: category for category in Category.objects.all()}
    waiting = waiting_names(scoped_batches(request.user))
    rows = [
        (
            each.name,
            each.rows,
            _batches(each),
            _suggested(each, labels),
            format_html('<a class="oy-link" href="{}">另选</a>', _mapping_url(each.name)),
        )
        for each in waiting
    ]
    heads = ["清单中的写法", "等待的行", "所在清单", "可能是", ""]
    shown = table(heads, rows, empty="没有待对照的身份名称", numeric=[1])
    return _answer(page, request, title="待对照的身份名称", queue=shown, answered=_answered_table(request))


def _answered_table(request: HttpRequest) -> SafeString | str:
    """Return the lists of the user's areas with rows whose names others have mapped; empty = none."""
    found = answered_rows(scoped_batches(request.user)).order_by("batch_id").values_list("batch_id")
    counts = dict(found.annotate(rows=Count("pk")))
    batches = InboundBatch.objects.select_related("area").in_bulk(counts)
    rows = [
        (link(batches[pk], batches[pk].file_name), batches[pk].area.name, count)
        for pk, count in counts.items()
    ]
    return table(["清单", "地区", "待重试的行"], rows, numeric=[2]) if rows else ""


def mapping_page(page: Any, request: HttpRequest, *, may_map: bool) -> HttpResponse:
    """Ask what a name means, show what saying so would apply, and say it when that is confirmed.

    :param may_map: the user may confirm; others see the preview
    """
    if JOB in request.GET and request.method == "GET":
        return _background_page(page, request, may_map=may_map)
    form = MappingForm(request.POST or None, initial=suggested(request.GET))
    seen: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            if "confirm" in request.POST and may_map:
                alias = map_name(
                    **form.meaning(),
                    reason=form.cleaned_data["reason"],
                    seen=request.POST.get("seen", ""),
                    user=request.user,
                )
                tell_mapped(request, alias)
                return redirect(reverse("admin:hardship_categoryalias_waiting_names"))
            would_do = preview_name(**form.meaning(), user=request.user, may_map=may_map)
            if isinstance(would_do, Job):
                asked = {JOB: would_do.pk, "reason": form.cleaned_data["reason"]}
                return redirect(f"{reverse('admin:hardship_categoryalias_map_name')}?{urlencode(asked)}")
            seen = _seen(would_do, may_map=may_map)
        except DomainError as refused:
            form.add_error(None, refused.message)
    return _answer(page, request, title="对照身份名称", form=form, may_map=may_map, **seen)


def _seen(would_do: Preview, *, may_map: bool) -> dict[str, Any]:
    """Return what the page shows of a preview, and which it was."""
    return {"preview": preview_table(would_do, may_map=may_map), "mark": would_do.mark}


def _background_page(page: Any, request: HttpRequest, *, may_map: bool) -> HttpResponse:
    """Show how far a worker is with a preview of many rows, and what it found once it is done."""
    key = request.GET[JOB]
    if not can_be_key(Job, key):
        raise Http404(NO_SUCH_ROW)
    job = get_object_or_404(Job, pk=unquote(key), kind=PREVIEWING, created_by=request.user)
    if job.status in UNDER_WAY:
        progress = Progress(
            f"正在比对等待的 {job.total:,} 行，尚未写入，比对完本页显示结果。", of=f"{JOB}={job.pk}&"
        )
        if request.GET.get("part") == PART:
            return progress_answer(progress)
        return _answer(page, request, title="对照身份名称", progress=progress)
    if request.GET.get("part") == PART:
        return progress_answer(None)
    context: dict[str, Any] = {
        "form": MappingForm(initial=filled_in(job, reason=request.GET.get("reason", "")))
    }
    if job.status == JobStatus.DONE:
        try:
            context |= _seen(preview_of(job), may_map=may_map) | {"compared_at": job.started_at}
        except DomainError as outdated:
            context["refused"] = outdated.message
    else:
        context["refused"] = job.message or "后台没有比对完，请重新预览"
    return _answer(page, request, title="对照身份名称", may_map=may_map, **context)


def _answer(page: Any, request: HttpRequest, **context: Any) -> HttpResponse:
    shared = page.admin_site.each_context(request)
    back = reverse("admin:hardship_categoryalias_changelist")
    return TemplateResponse(
        request,
        "admin/openyibao/names.html",
        shared | NOTHING_YET | {"opts": page.opts, "back": back} | context,
    )


def _mapping_url(name: str, suggestion: Suggestion | None = None) -> str:
    asked = {"name": name}
    if suggestion is not None:
        asked |= {
            "category": suggestion.category,
            "attributes": json.dumps(dict(suggestion.attributes)),
            "also": ",".join(suggestion.also),
        }
    return f"{reverse('admin:hardship_categoryalias_map_name')}?{urlencode(asked)}"


def _suggested(waiting: WaitingName, labels: Mapping[str, Category]) -> SafeString | str:
    """Return the suggestions as links that fill in the form."""
    links = [
        (
            _mapping_url(waiting.name, each),
            _meaning_text(each, labels),
            f"像“{each.like}” {each.likeness:.0%}",
        )
        for each in waiting.suggested
        if each.category in labels
    ]
    shown = format_html_join("", '<div><a class="oy-link" href="{}">{}</a> <small>{}</small></div>', links)
    return shown or NOTHING


def _meaning_text(suggestion: Suggestion, labels: Mapping[str, Category]) -> str:
    category = labels[suggestion.category]
    said = values_text(suggestion.attributes, category)
    also = "".join(f" + {labels[code].label}" for code in suggestion.also if code in labels)
    return f"{category.label}{f'（{said}）' if said else ''}{also}"


def _batches(waiting: WaitingName) -> SafeString:
    batches: Sequence[Any] = waiting.batches[:MOST_BATCHES]
    shown = format_html_join("、", "{}", ((link(batch, batch.file_name),) for batch in batches))
    more = len(waiting.batches) - MOST_BATCHES
    return format_html("{}{}", shown, f" 等 {len(waiting.batches)} 份" if more > 0 else "")
