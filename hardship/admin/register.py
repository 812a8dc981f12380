"""Register one identity by hand (登记身份): whom and as what first, then what that category asks."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from exchange.models import AgencyKind
from hardship.admin.attributes import attribute_fields, attributes_said
from hardship.admin.wording import ISSUERS, attributes_text
from hardship.models import Category, Recognition
from hardship.selectors.validity import limit_text, validity
from hardship.services.recognitions import NewRecognition, recognize
from policy.admin.display import NOTHING, change_url, link, table
from policy.admin.house import DayInput
from policy.errors import DomainError
from registry.admin.base import CLERKS
from registry.models import Resident
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import Viewer, resident_ids_by_index, scope_filter

PAGE = "admin:hardship_recognition_register"


class WhomForm(forms.Form):
    """Whom, and as what."""

    id_number = forms.CharField(
        label="证件号码",
        max_length=30,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="须是登记簿里的人；没有登记的，先办理参保人登记。",
    )
    category = forms.ModelChoiceField(
        Category.objects.order_by("issuer", "label"),
        label="困难身份",
        widget=UnfoldAdminSelectWidget,
        empty_label="请选择",
    )

    def __init__(self, *args: Any, user: Viewer, resident: Resident | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.resident = user, resident
        if resident is not None:
            del self.fields["id_number"]

    def clean_id_number(self) -> str:
        """Find the person among those the user handles."""
        number = normalized(self.cleaned_data["id_number"])
        keys = resident_ids_by_index([blind_index(number)]).values()
        self.resident = handled_by(self.user).filter(pk__in=list(keys)).first()
        if self.resident is None:
            raise forms.ValidationError("登记簿中没有此证件号码，或不在您的管辖范围内。")
        return number


class RegisterForm(forms.Form):
    """Since when, by whom and by which paper, with the attributes of the category."""

    valid_from = forms.DateField(label="起始日期", widget=DayInput)
    valid_to = forms.DateField(label="终止日期（不含）", required=False, widget=DayInput)
    authority = forms.ChoiceField(
        label="认定部门", choices=AgencyKind.choices, widget=UnfoldAdminSelectWidget
    )
    document = forms.CharField(label="认定文书", max_length=100, widget=UnfoldAdminTextInputWidget)
    reason = forms.CharField(
        label="事由", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, category: Category, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.category = category
        self.fields["authority"].initial = category.issuer
        self.fields["valid_to"].help_text = _unless_said(category, resident)
        self.fields |= attribute_fields(category, {})
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def clean_valid_from(self) -> Any:
        """Refuse what has not happened yet."""
        day = self.cleaned_data["valid_from"]
        if day > timezone.localdate():
            raise forms.ValidationError("起始日期不能晚于今天。")
        return day

    def row(self, resident: Resident) -> NewRecognition:
        """Return what is to be recorded."""
        data = self.cleaned_data
        return NewRecognition(
            resident_id=resident.pk,
            category=self.category.pk,
            valid_from=data["valid_from"],
            valid_to=data["valid_to"],
            attributes=attributes_said(self.category, data, before={}),
            authority=data["authority"],
            document=data["document"],
        )


def _unless_said(category: Category, resident: Resident) -> str:
    """Return when a recognition that begins today ends if nobody says so."""
    path, year = resident.living_area.path, timezone.localdate().year
    limit = validity({}).limit(category.pk, path=path, year=year)
    if limit is not None:
        return f"不填按{year}年度文件，自起始日期起{limit_text(limit)}"
    return "不填为长期有效" if category.months is None else f"不填为自起始日期起 {category.months} 个月"


def handled_by(user: Viewer) -> Any:
    """Return the residents whose cases the user handles."""
    return Resident.objects.filter(scope_filter(user, area="living_area", roles=CLERKS))


def register_url(**known: object) -> str:
    """Return the address of the page for what is known of whom and as what."""
    return reverse(PAGE) + (f"?{urlencode(known)}" if known else "")


def register_page(page: Any, request: HttpRequest) -> HttpResponse:
    """Ask whom and as what; then what the category asks; then record it."""
    resident = _resident(request)
    category = Category.objects.filter(pk=request.GET.get("category", "")).first()
    if resident is None or category is None:
        return _ask_whom(page, request, resident)
    form = RegisterForm(request.POST or None, category=category, resident=resident)
    if request.method == "POST" and form.is_valid():
        try:
            recognize(rows=[form.row(resident)], reason=form.cleaned_data["reason"], user=request.user)  # type: ignore[arg-type]
        except DomainError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, f"已登记{resident.name}的{category.label}身份。")
            return redirect(change_url(resident))
    return _answer(page, request, form=form, resident=resident, category=category)


def _resident(request: HttpRequest) -> Resident | None:
    key = request.GET.get("resident", "")
    found: Resident | None = handled_by(request.user).filter(pk=key).first() if key.isdecimal() else None
    return found


def _ask_whom(page: Any, request: HttpRequest, resident: Resident | None) -> HttpResponse:
    form = WhomForm(request.POST or None, user=request.user, resident=resident)
    if request.method == "POST" and form.is_valid():
        assert form.resident is not None
        known = {"resident": form.resident.pk, "category": form.cleaned_data["category"].pk}
        return redirect(register_url(**known))
    return _answer(page, request, form=form, resident=resident, category=None)


def _answer(
    page: Any, request: HttpRequest, *, form: forms.Form, resident: Resident | None, category: Category | None
) -> HttpResponse:
    context = page.admin_site.each_context(request) | {
        "title": f"登记身份：{category.label}" if category else "登记身份",
        "form": form,
        "resident": resident,
        "held": _held(resident) if resident else "",
        "opts": page.opts,
        "back": change_url(resident) if resident else reverse("admin:hardship_recognition_changelist"),
        "button": "登记" if category else "下一步",
    }
    return TemplateResponse(request, "admin/openyibao/register.html", context)


def _held(resident: Resident) -> SafeString:
    found = (
        Recognition.objects.filter(resident=resident).select_related("category").order_by("-valid_from", "pk")
    )
    rows = [
        (
            link(row, row.category.label),
            attributes_text(row) or NOTHING,
            row.valid_from,
            row.valid_to or "至今",
            ISSUERS.get(row.authority, row.authority),
        )
        for row in found
    ]
    heads = ["困难身份", "属性", "起始日期", "终止日期（不含）", "认定部门"]
    return table(heads, rows, empty="没有登记过困难身份")
