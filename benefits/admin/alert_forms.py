"""What staff are asked when an agency answers an alert by letter or telephone."""

from typing import Any

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from benefits.models import Alert, AlertState, Outcome, WhyNotEligible
from benefits.rules.alert_answers import Words
from exchange.models import Agency
from hardship.models import Category
from policy.admin.house import DayInput
from registry.selectors import area_chain

VISITED = AlertState.VISITED.value
SAID = ("outcome", "category", "since", "document", "reason_code", "reason", "checked_by", "checked_on")


class AgencyForm(BaseDialogForm):
    """Which agency says it."""

    agency = forms.ModelChoiceField(Agency.objects.none(), label="部门", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alert = Alert.objects.select_related("event", "area").get(pk=self.object_id)
        field = self.fields["agency"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Agency.objects.filter(
            kind__in=alert.event.agency_kinds, area__code__in=area_chain(alert.area)
        ).order_by("name")


class VisitForm(AgencyForm):
    """Who visited, and when."""

    checked_by = forms.CharField(label="核查人", max_length=60, widget=UnfoldAdminTextInputWidget)
    checked_on = forms.DateField(label="入户日期", widget=DayInput)
    reason = forms.CharField(label="说明", max_length=200, required=False, widget=UnfoldAdminTextInputWidget)

    def words(self) -> Words:
        """Return what the agency says, once the form is valid."""
        data = self.cleaned_data
        return Words(
            step=VISITED, checked_by=data["checked_by"], checked_on=data["checked_on"], reason=data["reason"]
        )


class AnswerForm(AgencyForm):
    """What an agency found."""

    outcome = forms.ChoiceField(label="核查结果", choices=Outcome.choices, widget=UnfoldAdminSelectWidget)
    category = forms.ModelChoiceField(
        Category.objects.order_by("label"), label="纳入类别", required=False, widget=UnfoldAdminSelectWidget
    )
    since = forms.DateField(
        label="认定起始日期", required=False, widget=DayInput, help_text="纳入困难身份的填写；不填即核查日期"
    )
    document = forms.CharField(
        label="认定文书", max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )
    reason_code = forms.ChoiceField(
        label="不符合原因",
        choices=[("", "—"), *WhyNotEligible.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(label="说明", max_length=200, required=False, widget=UnfoldAdminTextInputWidget)
    checked_by = forms.CharField(label="核查人", max_length=60, widget=UnfoldAdminTextInputWidget)
    checked_on = forms.DateField(label="核查日期", widget=DayInput)

    def clean_category(self) -> str:
        """Return the code the service wants."""
        category = self.cleaned_data["category"]
        return category.pk if category else ""

    def words(self) -> Words:
        """Return what the agency says, once the form is valid."""
        return Words(**{name: self.cleaned_data[name] for name in SAID})
