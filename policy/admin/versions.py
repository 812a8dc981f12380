"""Policy versions (政策版本): every leaf with clause and doubt, a draft's text, submitting and approving."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant

from policy.admin.display import choice_badge
from policy.admin.house import asks
from policy.errors import DomainError
from policy.models import PolicyStatus, PolicyVersion
from policy.policy import Policy
from policy.services import versions

TONES = {
    PolicyStatus.DRAFT: "orange",
    PolicyStatus.SUBMITTED: "blue",
    PolicyStatus.APPROVED: "green",
}
FACT_ROWS = (
    ("title", "area_and_year", "number", "state"),
    ("created_by", "created_at", "approved_by", "approved_at"),
)
FACTS = tuple(name for row in FACT_ROWS for name in row)


class DraftForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The text of a draft; whatever the loader refuses is said beside it.

    :cvar may_draft: whether the user may draft for the area of this code; set by the page
    """

    may_draft: Callable[[str], bool]

    class Meta:
        model = PolicyVersion
        fields = ("text", "corrects", "source_document")

    def clean_text(self) -> str:
        """Return the text if it loads over its parents and keeps their bounds."""
        text: str = self.cleaned_data["text"]
        try:
            policy = versions.parse_draft(text)
        except DomainError as refused:
            raise ValidationError(refused.message) from refused
        if not self.may_draft(policy.area):
            raise ValidationError(f"{policy.area} 不在您的管辖范围内，不能为它起草政策。")
        if self.instance.pk and (policy.area, policy.year) != (self.instance.area, self.instance.year):
            raise ValidationError("草稿的地区和年度不能改；请新建一版。")
        return text

    def clean(self) -> dict[str, Any]:
        """Refuse a correction of what is not in force."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("corrects") and "text" in said:
            try:
                versions.refuse_correcting_nothing(versions.parse_draft(said["text"]))
            except DomainError as refused:
                self.add_error("corrects", refused.message)
        return said


class PolicyVersionPage:
    """What the page of policy versions shows and does; the app that knows areas makes it an admin."""

    form = DraftForm
    list_display = ("area_and_year", "title", "number", "state", "created_by", "approved_at")
    list_display_links = ("area_and_year", "title")
    list_filter = (("status", ChoicesDropdownFilter), "year")
    list_select_related = ("created_by", "approved_by")
    search_fields = ("area__startswith", "title")
    search_help_text = "按地区代码或标题查询"
    ordering = ("area", "-year", "-number")
    actions_detail = ("submit_version", "approve_version")
    change_form_after_template = "admin/openyibao/policy_version.html"

    @admin.display(description="地区/年度", ordering="area")
    def area_and_year(self, version: PolicyVersion) -> str:
        """Show the key other policies inherit by."""
        return version.key

    @admin.display(description="状态")
    def state(self, version: PolicyVersion) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(version, "status", TONES)

    def parsed(self, version: PolicyVersion) -> Policy | None:
        """Return the version's policy, or nothing if its parents are not there any more."""
        try:
            return versions.parse_draft(version.text)
        except DomainError:
            return None

    def get_fields(self, request: HttpRequest, obj: PolicyVersion | None = None) -> tuple[Any, ...]:
        """Show a draft's text to be edited; of a frozen version the facts, its text further down."""
        typed = ("text", "corrects", "source_document")
        if obj is None:
            return typed
        return (
            (*FACT_ROWS, *typed)
            if self.has_change_permission(request, obj)
            else (*FACT_ROWS, "corrects", "source_document")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: PolicyVersion | None = None) -> tuple[str, ...]:
        """Keep everything but text and document from being typed."""
        return FACTS if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the version may be edited; the app that knows areas says who."""
        return bool(super().has_change_permission(request, obj))  # type: ignore[misc]

    def save_model(self, request: HttpRequest, obj: PolicyVersion, form: DraftForm, change: bool) -> None:
        """Save through the service."""
        saved = versions.save_draft(
            text=form.cleaned_data["text"],
            user=request.user,  # type: ignore[arg-type]
            version=PolicyVersion.objects.get(pk=obj.pk) if change else None,
            source_document=form.cleaned_data["source_document"] or None,
            corrects=form.cleaned_data["corrects"],
        )
        obj.__dict__.update(saved.__dict__)

    @asks(title="提交复核", description="提交后不能再改，由另一位同事复核。", may="draft", icon="send",
          variant=ActionVariant.PRIMARY)  # fmt: skip
    def submit_version(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Hand the draft to a second person."""

        def work() -> str:
            version = versions.submit(version=PolicyVersion.objects.get(pk=object_id))
            return f"{version.key} 第{version.number}版已提交复核。"

        return self.conclude(request, work)  # type: ignore[attr-defined,no-any-return]

    @asks(title="复核生效", description="生效后本版冻结，原有效版本被替代，此后的核定都按本版计算；"
          "勾选“更正文字差错”的，原版已缴费年度的资助更正和追溯变更也按本版。", may="approve",
          icon="verified", variant=ActionVariant.SUCCESS)  # fmt: skip
    def approve_version(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Make the version law."""

        def work() -> str:
            version = versions.approve(
                version=PolicyVersion.objects.get(pk=object_id),
                user=request.user,  # type: ignore[arg-type]
            )
            return f"{version.key} 第{version.number}版已生效。"

        return self.conclude(request, work)  # type: ignore[attr-defined,no-any-return]
