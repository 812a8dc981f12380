"""What the dialogs of a case ask."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from casework.models import Case
from casework.selectors import handlers


class CaseForm(BaseDialogForm):
    """A dialog about one case."""

    def case(self) -> Case:
        """Return the case the dialog is about."""
        return Case.objects.select_related("area").get(pk=self.object_id)


class AssignForm(CaseForm):
    """Asks to whom."""

    assignee = forms.ModelChoiceField(User.objects.none(), label="经办人", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = handlers(self.case())
        field.initial = self.request.user.pk


class CommentForm(BaseDialogForm):
    """Asks for a remark."""

    text = forms.CharField(label="备注", widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class DecisionForm(CaseForm):
    """Asks for one of the case's options, or any word where it has none, and the reason."""

    decision = forms.CharField(label="决定", max_length=100, widget=UnfoldAdminTextInputWidget)
    reason = forms.CharField(label="理由和依据", widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [(option["code"], option["label"]) for option in self.case().options]
        if options:
            self.fields["decision"] = forms.ChoiceField(
                label="决定", choices=options, widget=UnfoldAdminRadioSelectWidget
            )
