"""What a supervisor says to have a billing planned."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
)

from enrollment.models import BillingScope
from registry.models import Area, AreaLevel, Role
from registry.selectors import scope_filter


class BillingForm(forms.Form):
    """Where, for which year, and whom."""

    area = forms.ModelChoiceField(Area.objects.none(), label="地区", widget=UnfoldAdminSelectWidget)
    year = forms.IntegerField(
        label="参保年度", min_value=2000, max_value=2100, widget=UnfoldAdminIntegerFieldWidget
    )
    scope = forms.ChoiceField(
        label="开单范围",
        choices=BillingScope.choices,
        initial=BillingScope.RENEWALS,
        widget=UnfoldAdminRadioSelectWidget,
    )
    pay_day = forms.DateField(
        label="核定日期",
        required=False,
        help_text="按当日缴费核定；不填为今天，缴费期未到的为首日",
        widget=UnfoldAdminDateWidget,
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["area"]
        assert isinstance(field, forms.ModelChoiceField)
        mine = scope_filter(user, area="", roles=[Role.SUPERVISOR])
        field.queryset = Area.objects.filter(mine).exclude(level=AreaLevel.VILLAGE).order_by("path")
        field.label_from_instance = lambda area: f"{area.code} {area.name}"  # type: ignore[assignment]
