"""What a batch's page shows around its rows: its sums, what it would end, and who may confirm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exchange.admin.asked import ORDER, Asked, among_outcomes
from exchange.admin.list_kinds import kind_of
from exchange.admin.notices import ASIDE, guard_notices, state_notices
from exchange.admin.progress import progress_of
from exchange.admin.resolving import address_to_tick
from exchange.admin.rows import TONES, changes_table, rows_table
from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.rules.endings import EndingsGuard
from exchange.selectors import outcomes_by_area
from policy.admin.display import table
from registry.models import Area

FIRST_ENDED = 20
MEANINGS = {
    RowOutcome.NEW: "登记中没有，按清单登记",
    RowOutcome.CHANGED: "与登记不同，按清单变更",
    RowOutcome.ENDED: "登记在册而全量清单没有，终止",
    RowOutcome.UNCHANGED: "与登记一致，不作改动",
    RowOutcome.DUPLICATE: "同一人另有一行，合并办理",
    RowOutcome.HELD: "暂不办理，有答复后补办",
    RowOutcome.CONFLICT: "与登记矛盾，不办理，请逐行核对",
    RowOutcome.REFUSED: "有错或读不懂，不办理，请对方更正",
    RowOutcome.KEPT: "经人决定，或已有更新的名单，登记不变",
}


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows have an outcome, and what it means for them.

    :param among: those of them to be told apart: what they are, how many, and where they are
    """

    outcome: str
    label: str
    count: int
    meaning: str
    tone: str
    address: str
    among: Sequence[tuple[str, int, str]] = ()


def sums_of(batch: InboundBatch) -> list[Sum]:
    """Return the sums by outcome, those of which there are none left out."""
    kind = kind_of(batch.kind)
    own: Mapping[str, str] = kind.meanings if kind else {}
    among = among_outcomes(batch, labels=kind.told_apart if kind else {})
    return [
        Sum(
            outcome=code,
            label=str(label),
            count=batch.counts[code],
            meaning=own.get(code, MEANINGS[RowOutcome(code)]),
            tone=TONES.get(RowOutcome(code), "grey"),
            address=Asked(outcome=code).address(),
            among=among.get(code, ()),
        )
        for code, label in RowOutcome.choices
        if batch.counts.get(code)
    ]


def guard_of(batch: InboundBatch) -> EndingsGuard | None:
    """Return what a planned list would end; nothing where its kind ends nothing, or it is planned no more.

    Of a supplementary list only if it does: nobody expects it to.
    """
    kind = kind_of(batch.kind)
    if kind is None or kind.guard is None:
        return None
    if batch.status != BatchStatus.PLANNED:
        return None
    guard = kind.guard(batch)
    return guard if guard.ending or batch.mode == BatchMode.FULL else None


def may_confirm(batch: InboundBatch, guard: EndingsGuard | None, user: User | AnonymousUser) -> bool:
    """Return whether this person may confirm, as far as what would end goes."""
    return guard is None or not guard.needs_second or user.pk != batch.created_by_id


def page_context(request: HttpRequest, batch: InboundBatch) -> dict[str, Any]:
    """Return what the page of a batch shows besides its fields."""
    asked = Asked.of(request.GET)
    if not asked.outcome and not _waiting(batch):
        asked = replace(asked, outcome="all")
    guard = guard_of(batch)
    by_area = request.GET.get("view") == "areas"
    return {
        "batch": batch,
        "progress": progress_of(batch),
        "sums": sums_of(batch),
        "notices": [
            *state_notices(batch),
            *guard_notices(guard, batch=batch, user=request.user),
        ],
        "ended": ended_part(batch),
        "asked": asked,
        "tabs": tabs(batch, asked, by_area=by_area),
        "by_area": by_area,
        "listed": areas_table(batch, asked) if by_area else "",
        **({} if by_area else rows_part(batch, asked)),
    }


def ended_part(batch: InboundBatch) -> dict[str, Any] | None:
    """Return who a planned list would end, the first of them; nothing if it ends nobody."""
    count = batch.counts.get(RowOutcome.ENDED, 0)
    if batch.status != BatchStatus.PLANNED or not count:
        return None
    rows = list(
        InboundRow.objects.filter(batch=batch, outcome=RowOutcome.ENDED).order_by(*ORDER)[:FIRST_ENDED]
    )
    return {
        "count": count,
        "table": changes_table(batch, rows),
        "more": Asked(outcome=RowOutcome.ENDED).address() if count > len(rows) else "",
    }


def _waiting(batch: InboundBatch) -> int:
    return sum(batch.counts.get(code, 0) for code in ASIDE)


def tabs(batch: InboundBatch, asked: Asked, *, by_area: bool) -> list[tuple[str, str, bool]]:
    """Return the choices above the rows: what, where to, whether it is chosen."""
    outcomes = [
        *([("需要处理", "", waiting)] if (waiting := _waiting(batch)) else ()),
        *(
            (str(label), code, batch.counts[code])
            for code, label in RowOutcome.choices
            if batch.counts.get(code)
        ),
        ("全部", "all", sum(batch.counts.values())),
    ]
    here = "areas" if by_area else asked.outcome
    shown = [
        (
            f"{label} {count:,}",
            replace(asked, outcome=code, remarked=False, after=None).address(),
            code == here,
        )
        for label, code, count in outcomes
    ]
    return [*shown, ("分地区", "?view=areas", by_area)]


def rows_part(batch: InboundBatch, asked: Asked) -> dict[str, Any]:
    """Return a page of the rows asked for, and where the next and the first page are."""
    rows, following = asked.page(batch)
    empty = "没有明细" if asked == Asked(outcome="all") else "没有这样的行"
    area = Area.objects.filter(code=asked.area).first() if asked.area else None
    return {
        "listed": rows_table(batch, rows, empty=empty),
        "following": following.address() if following else "",
        "to_tick": address_to_tick(batch, rows, code=asked.code),
        "first": replace(asked, after=None).address() if asked.after else "",
        "chosen_area": area.name if area else "",
        "without_area": replace(asked, area="", after=None).address() if asked.area else "",
    }


def areas_table(batch: InboundBatch, asked: Asked) -> SafeString:
    """Return the sums by area of living: each leads to its rows, and to the areas below it."""
    below = Area.objects.filter(code=asked.area, path__startswith=batch.area.path).first() or batch.area
    codes = [(code, str(label)) for code, label in RowOutcome.choices if batch.counts.get(code)]
    rows = [
        (_area_name(area, below), *(_figure(counts, code, area) for code, _ in codes), f"{counts.total():,}")
        for area, counts in outcomes_by_area(batch, below=below)
    ]
    heads = [f"{below.name}以下地区", *(label for _, label in codes), "合计"]
    return table(heads, rows, numeric=range(1, len(codes) + 2), empty="没有明细")


def _area_name(area: Area | None, below: Area) -> SafeString | str:
    if area is None:
        return "外地或未登记的人"
    if area == below:
        return f"{area.name}（未分到下级）"
    return format_html('<a class="oy-link" href="?view=areas&amp;area={}">{}</a>', area.code, area.name)


def _figure(counts: Mapping[str, int], code: str, area: Area | None) -> SafeString | str:
    if not counts.get(code):
        return "—"
    if area is None:
        return f"{counts[code]:,}"
    address = Asked(outcome=code, area=area.code).address()
    return format_html('<a class="oy-link" href="{}">{}</a>', address, f"{counts[code]:,}")
