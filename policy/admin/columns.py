"""Columns and fields as staff read them: money in groups of three, related records without their numbers."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from policy.admin.display import yuan_text

KEY = re.compile(r"#\d+ ")
PLAIN = re.compile(r"-?\d+\.\d{2}")
Column = str | Callable[[Any], str]


@cache
def column(model: type[models.Model], name: str) -> Column:
    """Return what a list shows under a name: an amount's own column, or the name as it is."""
    field = next((each for each in model._meta.concrete_fields if each.name == name), None)
    if not isinstance(field, models.DecimalField):
        return name

    def amount(row: Any) -> str:
        return yuan_text(getattr(row, name))

    amount.short_description = field.verbose_name  # type: ignore[attr-defined]
    amount.admin_order_field = name  # type: ignore[attr-defined]
    return amount


def shown_fields(model: type[models.Model]) -> dict[str, Callable[[SafeString], SafeString]]:
    """Return how each field of a model is rewritten where a page only shows it."""
    shown: dict[str, Callable[[SafeString], SafeString]] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.DecimalField):
            shown[field.name] = _grouped
        elif isinstance(field, models.ForeignKey):
            is_person = field.related_model is get_user_model()
            shown[field.name] = _without_link if is_person else _without_key
    return shown


def _grouped(said: SafeString) -> SafeString:
    whole, dot, fen = said.partition(".")
    return SafeString(f"{int(whole):,}{dot}{fen}") if PLAIN.fullmatch(said) else said


def _without_link(said: SafeString) -> SafeString:
    """Return a colleague's name; their account is the administrators' page."""
    return mark_safe(strip_tags(said))  # noqa: S308


def _without_key(said: SafeString) -> SafeString:
    """Return a link or a name without the record's number; it was escaped before and loses text only."""
    return mark_safe(KEY.sub("", said, count=1))  # noqa: S308
