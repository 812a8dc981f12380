"""Policy versions (政策版本): every leaf with clause and doubt, a draft's text, submitting and approving."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant

from policy.admin.display import STATUS_LABELS, choice_badge, status_badge, table
from policy.admin.house import asks
from policy.admin.wording import value_text
from policy.cited import Cited, Section
from policy.errors import DomainError
from policy.models import PolicyStatus, PolicyVersion
from policy.policy import Policy, leaves
from policy.services import versions

TONES = {
    PolicyStatus.DRAFT: "orange",
    PolicyStatus.SUBMITTED: "blue",
    PolicyStatus.APPROVED: "green",
}
SECTIONS = {
    "series": "统计数据",
    "bound": "上级规定的界限",
    "financing": "筹资",
    "enrollment": "参保缴费",
    "assistance": "资助参保",
    "basic": "基本医保待遇",
    "critical_illness": "大病保险",
    "medical_assistance": "医疗救助",
    "incentives": "参保激励",
    "alerts": "预警",
    "oversight": "监测指标",
}
UNITS = {
    "yuan": "元", "yuan/person/year": "元/人·年", "yuan/year": "元/年", "yuan/stay": "元/次", "/1": "比例",
    "date": "日期", "day": "日", "month": "个月", "year": "年", "person": "人", "flag": "是否", "kind": "方式",
    "rule": "规则", "condition": "条件", "category": "身份类别", "bands": "分段", "ratio": "比例",
    "payers": "出资方", "text": "文字", "as_set": "测算值",
}  # fmt: skip


def leaf_table(found: Iterable[tuple[str, Cited[Any]]], names: Mapping[str, str]) -> SafeString:
    """Return leaves as a table of path, value, unit, clause, how sure, reading."""
    rows = [
        (
            format_html("<code>{}</code>", path.partition(".")[2]),
            value_text(leaf.value, names),
            UNITS.get(leaf.unit, leaf.unit),
            leaf.clause,
            format_html(
                "{}{}",
                status_badge(leaf.status),
                format_html('<span class="oy-reading">{}</span>', leaf.reading),
            ),
        )
        for path, leaf in found
    ]
    return table(["项目", "数值", "单位", "依据", "把握程度"], rows, kind="oy-leaves")


FACT_ROWS = (
    ("title", "area_and_year", "number", "status"),
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
        fields = ("text", "source_document")

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
        typed = ("text", "source_document")
        if obj is None:
            return typed
        return (
            (*FACT_ROWS, *typed)
            if self.has_change_permission(request, obj)
            else (*FACT_ROWS, "source_document")
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

    @asks(title="复核生效", description="生效后本版冻结，原有效版本被替代，此后的核定都按本版计算。", may="approve",
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


def doubt_counts(policy: Policy) -> Counter[str]:
    """Return how many leaves there are of each status."""
    return Counter(str(leaf.status) for _, leaf in leaves(policy.data))


def version_context(version: PolicyVersion, policy: Policy | None) -> dict[str, Any]:
    """Return what the page shows below the form: leaves by section, silent sections, documents, changes."""
    if policy is None:
        return {
            "version_sections": [],
            "silent": [],
            "documents": [],
            "counts": "",
            "unresolved": [],
            "diff": "",
        }
    by_section: dict[str, list[tuple[str, Cited[Any]]]] = {}
    for path, leaf in leaves(policy.data):
        by_section.setdefault(path.partition(".")[0], []).append((path, leaf))
    counts = doubt_counts(policy)
    names = {code: rule.label for code, rule in policy.data.category.items()}
    return {
        "version_sections": [
            {
                "title": SECTIONS.get(name, name),
                "slug": name,
                "count": len(found),
                "table": leaf_table(found, names),
            }
            for name, found in by_section.items()
        ],
        "silent": [label for name, label in SECTIONS.items() if _silent(policy, name)],
        "documents": [
            (document.number, document.title, document.issued or "—")
            for document in policy.data.document.values()
        ],
        "counts": [(status_badge(status), counts[status]) for status in STATUS_LABELS if counts[status]],
        "unresolved": sorted(policy.unresolved.items()),
        "diff": _diff_from_current(version),
    }


def _silent(policy: Policy, name: str) -> bool:
    section = getattr(policy.data, name)
    return section is None or (isinstance(section, dict | Section) and not section)


def _diff_from_current(version: PolicyVersion) -> str:
    if version.status not in (PolicyStatus.DRAFT, PolicyStatus.SUBMITTED):
        return ""
    current = PolicyVersion.objects.filter(
        area=version.area, year=version.year, status=PolicyStatus.APPROVED
    ).first()
    if current is None:
        return ""
    lines = difflib.unified_diff(
        current.text.splitlines(), version.text.splitlines(), f"第{current.number}版（有效）", f"第{version.number}版",
        lineterm="", n=1,
    )  # fmt: skip
    return "\n".join(lines)
