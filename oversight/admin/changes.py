"""The page 变更查询: who changed what, when and why, over every kind of record, within the viewer's areas."""

import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from oversight.admin.change_lines import Line, lines_of
from oversight.selectors.changes import Asked, Kind, Place, changes_at, places_of
from policy.admin.history import WithHistory
from policy.admin.house import DayInput
from policy.admin.keys import NO_SUCH_ROW
from policy.admin.reasons import VERBS
from registry.admin.base import ScopedAdmin
from registry.models import Resident
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import resident_ids_by_index, scope_filter, scoped_residents

PAGE = 50
DAYS_SHOWN = 30
DIRECT = "resident__"


def kinds_for(request: HttpRequest) -> list[Kind]:
    """Return the kinds of records whose pages the viewer may open, each narrowed to the viewer's rows."""
    pages = [
        page
        for page in admin.site._registry.values()  # noqa: SLF001
        if isinstance(page, ScopedAdmin)
        and isinstance(page, WithHistory)
        and page.has_view_permission(request)
    ]
    return sorted((_kind(page, request) for page in pages), key=lambda kind: kind.code)


def _kind(page: ScopedAdmin, request: HttpRequest) -> Kind:
    """Return the kind a page shows.

    What belongs to a person is seen by whoever sees the person now, even when it is gone; else while it is there.
    """
    pk = page.model._meta.pk
    assert pk is not None
    lookup = page.area_lookup or ""
    resident = {"pk": pk.name, None: ""}.get(page.resident_lookup, page.resident_lookup) or ""

    def in_scope(rows: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        if request.user.is_superuser or page.area_lookup is None:
            return rows
        if lookup.startswith(DIRECT):
            return rows.filter(scope_filter(request.user, area=lookup))
        return rows.filter(**{f"{pk.name}__in": page.get_queryset(request).order_by().values("pk")})

    return Kind(page.model, resident, in_scope)


class ChangesForm(forms.Form):
    """What to look for. The number comes by POST and leaves as the person's key, so that no address holds it."""

    number = forms.CharField(
        label="证件号码", max_length=30, required=False, widget=UnfoldAdminTextInputWidget
    )
    staff = forms.CharField(
        label="操作人员（账号）", max_length=150, required=False, widget=UnfoldAdminTextInputWidget
    )
    kind = forms.ChoiceField(label="记录种类", required=False, widget=UnfoldAdminSelectWidget)
    since = forms.DateField(label="自", required=False, widget=DayInput)
    until = forms.DateField(label="至（含）", required=False, widget=DayInput)
    words = forms.CharField(label="事由", max_length=60, required=False, widget=UnfoldAdminTextInputWidget)
    batch = forms.IntegerField(
        label="导入批次号", min_value=1, required=False, widget=UnfoldAdminTextInputWidget
    )
    policy = forms.CharField(
        label="政策（如 230100/2025）", max_length=40, required=False, widget=UnfoldAdminTextInputWidget
    )
    person = forms.IntegerField(required=False, widget=forms.HiddenInput)
    record = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, request: HttpRequest, kinds: list[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        choice = self.fields["kind"]
        assert isinstance(choice, forms.ChoiceField)
        named = sorted((str(kind.model._meta.verbose_name), kind.code) for kind in kinds)
        choice.choices = [("", "全部"), *((code, name) for name, code in named)]

    def clean_staff(self) -> User | None:
        """Return the account."""
        name = self.cleaned_data["staff"].strip()
        found = User.objects.filter(username=name).first() if name else None
        if name and found is None:
            raise forms.ValidationError("没有这个账号。")
        return found

    def clean_person(self) -> int | None:
        """Refuse a person outside the viewer's areas like one nobody knows."""
        person: int | None = self.cleaned_data["person"]
        if person is not None and not scoped_residents(self.request.user).filter(pk=person).exists():
            raise forms.ValidationError(NO_SUCH_ROW)
        return person

    def clean_number(self) -> int | None:
        """Return the person the number belongs to, if the viewer may see them."""
        number = normalized(self.cleaned_data["number"])
        if not number:
            return None
        ids = resident_ids_by_index([blind_index(number)]).values()
        found = (
            scoped_residents(self.request.user).filter(pk__in=list(ids)).values_list("pk", flat=True).first()
        )
        if found is None:
            raise forms.ValidationError(NO_SUCH_ROW)
        return found

    def asked(self) -> Asked:
        """Return what is asked for; without any condition, the last days."""
        data = self.cleaned_data
        words = data["words"].strip()
        return Asked(
            resident_id=data["person"],
            user_id=data["staff"].pk if data["staff"] else None,
            since=_midnight(data["since"]),
            until=_midnight(data["until"] + datetime.timedelta(days=1)) if data["until"] else None,
            kind=data["kind"],
            record=data["record"],
            batch_id=data["batch"],
            policy_key=data["policy"].strip(),
            words=words,
            reasons=tuple(verb for verb, chinese in VERBS.items() if words and words in chinese),
        )

    def query(self) -> dict[str, str]:
        """Return the conditions as an address holds them: the person by key."""
        data = {**self.cleaned_data, "person": self.cleaned_data["number"] or self.cleaned_data["person"]}
        data.pop("number")
        return {name: str(value) for name, value in data.items() if value not in (None, "")}


def changes(request: HttpRequest) -> HttpResponse:
    """Show a page of changes; a search comes by POST and leads to its address."""
    kinds = kinds_for(request)
    if request.method == "POST":
        form = ChangesForm(request.POST, request=request, kinds=kinds)
        if form.is_valid():
            return redirect(f"{reverse('changes')}?{urlencode(form.query())}")
        return _shown(request, form, [], "")
    form = asked_by(request, kinds)
    if not form.is_valid():
        return _shown(request, form, [], "")
    after = _place(request.GET.get("after", ""))
    places = places_of(kinds, form.asked(), most=PAGE + 1, after=after)
    lines = lines_of(changes_at(kinds, places[:PAGE]))
    older = ""
    if len(places) > PAGE:
        last = places[PAGE - 1]
        mark = f"{last.at.isoformat()}|{last.kind}|{last.key}"
        older = f"{reverse('changes')}?{urlencode({**form.query(), 'after': mark})}"
    return _shown(request, form, lines, older)


def asked_by(request: HttpRequest, kinds: list[Kind]) -> ChangesForm:
    """Return the form with the conditions of an address."""
    return ChangesForm(request.GET or {"since": str(_first_day())}, request=request, kinds=kinds)


def _shown(request: HttpRequest, form: ChangesForm, lines: list[Line], older: str) -> HttpResponse:
    data = form.cleaned_data if form.is_bound and form.is_valid() else {}
    person = Resident.objects.filter(pk=data["person"]).first() if data.get("person") else None
    context = admin.site.each_context(request) | {
        "title": "变更查询",
        "form": form,
        "lines": lines,
        "older": older,
        "is_first": "after" not in request.GET,
        "person": person,
        "newest": f"{reverse('changes')}?{urlencode(form.query())}" if data else reverse("changes"),
        "export": f"{reverse('changes-export')}?{urlencode(form.query())}" if data else "",
        "media": form.media,
    }
    return TemplateResponse(request, "admin/openyibao/changes.html", context)


def _first_day() -> datetime.date:
    return timezone.localdate() - datetime.timedelta(days=DAYS_SHOWN)


def _midnight(day: datetime.date | None) -> datetime.datetime | None:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time())) if day else None


def _place(text: str) -> Place | None:
    """Return the place an address continues after; a mark nobody made is none."""
    at, _, rest = text.partition("|")
    kind, _, key = rest.partition("|")
    try:
        moment = parse_datetime(at)
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment) or not kind.isdecimal() or not key.isdecimal():
        return None
    return Place(moment, int(kind), int(key))
