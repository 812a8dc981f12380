"""What staff type of a paper bill, what its check asks line by line, and the reasons of the register."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from benefits.models import ManualClaim, ManualLine
from benefits.rules.amounts import wrong_amount
from benefits.rules.claim_reasons import CUTS, DECISIONS, REJECTIONS, RETURNS
from benefits.services.bills import ClaimRefused
from benefits.services.manual_claims import Accepted
from benefits.services.manual_entries import check_paper
from benefits.services.manual_stages import Why, accepted_copay, accepted_eligible
from hardship.admin.register import handled_by
from policy.admin.house import DayInput
from policy.money import ZERO
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import resident_ids_by_index

NEEDED = ("resident_id", "facility_id", "admitted_on", "discharged_on", "total")
LINE = ("name", "item_class", "amount", "eligible", "class_b_copay")


def reasons(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return what to choose from, "" first."""
    return [("", "—"), *((code, DECISIONS[code].words) for code in codes)]


class BillAmountField(forms.DecimalField):
    """An amount as the paper has it; what is no amount is refused in the words of the rules.

    :param called: what the rules call it
    """

    def __init__(self, *, called: str, **options: Any) -> None:
        self.called = called
        widget = UnfoldAdminDecimalFieldWidget(attrs={"step": "0.01"})
        super().__init__(max_digits=12, widget=widget, **options)

    def validate(self, value: Any) -> None:
        """Refuse what is negative, finer than the fen, or more than the books hold."""
        super().validate(value)
        wrong = "" if value is None else wrong_amount(self.called, value)
        if wrong:
            refused = ClaimRefused("claim_amounts_invalid", field=self.called, why=wrong)
            raise forms.ValidationError(f"{refused.message}；{refused.cure}", code=refused.code)


class ManualForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Asks what the paper says; the person by the full number, where the user handles cases."""

    id_number = forms.CharField(
        label="证件号码",
        max_length=30,
        help_text="参保人的完整号码",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    total = BillAmountField(called="总费用", label="票据总金额", help_text="元，须与各项明细之和相符")
    basic_paid = BillAmountField(
        called="基本医保已支付",
        label="基本医保已付",
        required=False,
        help_text="已在医疗机构结算基本医保的照票据填写；没有的不填，由系统计算",
    )
    user: Any = None

    class Meta:
        model = ManualClaim
        fields = (
            "number",
            "facility",
            "kind",
            "admitted_on",
            "discharged_on",
            "referral",
            "track",
            "total",
            "basic_paid",
        )
        widgets = {"admitted_on": DayInput, "discharged_on": DayInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.fields.pop("id_number", None)

    def clean_id_number(self) -> str:
        """Put the person of the number on the claim."""
        number = normalized(self.cleaned_data["id_number"])
        keys = list(resident_ids_by_index([blind_index(number)]).values())
        found = handled_by(self.user).filter(pk__in=keys).first()
        if found is None:
            raise forms.ValidationError("登记簿中没有此证件号码，或不在您的经办范围内。")
        self.instance.resident = found
        return number


class LineForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Asks what the paper says of one item."""

    amount = BillAmountField(called="金额", label="金额")
    eligible = BillAmountField(called="政策范围内金额", label="政策范围内")
    class_b_copay = BillAmountField(called="乙类先行自付", label="乙类先行自付", initial=ZERO)

    class Meta:
        model = ManualLine
        fields = LINE


class LineFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # not generic at run time
    """The lines as typed; the paper as a whole is checked with them."""

    def clean(self) -> None:
        """Refuse what is wrong in the paper itself."""
        super().clean()
        if any(self.errors) or any(getattr(self.instance, name) is None for name in NEEDED):
            return
        lines = self.typed()
        for number, line in enumerate(lines, start=1):
            line.number = number
        try:
            check_paper(self.instance, lines)
        except ClaimRefused as refused:
            words = f"{refused.field}：{refused.message}；{refused.cure}"
            raise forms.ValidationError(words, code=refused.code) from None

    def typed(self) -> list[ManualLine]:
        """Return the lines that are filled in and not struck out, unsaved."""
        told = [each.cleaned_data for each in self.forms if each.cleaned_data]
        return [
            ManualLine(**{name: line[name] for name in LINE})
            for line in told
            if not line.get("DELETE", False)
        ]


class CheckForm(BaseDialogForm):
    """Asks of every line what is accepted of it, beginning with the paper."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in ManualLine.objects.filter(claim=self.object_id).order_by("number"):
            said = f"{line.number}. {line.name}（{line.get_item_class_display()}，{line.amount} 元）"
            self.fields[f"eligible_{line.pk}"] = _amount(f"{said}政策范围内", accepted_eligible(line))
            self.fields[f"copay_{line.pk}"] = _amount("乙类先行自付", accepted_copay(line))
            self.fields[f"reason_{line.pk}"] = forms.ChoiceField(
                label="核减原因", choices=reasons(CUTS), required=False, widget=UnfoldAdminSelectWidget
            )

    def accepted(self) -> dict[int, Accepted]:
        """Return what was said, by key of the line."""
        keys = [int(name.removeprefix("eligible_")) for name in self.fields if name.startswith("eligible_")]
        told = self.cleaned_data
        return {
            key: Accepted(told[f"eligible_{key}"], told[f"copay_{key}"], told[f"reason_{key}"])
            for key in keys
        }


class WhyForm(BaseDialogForm):
    """Asks for a reason of the register, and words."""

    code = forms.ChoiceField(label="原因", widget=UnfoldAdminSelectWidget)
    words = forms.CharField(
        label="说明", max_length=200, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )

    def why(self) -> Why:
        """Return what was said."""
        return Why(self.cleaned_data["code"], self.cleaned_data["words"].strip())


class ReturnForm(WhyForm):
    """Asks what is to be put right."""

    code = forms.ChoiceField(label="原因", choices=reasons(RETURNS), widget=UnfoldAdminSelectWidget)


class RejectForm(WhyForm):
    """Asks why nothing is paid."""

    code = forms.ChoiceField(label="原因", choices=reasons(REJECTIONS), widget=UnfoldAdminSelectWidget)


def _amount(label: str, initial: Decimal) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        initial=initial,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
    )
