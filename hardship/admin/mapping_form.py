"""The form that asks what a name in lists means, and the ways it comes to be filled in."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from exchange.models import Job
from hardship.models import Category

RESIDENCES = [("", "不说明"), ("rural", "农村"), ("urban", "城市")]
LEVELS = [("", "不说明"), ("1", "一级"), ("2", "二级"), ("3", "三级"), ("4", "四级")]


class MappingForm(forms.Form):
    """What a name means, and who says so."""

    name = forms.CharField(label="清单中的写法", max_length=100, widget=UnfoldAdminTextInputWidget)
    category = forms.ChoiceField(label="身份类别", widget=UnfoldAdminSelectWidget)
    residence = forms.ChoiceField(
        label="同时说明城乡", choices=RESIDENCES, required=False, widget=UnfoldAdminSelectWidget
    )
    level = forms.ChoiceField(
        label="同时说明等级", choices=LEVELS, required=False, widget=UnfoldAdminSelectWidget
    )
    also = forms.MultipleChoiceField(
        label="同时说明的其他身份", required=False, widget=UnfoldAdminSelectMultipleWidget
    )
    reason = forms.CharField(
        label="依据", max_length=200, widget=UnfoldAdminTextInputWidget, help_text="哪个部门、什么文件说明的"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = list(Category.objects.order_by("issuer", "label").values_list("code", "label"))
        for name, choices in (("category", [("", "请选择"), *categories]), ("also", categories)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def meaning(self) -> dict[str, Any]:
        """Return what the name is said to mean, as the services take it."""
        data = self.cleaned_data
        attributes: dict[str, Any] = {"residence": data["residence"]} if data["residence"] else {}
        attributes |= {"level": int(data["level"])} if data["level"] else {}
        return {
            "name": data["name"],
            "category": data["category"],
            "attributes": attributes,
            "also": [code for code in data["also"] if code != data["category"]],
        }


def filled_in(job: Job, *, reason: str) -> dict[str, Any]:
    """Return the form as it was filled in when the preview was asked for."""
    asked = job.params["asked"]
    return {
        "name": asked["name"],
        "category": asked["category"],
        "residence": asked["attributes"].get("residence", ""),
        "level": str(asked["attributes"].get("level", "")),
        "also": asked["also"],
        "reason": reason,
    }


def suggested(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form as an address fills it in."""
    attributes = json.loads(asked.get("attributes") or "{}")
    return {
        "name": asked.get("name", ""),
        "category": asked.get("category", ""),
        "residence": attributes.get("residence", ""),
        "level": str(attributes.get("level", "")),
        "also": [code for code in asked.get("also", "").split(",") if code],
    }
