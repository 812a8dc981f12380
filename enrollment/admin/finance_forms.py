"""What staff say to have a subsidy application drawn up, to record money received, and to see how it stands."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from enrollment.rules.financing import COMPONENTS
from enrollment.rules.subsidy_split import LEVELS
from enrollment.services.applications import Claim
from enrollment.services.transfers import NewTransfer
from policy.admin.house import DayInput
from registry.models import Area, AreaLevel
from registry.selectors import scope_filter


class PlaceAndYear(forms.Form):
    """A place of the user's and a year."""

    area = forms.ModelChoiceField(Area.objects.none(), label="地区", widget=UnfoldAdminSelectWidget)
    year = forms.IntegerField(
        label="年度", min_value=2000, max_value=2100, widget=UnfoldAdminIntegerFieldWidget
    )

    def __init__(self, *args: Any, user: Any, roles: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["area"]
        assert isinstance(field, forms.ModelChoiceField)
        mine = Area.objects.filter(scope_filter(user, area="", roles=roles))
        field.queryset = mine.exclude(level=AreaLevel.VILLAGE).order_by("path")
        field.label_from_instance = lambda area: f"{area.code} {area.name}"  # type: ignore[assignment]


class LevelForm(PlaceAndYear):
    """A component and a level of government besides."""

    component = forms.ChoiceField(label="险种", choices=COMPONENTS.items(), widget=UnfoldAdminSelectWidget)
    level = forms.ChoiceField(label="负担级次", choices=LEVELS.items(), widget=UnfoldAdminSelectWidget)

    def claim(self) -> Claim:
        """Return what is to be asked for."""
        data = self.cleaned_data
        return Claim(area=data["area"], year=data["year"], component=data["component"], level=data["level"])


class TransferForm(LevelForm):
    """Money that reached the fiscal account."""

    amount = forms.DecimalField(
        label="到账金额（元）",
        min_value=0.01,
        max_digits=16,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    received_on = forms.DateField(label="到账日期", widget=DayInput)
    document = forms.CharField(label="拨付文号", max_length=100, widget=UnfoldAdminTextInputWidget)

    def transfer(self) -> NewTransfer:
        """Return what arrived."""
        data = self.cleaned_data
        return NewTransfer(
            fiscal_year=data["year"],
            component=data["component"],
            level=data["level"],
            amount=data["amount"],
            received_on=data["received_on"],
            document=data["document"],
        )
