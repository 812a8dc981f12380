"""What pages and dialogs of reconciliations ask."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from oversight.models import Difference, DifferenceKind, DifferenceState, Reconciliation
from registry.admin.base import CLERKS, REVIEWERS
from registry.models import Area, StaffScope
from registry.selectors import scope_filter


class MonthForm(forms.Form):
    """Which area, which month."""

    area = forms.ModelChoiceField(Area.objects.none(), label="地区", widget=UnfoldAdminSelectWidget)
    month = forms.RegexField(
        r"^20\d{2}-(0[1-9]|1[0-2])$", label="月份（如 2024-11）", widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["area"]
        assert isinstance(field, forms.ModelChoiceField)
        mine = scope_filter(user, area="", roles=(*CLERKS, *REVIEWERS))
        field.queryset = Area.objects.filter(mine, level__in=("city", "county", "industry")).order_by("path")
        field.label_from_instance = lambda area: f"{area.code} {area.name}"  # type: ignore[assignment]


class ClassForm(BaseDialogForm):
    """Asks which class of a month."""

    kind = forms.ChoiceField(label="差异类型", choices=DifferenceKind.choices, widget=UnfoldAdminSelectWidget)

    def chosen(self, paper: Reconciliation) -> list[int]:
        """Return the keys of the class's differences that wait."""
        rows = Difference.objects.filter(
            reconciliation=paper, kind=self.cleaned_data["kind"], state=DifferenceState.OPEN
        )
        return list(rows.values_list("pk", flat=True))


class WordsForm(forms.Form):
    """Asks what it is."""

    reason = forms.CharField(
        label="说明", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class ExplainForm(WordsForm, BaseDialogForm):
    """Asks in a dialog what it is."""


class ExplainClassForm(ExplainForm, ClassForm):
    """Asks which class, and what it is."""

    field_order = ("kind", "reason")


def colleagues(*paths: str) -> QuerySet[User]:
    """Return who works for areas: with a role there or above each of them."""
    codes = set.intersection(*(set(path.strip("/").split("/")) for path in paths)) if paths else set()
    return User.objects.filter(
        is_active=True, pk__in=StaffScope.objects.filter(area__code__in=codes).values("user")
    ).order_by("username")


class OwnerForm(forms.Form):
    """Asks who answers for differences, and why: somebody who works for the areas of all their papers."""

    owner = forms.ModelChoiceField(User.objects.none(), label="责任人", widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        label="事由", max_length=80, required=False, widget=UnfoldAdminTextInputWidget, help_text="可不填"
    )

    def __init__(self, data: Any = None, *, differences: QuerySet[Difference]) -> None:
        super().__init__(data)
        papers = Reconciliation.objects.filter(pk__in=differences.order_by().values("reconciliation"))
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues(*papers.values_list("area__path", flat=True).distinct())


class AssignClassForm(ClassForm):
    """Asks which class, and who answers for it."""

    owner = forms.ModelChoiceField(User.objects.none(), label="责任人", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues(
            Reconciliation.objects.select_related("area").get(pk=self.object_id).area.path
        )
