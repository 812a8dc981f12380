"""What staff are asked who propose to correct a recognition, and how a case shows it."""

from typing import Any

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from hardship.models import Recognition

UNKNOWN = ""
YES_NO = ((UNKNOWN, "未载明"), ("true", "是"), ("false", "否"))
RESIDENCES = ((UNKNOWN, "未载明"), ("rural", "农村"), ("urban", "城市"))
FLAGS = frozenset({"risk_eliminated", "former_poverty", "monitored"})
WHOLE = frozenset({"level", "exit_year"})
SAID = {"true": True, "false": False}


class EvidenceForm(BaseDialogForm):
    """Asks what a correction rests on, and why."""

    evidence = forms.CharField(
        label="佐证材料文号或档案号", max_length=100, widget=UnfoldAdminTextInputWidget
    )
    reason = forms.CharField(
        label="事由", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class CorrectionForm(EvidenceForm):
    """Asks for the right values, beginning with those on record."""

    valid_from = forms.DateField(label="起始日期", widget=UnfoldAdminDateWidget)
    valid_to = forms.DateField(label="终止日期（不含）", required=False, widget=UnfoldAdminDateWidget)
    document = forms.CharField(
        label="认定文书", max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record = Recognition.objects.select_related("category").get(pk=self.object_id)
        for name in ("valid_from", "valid_to", "document"):
            self.fields[name].initial = getattr(self.record, name)
        for name, label in self.record.category.attributes.items():
            self.fields[f"attribute_{name}"] = _attribute_field(name, label, self.record.attributes.get(name))
        self.order_fields([*(name for name in self.fields if name not in EvidenceForm.base_fields)])

    def changes(self) -> dict[str, Any]:
        """Return the values as the service takes them; what no longer is declared stays as it was."""
        data = self.cleaned_data
        attributes = dict(self.record.attributes)
        for name in self.record.category.attributes:
            value = data[f"attribute_{name}"]
            attributes.pop(name, None)
            if value not in (UNKNOWN, None):
                attributes[name] = SAID.get(value, value) if isinstance(value, str) else value
        return {
            "valid_from": data["valid_from"],
            "valid_to": data["valid_to"],
            "document": data["document"],
            "attributes": attributes,
        }


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
