"""What staff say to have a subsidy application drawn up, to record money received, and to see how it stands."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from enrollment.models import AssistanceSettlement
from enrollment.rules.financing import COMPONENTS
from enrollment.rules.subsidy_split import LEVELS
from enrollment.services.applications import Claim
from enrollment.services.settlement_payments import NewSettlementPayment, owed_lines
from enrollment.services.transfers import NewTransfer
from policy.admin.display import yuan_text
from policy.admin.house import DayInput, ReasonForm
from policy.words import said
from registry.models import Area, AreaLevel
from registry.selectors import scope_filter

PAYERS = ("medical_assistance_fund", "county", "family_planning_fund", "fiscal")  # of what no document names


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


class CompletionForm(PlaceAndYear):
    """A place that pools funds, or holds such places, and a coverage year."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].label = "参保年度"
        field = self.fields["area"]
        assert isinstance(field, forms.ModelChoiceField)
        pooling = Area.objects.filter(is_pooling_area=True, path__startswith=OuterRef("path"))
        field.queryset = field.queryset.filter(Exists(pooling))  # type: ignore[union-attr]  # set by the parent
        field.help_text = "统筹地区或其上级"


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


class TakeBackForm(ReasonForm):
    """Asks from which day, and why."""

    on = forms.DateField(
        label="冲回日期", help_text="登记有误的填原到账日期；实际退回的填退回日期", widget=DayInput
    )


def payers_text(codes: str) -> str:
    """Name payers joined by "+" as they are stored."""
    return "、".join(said(code) for code in codes.split("+")) if codes else "未列明"


class SettlementPaymentForm(forms.Form):
    """What a payer paid of a settlement's line that is not settled yet."""

    line = forms.ChoiceField(label="应付项目", widget=UnfoldAdminSelectWidget)
    payer = forms.ChoiceField(label="付款方", widget=UnfoldAdminSelectWidget)
    amount = forms.DecimalField(
        label="付款金额（元）",
        max_digits=16,
        decimal_places=2,
        help_text="退还出资方的填负数",
        widget=UnfoldAdminDecimalFieldWidget,
    )
    paid_on = forms.DateField(label="到账日期", widget=DayInput)
    document = forms.CharField(label="付款文号", max_length=100, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, settlement: AssistanceSettlement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = [each for each in owed_lines([settlement]) if each.rest]
        self._lines = {f"{each.component}:{each.payers}": each for each in lines}
        line, payer = self.fields["line"], self.fields["payer"]
        assert isinstance(line, forms.ChoiceField)
        assert isinstance(payer, forms.ChoiceField)
        line.choices = [
            (key, f"{said(each.component)} · {payers_text(each.payers)} · 未付 {yuan_text(each.rest)}")
            for key, each in self._lines.items()
        ]
        codes = dict.fromkeys(code for each in lines for code in each.payers.split("+") if code)
        payer.choices = [(code, said(code)) for code in codes or PAYERS]

    def payment(self) -> NewSettlementPayment:
        """Return what was paid."""
        data = self.cleaned_data
        line = self._lines[data["line"]]
        return NewSettlementPayment(
            component=line.component,
            payers=line.payers,
            payer=data["payer"],
            amount=data["amount"],
            paid_on=data["paid_on"],
            document=data["document"],
        )
