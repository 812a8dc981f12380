"""Pieces of pages: badges, tables, money, links, and the working of a figure (计算过程)."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from policy.working import figure_text, label_text

STATUS_LABELS = {
    "stated": ("文件载明", "green"),
    "inferred": ("推定", "blue"),
    "carried": ("沿用", "orange"),
    "assumed": ("假定", "red"),
}
NOTHING = "—"


def badge(text: object, tone: str = "") -> SafeString:
    """Return a small label; tones: green, blue, orange, red, none = grey."""
    return format_html('<span class="oy-badge oy-{}">{}</span>', tone or "grey", text)


def status_badge(status: str) -> SafeString:
    """Return how sure we are of a value, as staff read it; empty status = stated."""
    label, tone = STATUS_LABELS.get(status or "stated", (status, ""))
    return badge(label, tone)


def choice_badge(row: models.Model, name: str, tones: Mapping[Any, str]) -> SafeString:
    """Return the label of a row's stored code as a badge, in the tone of the code."""
    code = getattr(row, name)
    label = getattr(row, f"get_{name}_display")()
    return badge(label, tones.get(code, ""))


def name_of(user: AbstractBaseUser | None) -> str:
    """Return a colleague's name, or the account where none is on record; the system where it was nobody."""
    return (user.get_full_name() or user.get_username()) if isinstance(user, User) else "系统"


def yuan_text(amount: Decimal | None) -> str:
    """Return an amount as "1,234.50", a dash for none."""
    return NOTHING if amount is None else f"{amount:,.2f}"


def choice_label(field: "models.Field[Any, Any]", value: object) -> object:
    """Return the label of a stored code, or the value itself."""
    return dict(field.flatchoices).get(value, value)


def change_url(instance: models.Model) -> str:
    """Return the address of an object's page."""
    options = instance._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[instance.pk])


def link(instance: models.Model | None, text: object = "") -> SafeString | str:
    """Return a link to an object's page, a dash for none."""
    if instance is None:
        return NOTHING
    return format_html('<a class="oy-link" href="{}">{}</a>', change_url(instance), text or instance)


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    empty: str = "没有记录",
    numeric: Sequence[int] = (),
    kind: str = "",
) -> SafeString:
    """Return a table; `numeric` columns, counted from 0, are set to the right; `kind` is a style of its own."""
    body = [
        [(cell, "oy-number" if index in numeric else _style(cell)) for index, cell in enumerate(row)]
        for row in rows
    ]
    heads = [(text, index in numeric) for index, text in enumerate(headers)]
    return render_to_string(
        "admin/openyibao/table.html", {"heads": heads, "body": body, "empty": empty, "kind": kind}
    )


def _style(cell: object) -> str:
    return "oy-day" if isinstance(cell, datetime.date) else ""


def facts(pairs: Iterable[tuple[str, object]]) -> SafeString:
    """Return label and value pairs side by side."""
    shown = [(label, NOTHING if value in (None, "") else value) for label, value in pairs]
    return render_to_string("admin/openyibao/facts.html", {"pairs": shown})


def trace_table(steps: Iterable[Mapping[str, str]]) -> SafeString:
    """Return stored steps as the table 步骤 / 数额 / 依据 / 把握程度."""
    rows = [
        {
            "label": label_text(step.get("label", "")),
            "figure": figure_text(step.get("label", ""), step.get("figure", "")),
            "clause": step.get("clause", ""),
            "status": status_badge(step.get("status", "")) if step.get("clause") else "",
            "reading": step.get("reading", ""),
        }
        for step in steps
    ]
    return render_to_string("admin/openyibao/trace.html", {"rows": rows})


def pairs_text(values: Mapping[str, object], labels: Mapping[str, str] | None = None) -> str:
    """Return a small mapping as "基本医保 400.00；长护险 30"."""
    names = labels or {}
    return "；".join(f"{names.get(name, name)} {value}" for name, value in values.items()) or NOTHING


def figures(shown: Iterable[tuple[str, object, str]]) -> SafeString:
    """Return large figures, each leading to its list: label, figure, address."""
    parts = ((address, figure, label) for label, figure, address in shown)
    return format_html(
        '<div class="oy-figures">{}</div>',
        format_html_join("", '<a href="{}"><b>{}</b><span>{}</span></a>', parts),
    )


def list_url(model: type[models.Model], **conditions: object) -> str:
    """Return the address of a model's list, filtered as its filters are named in the address."""
    options = model._meta
    query = urlencode(conditions)
    return reverse(f"admin:{options.app_label}_{options.model_name}_changelist") + (
        f"?{query}" if query else ""
    )
