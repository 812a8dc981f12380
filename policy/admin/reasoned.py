"""Forms that ask why: the reason stands in the history beside what was changed."""

from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

REASON_LENGTH = 100


class WithReasonForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Asks for the reason too."""

    reason = forms.CharField(
        label="事由",
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text="为何登记或变更，依据什么；留在变更记录里。",
    )


class AsksReason(ModelAdmin):
    """An admin whose form asks why; put it before the other bases."""

    form: type[forms.ModelForm] = WithReasonForm  # type: ignore[type-arg]

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """Ask why at the end, where something can be changed."""
        told = [name for name in super().get_fields(request, obj) if name != "reason"]
        may = self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        return [*told, "reason"] if may else told

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        """Store the reason with the history."""
        obj._change_reason = form.cleaned_data["reason"]  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)
