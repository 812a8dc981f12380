"""Rows of inbound batches: which of them a page shows, and how each is shown."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from exchange.admin.list_kinds import Difference, kind_of
from exchange.admin.resolving import ResolvesRows, ToDecide, desk_of
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.rules.places import row_place
from policy.admin.display import NOTHING, badge, link, table
from policy.admin.house import ReadOnly
from registry.selectors import resident_by_index

CHANGE = "登记 → 按清单办理后"
TONES = {
    RowOutcome.NEW: "green",
    RowOutcome.CHANGED: "blue",
    RowOutcome.ENDED: "orange",
    RowOutcome.HELD: "orange",
    RowOutcome.CONFLICT: "red",
    RowOutcome.REFUSED: "red",
}
FIRST = ("name", "id_number")
UNSAID = (
    "identities",
    "changes",
    "remarks",
    "for_sender",
    "settled",
    "starts",
    "decided_rows",
    "rested_on",
    "recognition",
    "resident",
    "resident_id",
    "area",
    "area_id",
    "row_number",
    "sealed",
    "certificate",
    "words",
    "agency_id",
)
CODE = re.compile(r"[a-z][a-z_]+")


@admin.register(InboundRow)
class InboundRowAdmin(ReadOnly, ResolvesRows):
    """All rows of all batches, for searching and exporting."""

    area_lookup = "batch__area"
    list_display = ("batch_name", "place", "outcome_badge", "message", "field", "said")
    list_display_links = ("place",)
    list_filter = (ToDecide, ("outcome", ChoicesDropdownFilter))
    list_select_related = ("batch__area",)
    search_fields = ("batch__file_name", "message")
    ordering = ("-batch", "number")
    fields = (("batch", "place", "outcome_badge"), ("person", "said"), ("message", "field"), "resolutions")
    readonly_fields = ("place", "outcome_badge", "person", "said", "resolutions")
    empty_text = "导入清单以后，每一行的结果列在这里。"

    @admin.display(description="位置", ordering="number")
    def place(self, row: InboundRow) -> str:
        """Say where in the file it stands."""
        return place_text(row)

    @admin.display(description="结果", ordering="outcome")
    def outcome_badge(self, row: InboundRow) -> SafeString:
        """Show the outcome as a badge."""
        return badge(row.get_outcome_display(), TONES.get(RowOutcome(row.outcome), ""))

    @admin.display(description="登记中的人")
    def person(self, row: InboundRow) -> SafeString | str:
        """Lead to whom the line's number belongs in the register."""
        if not row.key or (found := resident_by_index(bytes(row.key))) is None:
            return "没有登记"
        if not found.living_area.path.startswith(row.batch.area.path):
            return "登记在本地区以外"
        return link(found, f"{found.name}，{found.masked_id_number}")

    @admin.display(description="文件")
    def batch_name(self, row: InboundRow) -> str:
        """Name the file."""
        return row.batch.file_name

    @admin.display(description="内容")
    def said(self, row: InboundRow) -> str:
        """Show what the line said."""
        return payload_text(row.payload)


def count_badges(counts: Mapping[str, int]) -> SafeString:
    """Return the counts of outcomes as badges, in the order of the outcomes."""
    shown = [
        badge(f"{label} {counts[code]:,}", TONES.get(RowOutcome(code), ""))
        for code, label in RowOutcome.choices
        if counts.get(code)
    ]
    return SafeString("".join(shown)) or SafeString(NOTHING)


def payload_text(payload: Mapping[str, Any]) -> str:
    """Return what a line said as staff read it: names first, without empty cells, keys of records and codes."""
    return "；".join([*_person(payload), *said_texts(payload)])


def said_texts(payload: Mapping[str, Any]) -> list[str]:
    """Return what a line said besides whom it is about."""
    said: list[object] = [each["name"] for each in payload.get("identities", [])]
    said += [value for name, value in payload.items() if name not in (*FIRST, *UNSAID)]
    texts = (str(value) for value in said if value not in (None, "") and not isinstance(value, dict | list))
    return [text for text in texts if not CODE.fullmatch(text)]


def words_of(row: InboundRow, *, told: bool) -> str:
    """Return what is said of a row; of one whose changes are told elsewhere, only what is said beside them."""
    return "；".join(row.payload.get("remarks", ())) if told and not row.field else row.message


def place_text(row: InboundRow) -> str:
    """Return where in the file a row stands."""
    return row_place(row.number, row.sheet) if row.number else "名单以外"


def rows_table(batch: InboundBatch, rows: Sequence[InboundRow], *, empty: str) -> SafeString:
    """Return rows with their person, what the line said, what is on record beside what would be, and why."""
    changes = _changes(batch, rows)
    shown = [
        (
            place_text(row),
            badge(row.get_outcome_display(), TONES.get(RowOutcome(row.outcome), "")),
            _person_cell(row),
            "；".join(said_texts(row.payload)) or NOTHING,
            *([] if changes is None else [_differences(changes.get(row.pk, ()))]),
            _why(row, told=bool(changes and row.pk in changes)) + _to_desk(batch, row),
        )
        for row in rows
    ]
    heads = ["位置", "结果", "人员", "清单内容", *([] if changes is None else [CHANGE]), "说明"]
    return table(heads, shown, empty=empty, kind="oy-rows")


def changes_table(batch: InboundBatch, rows: Sequence[InboundRow]) -> SafeString:
    """Return rows with their person and nothing but what changes."""
    changes = _changes(batch, rows) or {}
    shown = [
        (_person_cell(row), _differences(changes[row.pk]) if row.pk in changes else row.message)
        for row in rows
    ]
    return table(["人员", CHANGE], shown, kind="oy-rows")


def _changes(batch: InboundBatch, rows: Sequence[InboundRow]) -> Mapping[int, Sequence[Difference]] | None:
    kind = kind_of(batch.kind)
    return kind.compare(rows) if kind and kind.compare else None


def _person(payload: Mapping[str, Any]) -> list[str]:
    return [str(payload[name]) for name in FIRST if payload.get(name)]


def _person_cell(row: InboundRow) -> SafeString:
    name = row.payload.get("name") or NOTHING
    key = row.payload.get("resident") or row.payload.get("resident_id")
    shown = name
    if isinstance(key, int):
        address = reverse("admin:registry_resident_change", args=[key])
        shown = format_html('<a class="oy-link" href="{}">{}</a>', address, name)
    return format_html('{}<span class="oy-under">{}</span>', shown, str(row.payload.get("id_number") or ""))


def _differences(found: Sequence[Difference]) -> SafeString:
    parts = ((each.verb, each.subject, each.before, each.after) for each in found)
    return format_html_join(
        "",
        '<div class="oy-change"><b>{} {}</b><span>{}</span><span class="oy-arrow" aria-label="变为">→</span>'
        "<span>{}</span></div>",
        parts,
    ) or SafeString(NOTHING)


def _why(row: InboundRow, *, told: bool) -> SafeString:
    field = format_html('<span class="oy-under">栏目：{}</span>', row.field) if row.field else ""
    return format_html("{}{}", words_of(row, told=told) or NOTHING, field)


def _to_desk(batch: InboundBatch, row: InboundRow) -> SafeString:
    """Lead from a row that waits for a decision to where it is taken."""
    row.batch = batch  # as the page read it
    before = format_html_join("、", '<a class="oy-link" href="{}">此前的处置</a>', _decided_before(row))
    step = link(row, "处置") if desk_of(row) else ""
    shown = [each for each in (step, before) if each]
    return (
        format_html("<div>{}</div>", format_html_join("　", "{}", ((each,) for each in shown)))
        if shown
        else SafeString("")
    )


def _decided_before(row: InboundRow) -> Iterator[tuple[str]]:
    """Yield where the rows are whose decisions this one follows."""
    for key in row.payload.get("decided_rows", ()):
        yield (reverse("admin:exchange_inboundrow_change", args=[key]),)
