"""Cover elsewhere (他处参保): recorded, ended, corrected and struck out by a clerk, each with document and reason."""

import datetime
import re
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from enrollment.services.cover_elsewhere import Followed, correct_cover, record_cover, strike_out_cover
from exchange.models import Agency
from hardship.admin.register import handled_by
from policy.admin.display import badge, change_url, list_url
from policy.admin.history import WithHistory
from policy.admin.house import DayInput, ReadOnly, asks
from registry.admin.base import ScopedAdmin
from registry.models import InsuredSpell, Resident, Scheme
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import resident_ids_by_index
from registry.services.insured_spells import BUREAU, Cover, Evidence

AREA_CODE = re.compile(r"\d{6}(\d{3})?(\d{3})?")
ONE_DAY = datetime.timedelta(days=1)


class EvidenceFields(forms.Form):
    """Asks what it rests on, and why; both fit the line of the history."""

    document = forms.CharField(
        label="凭证",
        max_length=40,
        help_text="如参保证明、社保查询单、停保证明的编号",
        widget=UnfoldAdminTextInputWidget,
    )
    reason = forms.CharField(label="事由", max_length=40, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))

    def evidence(self) -> Evidence:
        """Return what was said."""
        return Evidence(self.cleaned_data["document"].strip(), self.cleaned_data["reason"].strip())


class CoverFields(EvidenceFields):
    """Asks under which insurance, where, and from when to when."""

    scheme = forms.ChoiceField(label="险种", choices=Scheme.choices, widget=UnfoldAdminSelectWidget)
    area_code = forms.CharField(
        label="参保地区划代码",
        max_length=12,
        required=False,
        help_text="异地居民医保必填，职工医保不清楚的可不填",
        widget=UnfoldAdminTextInputWidget,
    )
    starts_on = forms.DateField(label="起始日", help_text="在他处参保的第一天", widget=DayInput)
    last_day = forms.DateField(label="最后一天", required=False, help_text="仍在保的不填", widget=DayInput)
    as_student = forms.BooleanField(label="以学生身份参保", required=False, widget=UnfoldBooleanWidget)
    field_order = (
        "number",
        "scheme",
        "area_code",
        "starts_on",
        "last_day",
        "as_student",
        "document",
        "reason",
    )

    def clean_area_code(self) -> str:
        """Return the digits."""
        code: str = self.cleaned_data["area_code"].strip()
        if code and not AREA_CODE.fullmatch(code):
            raise forms.ValidationError("区划代码为 6、9 或 12 位数字。")
        return code

    def cover(self) -> Cover:
        """Return what was said."""
        data = self.cleaned_data
        names = ("scheme", "area_code", "starts_on", "last_day", "as_student")
        return Cover(**{name: data[name] for name in names})


class RecordForm(CoverFields):
    """Asks of whom, too."""

    number = forms.CharField(
        label="证件号码",
        max_length=30,
        help_text="完整号码",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_number(self) -> Resident:
        """Return the person of the number, where the user handles cases."""
        index = blind_index(normalized(self.cleaned_data["number"]))
        keys = list(resident_ids_by_index([index]).values())
        found: Resident | None = handled_by(self.user).filter(pk__in=keys).first()
        if found is None:
            raise forms.ValidationError("登记簿中没有此证件号码，或不在您的经办范围内。")
        return found


class CorrectForm(CoverFields, BaseDialogForm):
    """Asks for the right values, beginning with those on record."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spell = InsuredSpell.objects.filter(pk=self.object_id).first()
        for name, value in said_by(spell).items() if spell else ():
            self.fields[name].initial = value


class EndForm(EvidenceFields, BaseDialogForm):
    """Asks for the last covered day."""

    last_day = forms.DateField(
        label="最后一天", initial=timezone.localdate, help_text="在他处有待遇的最后一天", widget=DayInput
    )
    field_order = ("last_day", "document", "reason")


class StrikeOutForm(EvidenceFields, BaseDialogForm):
    """Asks only what it rests on."""


def said_by(spell: InsuredSpell) -> dict[str, Any]:
    """Return what a spell says, as forms and services name it."""
    names = ("scheme", "area_code", "starts_on", "as_student")
    return {name: getattr(spell, name) for name in names} | {
        "last_day": spell.ends_on and spell.ends_on - ONE_DAY
    }


@admin.register(InsuredSpell)
class InsuredSpellAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Employee insurance and the resident scheme of other areas."""

    empty_text = "导入“困难人员参保核实”或“历年参保信息”清单，或点右上角的“登记他处参保”。"
    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "masked_number", "scheme", "area_code", "as_student", "starts_on", "last_day", "source",
    )  # fmt: skip
    list_display_links = ("scheme",)
    list_filter = (("scheme", ChoicesDropdownFilter),)
    list_select_related = ("resident",)
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("resident_link", "masked_number"),
        ("scheme", "area_code", "as_student"),
        ("starts_on", "last_day"),
        ("source", "told_by"),
    )
    readonly_fields = ("resident_link", "masked_number", "last_day", "told_by")
    actions_list = ("record", "export_csv")
    actions_detail = ("end", "correct", "strike_out")

    @admin.display(description="最后一天", ordering="ends_on")
    def last_day(self, spell: InsuredSpell) -> SafeString | datetime.date:
        """Show the last covered day, or that it goes on."""
        return spell.ends_on - ONE_DAY if spell.ends_on else badge("在保", "green")

    @admin.display(description="由谁更正")
    def told_by(self, spell: InsuredSpell) -> str:
        """Name the agency whose calls may tell it otherwise; bureau staff always may."""
        if spell.reported_by == BUREAU:
            return "医保局"
        name = Agency.objects.filter(code=spell.reported_by).values_list("name", flat=True).first()
        return f"{name or spell.reported_by}接口，或医保局（医保局更正后不再由接口更改）"

    @action(description="登记他处参保", icon="add", permissions=["clerk"], variant=ActionVariant.PRIMARY)
    def record(self, request: HttpRequest) -> HttpResponse:
        """Record cover elsewhere of one person."""
        form = RecordForm(request.POST or None, user=request.user)

        def work() -> tuple[str, str]:
            resident = form.cleaned_data["number"]
            spell, followed = record_cover(
                resident=resident, cover=form.cover(), evidence=form.evidence(), user=_staff(request)
            )
            return f"已登记{resident.name}的{told(spell)}。{followed.said}", change_url(spell)

        return self.ask_to_begin(request, form, work, title="登记他处参保", submit_text="登记")

    def has_end_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the cover goes on, and the user handles cases of the person's area."""
        key = obj.pk if isinstance(obj, InsuredSpell) else obj
        goes_on = key is None or InsuredSpell.objects.filter(pk=key, ends_on=None).exists()
        return goes_on and self.has_clerk_permission(request, obj)

    @asks(title="终止", description="已停保的，填在他处有待遇的最后一天。与本地的重复随之核对。",
          form=EndForm, may="end", icon="event_busy")  # fmt: skip
    def end(self, request: HttpRequest, form: EndForm, object_id: str) -> HttpResponse:
        """Let the cover end."""
        spell = self.visible(request, object_id)
        cover = Cover(**said_by(spell) | {"last_day": form.cleaned_data["last_day"]})
        return self._corrected(request, spell, cover, form.evidence())

    @asks(title="更正", description="登记有误的按正确的填写；与本地的重复按更正后的重新核对。",
          form=CorrectForm, may="clerk", icon="edit_note")  # fmt: skip
    def correct(self, request: HttpRequest, form: CorrectForm, object_id: str) -> HttpResponse:
        """Put the record right."""
        return self._corrected(request, self.visible(request, object_id), form.cover(), form.evidence())

    @asks(title="作废", description="从未在他处参保的作废；变更记录保留。", form=StrikeOutForm, may="clerk",
          icon="delete", variant=ActionVariant.DANGER)  # fmt: skip
    def strike_out(self, request: HttpRequest, form: StrikeOutForm, object_id: str) -> HttpResponse:
        """Take the record away."""
        spell = self.visible(request, object_id)

        def work() -> str:
            said = told(spell)
            followed = strike_out_cover(spell=spell, evidence=form.evidence(), user=_staff(request))
            return f"已作废{spell.resident.name}的{said}。{followed.said}"

        return self.conclude(request, work, to=list_url(InsuredSpell))

    def _corrected(
        self, request: HttpRequest, spell: InsuredSpell, cover: Cover, evidence: Evidence
    ) -> HttpResponse:
        def work() -> str:
            followed: Followed = correct_cover(
                spell=spell, cover=cover, evidence=evidence, user=_staff(request)
            )
            spell.refresh_from_db()
            return f"现为{told(spell)}。{followed.said}"

        return self.conclude(request, work)


def told(spell: InsuredSpell) -> str:
    """Name a spell with its days."""
    until = f"至 {spell.ends_on - ONE_DAY}" if spell.ends_on else "起，在保"
    place = f"（{spell.area_code}）" if spell.area_code else ""
    return f"{Scheme(spell.scheme).label}{place}：{spell.starts_on} {until}"


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
