"""Rows of inbound batches: which of them a page shows, and how each is shown."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from exchange.admin.list_kinds import Difference, kind_of
from exchange.admin.resolving import ResolvesRows, ToDecide, desk_of
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.rules.places import row_place
from exchange.selectors import rows_of_people_in
from policy.admin.display import NOTHING, badge, link, table
from policy.admin.house import ReadOnly
from registry.models import Area
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import numbers_of_holder, resident_by_index

PAGE = 50
ORDER = ("sheet", "number", "pk")  # as the lines stand in the file
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
    "settled",
    "starts",
    "decided_rows",
    "recognition",
    "resident",
    "resident_id",
    "area",
    "area_id",
    "row_number",
    "sealed",
    "certificate",
)
CODE = re.compile(r"[a-z][a-z_]+")
PROBLEMS = (RowOutcome.REFUSED, RowOutcome.CONFLICT, RowOutcome.HELD)
SHORTEST_NUMBER = 8  # shorter search words are names


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


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows of a batch somebody wants to see.

    :param outcome: one of them; empty = those that need somebody, "all" = whatever it is
    :param code: with this reason code; empty = whatever it is
    :param term: a whole number of a document, or the beginning of a name
    :param area: code of the area people live in
    :param after: key of the row before the page's first
    """

    outcome: str = ""
    term: str = ""
    area: str = ""
    code: str = ""
    after: int | None = None

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """Read an address; what is no sensible question is left out."""
        names = ("q", "area", "code", "after")  # without NUL, which the database cannot hold
        term, area, code, place = (query.get(name, "").replace("\0", "").strip() for name in names)
        outcome = query.get("outcome", "all" if term else "")
        return cls(
            outcome=outcome if outcome in (*RowOutcome.values, "all") else "",
            term=term,
            area=area,
            code=code,
            after=int(place) if re.fullmatch(r"[0-9]{1,18}", place) else None,
        )

    def address(self) -> str:
        """Return the address of these rows on the page of their batch."""
        said = {
            "outcome": self.outcome,
            "q": self.term,
            "area": self.area,
            "code": self.code,
            "after": self.after,
        }
        return "?" + urlencode({name: value for name, value in said.items() if value})

    def rows(self, batch: InboundBatch) -> QuerySet[InboundRow]:
        """Return all the rows asked for, from the first page on."""
        rows = InboundRow.objects.filter(batch=batch).order_by(*ORDER)
        if self.outcome != "all":
            rows = rows.filter(outcome__in=[self.outcome] if self.outcome else PROBLEMS)
        if self.code:
            rows = rows.filter(code=self.code)
        if self.term:
            rows = rows.filter(_about(self.term))
        if self.area:
            found = Area.objects.filter(code=self.area, path__startswith=batch.area.path).first()
            rows = rows_of_people_in(rows, found) if found else rows.none()
        return rows

    def page(self, batch: InboundBatch) -> tuple[list[InboundRow], "Asked | None"]:
        """Return a page of rows, and what to ask for the next one; nothing = this is the last."""
        rows = self.rows(batch)
        before = InboundRow.objects.filter(batch=batch, pk=self.after).first() if self.after else None
        if before is not None:
            rows = rows.filter(_behind(before))
        found = list(rows[: PAGE + 1])
        if len(found) <= PAGE:
            return found, None
        return found[:PAGE], replace(self, after=found[PAGE - 1].pk)


def _behind(row: InboundRow) -> Q:
    same_sheet = Q(sheet=row.sheet)
    return (
        Q(sheet__gt=row.sheet)
        | same_sheet & Q(number__gt=row.number)
        | same_sheet & Q(number=row.number, pk__gt=row.pk)
    )


def _about(term: str) -> Q:
    number = normalized(term)
    if len(number) >= SHORTEST_NUMBER and number.isascii() and any(sign.isdigit() for sign in number):
        return Q(key__in=numbers_of_holder(blind_index(number)))
    return Q(payload__name__startswith=term)


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
    untold = "；".join(row.payload.get("remarks", ())) if told and not row.field else row.message
    return format_html("{}{}", untold or NOTHING, field)


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
