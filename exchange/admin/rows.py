"""Rows of inbound batches: their outcomes as tables and badges, and all of them for searching."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from exchange.models import InboundBatch, InboundRow, RowOutcome
from policy.admin.display import badge, table
from policy.admin.house import ReadOnly
from registry.admin.base import ScopedAdmin

MOST_ROWS_SHOWN = 200
TONES = {
    RowOutcome.NEW: "green",
    RowOutcome.CHANGED: "blue",
    RowOutcome.ENDED: "orange",
    RowOutcome.HELD: "orange",
    RowOutcome.CONFLICT: "red",
    RowOutcome.REFUSED: "red",
}
FIRST = ("name", "id_number")
UNSAID = ("identities", "changes", "resident", "resident_id", "area", "area_id", "row_number")
CODE = re.compile(r"[a-z][a-z_]+")
PROBLEMS = (RowOutcome.REFUSED, RowOutcome.CONFLICT, RowOutcome.HELD)


@admin.register(InboundRow)
class InboundRowAdmin(ReadOnly, ScopedAdmin):
    """All rows of all batches, for searching and exporting."""

    area_lookup = "batch__area"
    list_display = ("batch_name", "number", "outcome", "message", "field", "said")
    list_display_links = ("number",)
    list_filter = (("outcome", ChoicesDropdownFilter),)
    list_select_related = ("batch",)
    search_fields = ("batch__file_name", "message")
    ordering = ("-batch", "number")
    fields = ("batch", "number", "outcome", "code", "message", "field", "said")
    readonly_fields = ("said",)

    @admin.display(description="文件")
    def batch_name(self, row: InboundRow) -> str:
        """Name the file."""
        return row.batch.file_name

    @admin.display(description="内容")
    def said(self, row: InboundRow) -> str:
        """Show what the line said."""
        return payload_text(row.payload)


def count_badges(counts: dict[str, int]) -> SafeString:
    """Return the counts of outcomes as badges, in the order of the outcomes."""
    shown = [
        badge(f"{label} {counts[code]}", TONES.get(RowOutcome(code), ""))
        for code, label in RowOutcome.choices
        if counts.get(code)
    ]
    return SafeString("".join(shown)) or SafeString("—")


def payload_text(payload: dict[str, Any]) -> str:
    """Return what a line said as staff read it: names first, without empty cells, keys of records and codes."""
    said = [payload.get(name) for name in FIRST]
    said += [each["name"] for each in payload.get("identities", [])]
    said += [value for name, value in payload.items() if name not in (*FIRST, *UNSAID)]
    texts = (str(value) for value in said if value not in (None, "") and not isinstance(value, dict | list))
    return "；".join(text for text in texts if not CODE.fullmatch(text))


def rows_table(batch: InboundBatch, outcome: str) -> SafeString:
    """Return up to 200 rows of a batch with an outcome; without one, those that need somebody."""
    found: QuerySet[InboundRow] = InboundRow.objects.filter(batch=batch)
    wanted = [outcome] if outcome in RowOutcome.values else PROBLEMS
    rows = [
        (
            row.number,
            badge(row.get_outcome_display(), TONES.get(RowOutcome(row.outcome), "")),
            row.message,
            row.field,
            payload_text(row.payload),
        )
        for row in found.filter(outcome__in=wanted).order_by("number")[:MOST_ROWS_SHOWN]
    ]
    return table(["行号", "结果", "说明", "涉及栏目", "内容"], rows, empty="没有需要处理的行", kind="oy-rows")


def outcome_links(batch: InboundBatch, chosen: str) -> SafeString:
    """Return links that choose an outcome."""
    links = [
        (f"?outcome={code}", "oy-chosen" if code == chosen else "", f"{label} {batch.counts[code]}")
        for code, label in RowOutcome.choices
        if batch.counts.get(code)
    ]
    problems = format_html('<a class="{}" href="?">需要处理</a>', "" if chosen else "oy-chosen")
    return problems + format_html_join("", '<a href="{}" class="{}">{}</a>', links)
