"""Residents (参保人): the list, and one file for one person (一人一档)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from policy.admin.display import facts, link
from policy.admin.history import WithHistory
from policy.admin.house import DayInput, ReadOnly, ReasonForm, asks
from registry import services
from registry.admin.base import ScopedAdmin
from registry.admin.moving import MoveForm
from registry.admin.panels import section, sections
from registry.models import IdKind, Resident


class DeathForm(BaseDialogForm):
    """Asks when."""

    died_on = forms.DateField(label="死亡日期", widget=DayInput)
    reason = forms.CharField(
        label="依据", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


class NumberForm(BaseDialogForm):
    """Asks for the new document."""

    id_kind = forms.ChoiceField(label="证件类型", choices=IdKind.choices, widget=UnfoldAdminSelectWidget)
    id_number = forms.CharField(label="新证件号码", max_length=30, widget=UnfoldAdminTextInputWidget)
    reason = forms.CharField(
        label="事由", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


class NameForm(BaseDialogForm):
    """Asks for the new name."""

    name = forms.CharField(
        label="新姓名", max_length=100, help_text="与证件一致。", widget=UnfoldAdminTextInputWidget
    )
    reason = forms.CharField(
        label="事由和凭证", max_length=80, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


@admin.register(Resident)
class ResidentAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Everything about a person on one page; changes are made by its actions, each with a reason."""

    area_lookup = "living_area"
    resident_lookup = "pk"
    list_display = ("name", "masked_id_number", "sex", "born_on", "living_place", "pooling_place", "died_on")
    list_filter = (("sex", ChoicesDropdownFilter), ("born_on", RangeDateFilter), "id_kind")
    list_select_related = ("living_area", "pooling_area")
    search_fields = ("name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fieldsets = ()
    actions_detail = ("show_number", "move", "record_death", "change_number", "rename")
    change_form_outer_before_template = "admin/openyibao/look.html"  # no form may stand inside a form
    change_form_after_template = "admin/openyibao/resident.html"

    @admin.display(description="证件号码")
    def masked_id_number(self, resident: Resident) -> str:
        """Show the masked number."""
        return resident.masked_id_number

    @admin.display(description="居住地")
    def living_place(self, resident: Resident) -> str:
        """Name the living area."""
        return resident.living_area.name

    @admin.display(description="统筹地区")
    def pooling_place(self, resident: Resident) -> str:
        """Name the pooling area."""
        return resident.pooling_area.name

    def get_fieldsets(self, request: HttpRequest, obj: Resident | None = None) -> Any:
        """Show nothing in the form: the page is made of sections."""
        return ()

    def has_unmask_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Whether the user may ask for full numbers."""
        return bool(request.user.has_perm("registry.view_full_id_number"))

    def besides(self, request: HttpRequest, row: Resident | None) -> dict[str, Any]:
        """Return the sections of the file."""
        parts = []
        if row is not None:
            parts = [
                {"slug": part.slug, "title": part.title, "content": part.content(row, request)}
                for part in sections()
            ]
        return {"file_sections": parts, "title": str(row or "")}

    @asks(title="查看完整号码", description="查看人、时间和事由都会留痕。", form=ReasonForm, may="unmask",
          icon="visibility")  # fmt: skip
    def show_number(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Show the full number once and log who saw it and why."""

        def work() -> str:
            resident = self.visible(request, object_id)
            number = services.unmask_id_number(
                user=request.user,  # type: ignore[arg-type]
                resident=resident,
                reason=form.cleaned_data["reason"],
            )
            return f"{resident.name}的证件号码：{number}（本次查看已留痕）"

        return self.conclude(request, work)

    @asks(title="迁移", form=MoveForm, may="clerk", icon="moving",
          description="居住地、户籍地或学校自某一天起变更；以前的日子仍按原来的算。")  # fmt: skip
    def move(self, request: HttpRequest, form: MoveForm, object_id: str) -> HttpResponse:
        """Record that the person lives, is registered or goes to school elsewhere from a day on."""
        to = form.move

        def work() -> str:
            services.move(
                resident=self.visible(request, object_id),
                to=to,
                is_correction=form.cleaned_data["is_correction"],
                reason=form.cleaned_data["reason"],
                user=request.user,  # type: ignore[arg-type]
            )
            return f"{to.kind.label}已自 {to.since} 起变更为{to.to.name if to.to else '不在校'}。"

        return self.conclude(request, work)

    @asks(title="登记死亡", form=DeathForm, may="clerk", icon="event_busy")
    def record_death(self, request: HttpRequest, form: DeathForm, object_id: str) -> HttpResponse:
        """Record the day of death."""

        def work() -> str:
            services.record_death(
                resident=self.visible(request, object_id),
                died_on=form.cleaned_data["died_on"],
                reason=form.cleaned_data["reason"],
                user=request.user,  # type: ignore[arg-type]
            )
            return f"已登记死亡日期 {form.cleaned_data['died_on']}。"

        return self.conclude(request, work)

    @asks(title="变更证件", form=NumberForm, may="clerk", icon="badge")
    def change_number(self, request: HttpRequest, form: NumberForm, object_id: str) -> HttpResponse:
        """Give the person a new document."""

        def work() -> str:
            services.change_id_number(
                resident=self.visible(request, object_id),
                user=request.user,  # type: ignore[arg-type]
                on=timezone.localdate(),
                **{name: form.cleaned_data[name] for name in ("id_kind", "id_number", "reason")},
            )
            return "证件已变更，原号码仍可查到本人。"

        return self.conclude(request, work)

    @asks(title="更改姓名", description="清单、缴费按姓名核对，改名后以新姓名为准；以前的姓名留在变更记录里。",
          form=NameForm, may="clerk", icon="edit")  # fmt: skip
    def rename(self, request: HttpRequest, form: NameForm, object_id: str) -> HttpResponse:
        """Call the person by another name."""

        def work() -> str:
            resident = services.change_name(
                resident=self.visible(request, object_id),
                user=request.user,  # type: ignore[arg-type]
                **{name: form.cleaned_data[name] for name in ("name", "reason")},
            )
            return f"姓名已更改为“{resident.name}”。"

        return self.conclude(request, work)


@section(place=10, slug="person", title="基本信息")
def person(resident: Resident, request: HttpRequest) -> Any:
    """Say who the person is."""
    return facts(
        [
            ("姓名", resident.name),
            ("证件", f"{resident.get_id_kind_display()} {resident.masked_id_number}"),
            ("性别", resident.get_sex_display()),
            ("出生日期", resident.born_on),
            ("死亡日期", resident.died_on),
            ("统筹地区", resident.pooling_area.name),
            ("家庭户", link(resident.household, resident.household and resident.household.number)),
            ("与户主关系", resident.relation_to_head),
            ("联系电话", resident.phone),
            ("退出现役日期", resident.discharged_on),
            ("登记时间", timezone.localtime(resident.created_at).strftime("%Y-%m-%d %H:%M")),
        ]
    )
