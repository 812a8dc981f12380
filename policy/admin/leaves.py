"""Everything a policy version says, leaf by leaf: place, value, unit, clause, how sure; and where it is silent."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from policy.admin.display import STATUS_LABELS, status_badge, table
from policy.admin.wording import value_text
from policy.cited import Cited, Section
from policy.models import PolicyStatus, PolicyVersion
from policy.policy import Policy, leaves
from policy.schema.document import PolicyDocument
from policy.words import place_name

SECTIONS = {
    "series": "统计数据",
    "bound": "上级规定的界限",
    "recognition": "身份认定",
    "financing": "筹资",
    "enrollment": "参保缴费",
    "assistance": "资助参保",
    "refunds": "退费",
    "basic": "基本医保待遇",
    "critical_illness": "大病保险",
    "medical_assistance": "医疗救助",
    "incentives": "参保激励",
    "alerts": "预警",
    "objections": "异议",
    "oversight": "监测指标",
}
CODE = re.compile(r"[a-z]{3}")
UNITS = {
    "yuan": "元", "yuan/person/year": "元/人·年", "yuan/year": "元/年", "yuan/stay": "元/次", "/1": "比例",
    "date": "日期", "day": "日", "month": "个月", "year": "年", "person": "人", "flag": "是否", "kind": "方式",
    "rule": "规则", "condition": "条件", "category": "身份类别", "bands": "分段", "ratio": "比例",
    "payers": "出资方", "text": "文字", "as_set": "测算值",
}  # fmt: skip


def leaf_table(
    data: PolicyDocument, found: Iterable[tuple[str, Cited[Any]]], names: Mapping[str, str]
) -> SafeString:
    """Return leaves as a table of path, value, unit, clause, how sure, reading."""
    rows = [
        (
            _place(data, path),
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


def _place(data: PolicyDocument, path: str) -> SafeString:
    """Return what a leaf's place is called, by the document's own labels where it has them, and its path."""
    section, *names = path.split(".")
    part: Any = getattr(data, section)
    words = []
    for name in names:
        part = part.get(name) if isinstance(part, dict) else getattr(part, name, None)
        category = data.category.get(name)
        words.append(getattr(part, "label", "") or (category.label if category else place_name(name)))
    called, code = "·".join(words), format_html("<code>{}</code>", ".".join(names))
    return code if CODE.search(called) else format_html("{}<br>{}", called, code)


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
                "table": leaf_table(policy.data, found, names),
            }
            for name, found in by_section.items()
        ],
        "silent": [label for name, label in SECTIONS.items() if _silent(policy, name)],
        "documents": [
            (document.number, document.title, document.issued or "")
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
