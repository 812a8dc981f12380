"""What staff are asked who end a recognition or propose to correct it."""

from typing import Any

from django import forms
from django.utils import timezone
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from hardship.admin.attributes import attribute_fields, attributes_said
from hardship.models import Recognition
from policy.admin.house import DayInput


class EvidenceForm(BaseDialogForm):
    """Asks what a correction rests on, and why."""

    evidence = forms.CharField(
        label="佐证材料文号或档案号", max_length=100, widget=UnfoldAdminTextInputWidget
    )
    reason = forms.CharField(
        label="事由", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class EndForm(BaseDialogForm):
    """Asks from which day on it no longer holds, and why."""

    on = forms.DateField(
        label="终止日期",
        initial=timezone.localdate,
        widget=DayInput,
        help_text="自这一天起不再享有",
    )
    reason = forms.CharField(
        label="事由和依据", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class CorrectionForm(EvidenceForm):
    """Asks for the right values, beginning with those on record."""

    valid_from = forms.DateField(label="起始日期", widget=DayInput)
    valid_to = forms.DateField(label="终止日期（不含）", required=False, widget=DayInput)
    document = forms.CharField(
        label="认定文书", max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record = Recognition.objects.select_related("category").get(pk=self.object_id)
        for name in ("valid_from", "valid_to", "document"):
            self.fields[name].initial = getattr(self.record, name)
        self.fields |= attribute_fields(self.record.category, self.record.attributes)
        self.order_fields([*(name for name in self.fields if name not in EvidenceForm.base_fields)])

    def changes(self) -> dict[str, Any]:
        """Return the values as the service takes them; what no longer is declared stays as it was."""
        data = self.cleaned_data
        attributes = attributes_said(self.record.category, data, before=self.record.attributes)
        return {
            "valid_from": data["valid_from"],
            "valid_to": data["valid_to"],
            "document": data["document"],
            "attributes": attributes,
        }
