"""The attributes a category's recognitions may have, as fields of a form and read back from it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from hardship.models import Category

UNKNOWN = ""
YES_NO = ((UNKNOWN, "未载明"), ("true", "是"), ("false", "否"))
RESIDENCES = ((UNKNOWN, "未载明"), ("rural", "农村"), ("urban", "城市"))
FLAGS = frozenset({"risk_eliminated", "former_poverty", "monitored"})
WHOLE = frozenset({"level", "exit_year"})
SAID = {"true": True, "false": False}
PREFIX = "attribute_"


def attribute_fields(category: Category, values: Mapping[str, Any]) -> dict[str, forms.Field]:
    """Return a field for each attribute the category declares, beginning with `values`."""
    return {
        f"{PREFIX}{name}": _attribute_field(name, label, values.get(name))
        for name, label in category.attributes.items()
    }


def attributes_said(
    category: Category, data: Mapping[str, Any], *, before: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the attributes as services take them; what the category no longer declares stays as before."""
    attributes = dict(before)
    for name in category.attributes:
        value = data[f"{PREFIX}{name}"]
        attributes.pop(name, None)
        if value not in (UNKNOWN, None):
            attributes[name] = SAID.get(value, value) if isinstance(value, str) else value
    return attributes


def _attribute_field(name: str, label: str, value: Any) -> forms.Field:
    if isinstance(value, bool) or name in FLAGS:
        shown = UNKNOWN if value is None else str(value).lower()
        return forms.ChoiceField(
            label=label, choices=YES_NO, required=False, initial=shown, widget=UnfoldAdminSelectWidget
        )
    if name == "residence":
        return forms.ChoiceField(
            label=label,
            choices=RESIDENCES,
            required=False,
            initial=value or "",
            widget=UnfoldAdminSelectWidget,
        )
    if isinstance(value, int) or name in WHOLE:
        return forms.IntegerField(
            label=label, required=False, initial=value, widget=UnfoldAdminIntegerFieldWidget
        )
    return forms.CharField(
        label=label, max_length=100, required=False, initial=value or "", widget=UnfoldAdminTextInputWidget
    )
