"""Recognitions (身份认定): every identity its own dated record."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter, RelatedDropdownFilter

from exchange.models import AgencyKind
from hardship.models import Category, Recognition
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly
from registry.admin.base import ScopedAdmin

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
