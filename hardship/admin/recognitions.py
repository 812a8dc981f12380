"""Recognitions (身份认定): every identity its own dated record."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import RangeDateFilter, RelatedDropdownFilter
from unfold.enums import ActionVariant

from exchange.models import AgencyKind
from hardship.admin.corrections import CorrectionForm, EvidenceForm
from hardship.models import Category, Recognition
from hardship.services.corrections import propose_correction, propose_voiding
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin

ATTRIBUTES = {
    "residence": "城乡",
    "level": "等级",
    "risk_eliminated": "风险已消除",
    "former_poverty": "脱贫户",
    "rural": "农村",
    "urban": "城市",
}
ISSUERS = dict(AgencyKind.choices)


def attributes_text(recognition: Recognition) -> str:
    """Return a recognition's attributes in Chinese."""
    return values_text(recognition.attributes, recognition.category)


def values_text(values: Mapping[str, object], category: Category) -> str:
    """Return attributes of a category in Chinese."""
    names = {**ATTRIBUTES, **category.attributes}
    return "；".join(f"{names.get(name, name)}：{_value(value)}" for name, value in values.items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return ATTRIBUTES.get(str(value), str(value))


@admin.register(Recognition)
class RecognitionAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Identities as agencies recognised them; lists and services write them."""

    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "masked_number", "category_label", "attributes_shown", "valid_from", "valid_to", "issuer",
    )  # fmt: skip
    list_display_links = ("category_label",)
    list_filter = (("category", RelatedDropdownFilter), ("valid_from", RangeDateFilter))
    list_select_related = ("resident", "category")
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("resident_link", "masked_number"),
        ("category_label", "attributes_shown"),
        ("valid_from", "valid_to"),
        ("issuer", "agency", "document"),
        ("batch", "row_number"),
        ("recorded_at", "recorded_by"),
    )
    readonly_fields = ("resident_link", "masked_number", "category_label", "attributes_shown", "issuer")
    actions_detail = ("correct", "void")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read what the page names along."""
        return super().get_queryset(request).select_related("resident", "category")

    @admin.display(description="困难身份", ordering="category__label")
    def category_label(self, recognition: Recognition) -> str:
        """Name the category."""
        return recognition.category.label

    @admin.display(description="属性")
    def attributes_shown(self, recognition: Recognition) -> str:
        """Show the attributes."""
        return attributes_text(recognition) or "—"

    @admin.display(description="认定部门", ordering="authority")
    def issuer(self, recognition: Recognition) -> str:
        """Name the authority."""
        return ISSUERS.get(recognition.authority, recognition.authority)

    def has_propose_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user works in the area; a second person confirms what they propose."""
        return self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    @asks(
        title="提出更正",
        description="认定登记有误时更正，须他人复核后生效；身份变动请按清单办理。",
        form=CorrectionForm,
        may="propose",
        icon="edit_note",
    )
    def correct(self, request: HttpRequest, form: CorrectionForm, object_id: str) -> HttpResponse:
        """Propose other values."""

        def work() -> str:
            assert isinstance(request.user, User)
            case = propose_correction(
                recognition=self.visible(request, object_id),
                changes=form.changes(),
                evidence=form.cleaned_data["evidence"],
                reason=form.cleaned_data["reason"],
                user=request.user,
            )
            return f"已提出更正，工单 {case} 待他人复核。"

        return self.conclude(request, work)

    @asks(
        title="提出作废",
        description="从未有过的认定予以作废，须他人复核后生效。",
        form=EvidenceForm,
        may="propose",
        icon="delete_sweep",
        variant=ActionVariant.DANGER,
    )
    def void(self, request: HttpRequest, form: EvidenceForm, object_id: str) -> HttpResponse:
        """Propose to strike it out."""

        def work() -> str:
            assert isinstance(request.user, User)
            case = propose_voiding(
                recognition=self.visible(request, object_id),
                evidence=form.cleaned_data["evidence"],
                reason=form.cleaned_data["reason"],
                user=request.user,
            )
            return f"已提出作废，工单 {case} 待他人复核。"

        return self.conclude(request, work)
