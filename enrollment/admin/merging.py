"""The page that proposes to make one of a newborn's two records."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from enrollment.services.merging import KIND, propose_merge
from policy.admin.display import change_url
from registry.admin.base import CLERKS
from registry.models import Resident
from registry.selectors import Viewer, resident_by_number, scope_filter


class MergeForm(forms.Form):
    """Asks for both numbers and what proves that they are one person's."""

    certificate = forms.CharField(label="出生医学证明编号", max_length=30, widget=UnfoldAdminTextInputWidget)
    id_number = forms.CharField(label="居民身份证号", max_length=30, widget=UnfoldAdminTextInputWidget)
    evidence = forms.CharField(
        label="凭证",
        max_length=60,
        help_text="写有两个证件号码的材料编号，如户口簿页、出生医学证明。",
        widget=UnfoldAdminTextInputWidget,
    )
    reason = forms.CharField(label="事由", max_length=60, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))

    def __init__(self, *args: Any, user: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_certificate(self) -> Resident:
        """Return who is registered by the certificate."""
        return self._resident("certificate")

    def clean_id_number(self) -> Resident:
        """Return who is registered by the identity number."""
        return self._resident("id_number")

    def clean(self) -> dict[str, Any]:
        """Refuse a person who is one record already."""
        asked: dict[str, Any] = super().clean() or {}
        if "certificate" in asked and asked["certificate"] == asked.get("id_number"):
            raise forms.ValidationError("两个号码已查到同一份档案，不需要合并。")
        return asked

    def _resident(self, name: str) -> Resident:
        found = resident_by_number(self.cleaned_data[name])
        mine = Resident.objects.filter(scope_filter(self.user, area="living_area", roles=CLERKS))
        if found is None or not mine.filter(pk=found.pk).exists():
            raise forms.ValidationError("没有这个号码的档案，或不在您的管辖范围内。")
        return found


class MergesRecords:
    """The action of the list of enrollments; put it before the admin class."""

    @action(description="合并新生儿档案", icon="merge", permissions=["clerk"], variant=ActionVariant.DEFAULT)
    def merge_records(self: Any, request: HttpRequest) -> HttpResponse:
        """Ask which two records, and lead to the case that a second person confirms."""
        form = MergeForm(request.POST or None, user=request.user)

        def work() -> tuple[str, str]:
            asked = form.cleaned_data
            case = propose_merge(
                first=asked["certificate"],
                second=asked["id_number"],
                evidence=asked["evidence"],
                reason=asked["reason"],
                user=request.user,  # type: ignore[arg-type]  # staff only
            )
            said = (
                "已提出合并，请另一人复核。"
                if case.kind == KIND
                else "两份档案都已缴费，已立工单，请先退费。"
            )
            return said, change_url(case)

        page: HttpResponse = self.ask_to_begin(
            request, form, work, title="合并新生儿档案", submit_text="提出合并"
        )
        return page
