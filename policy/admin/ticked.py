"""Doing something about the rows somebody ticked in a list: asked once for all of them, on a page of its own."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from policy.admin.house import HouseAdmin
from policy.errors import DomainError

ASKED = "_rows"  # how many rows the page spoke of: the mark of a form sent back


class Ticked(HouseAdmin):
    """The part of a list's page that asks about ticked rows. Name such actions in `actions`."""

    def ask_about_ticked(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        form: Callable[[QueryDict | None], forms.Form],
        work: Callable[[forms.Form], str],
        *,
        title: str,
    ) -> HttpResponse:
        """Ask a form about the rows, then do one service call for all of them and go back to the list as it was.

        A refusal stands on the form. If other rows fit the list's filters meanwhile than the page spoke of, nothing is
        done and the page says how many there are now.

        :param rows: the ticked rows, or all that fit the filters
        :param form: makes the form of what was sent; null = nothing was yet
        :param work: calls the service with the filled form and returns the sentence that says what it did
        """
        count = rows.order_by().count()
        asked = form(request.POST if ASKED in request.POST else None)
        if asked.is_bound and asked.is_valid():
            if request.POST[ASKED] != str(count):
                asked.add_error(None, f"所选记录已有变动，现为 {count:,} 条，请核对后再确定。")
            else:
                try:
                    self.message_user(request, work(asked))
                    return redirect(request.get_full_path())
                except DomainError as refused:
                    asked.add_error(None, refused.message)
        context = self.admin_site.each_context(request) | {
            "title": title,
            "form": asked,
            "count": count,
            "opts": self.opts,
            "back": request.get_full_path(),
            "kept": [(ASKED, count), *_kept(request)],
        }
        return TemplateResponse(request, "admin/openyibao/ticked.html", context)


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what brings the list back to the same action over the same rows."""
    names = ("action", "select_across", ACTION_CHECKBOX_NAME)
    return [(name, value) for name in names for value in request.POST.getlist(name)]
