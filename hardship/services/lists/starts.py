"""First days on which a list and the records part: somebody says whether the records begin on the list's day.

adopt   the first record of what stands begins on the day the list states, by somebody else than who imported it
keep    it begins as recorded; lists that go on stating the same day are not asked about again
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.dateparse import parse_date

from exchange.models import Decision, InboundBatch, InboundRow, RowOutcome
from hardship.models import Category, Recognition
from hardship.rules.list_comparison import Change, Doing
from hardship.selectors.decided_before import STARTS_DIFFER
from hardship.selectors.listed import held_of
from hardship.services.followers import have_followed
from hardship.services.lists.applying import execute
from hardship.services.lists.lines import change_as_json
from policy.errors import DomainError
from registry.batch.rewriting import rewrite_rows
from registry.services import lock_residents

ADOPTED, KEPT = "start_adopted", "start_kept"


class StartNotAdoptable(DomainError):
    """The record cannot begin on the day the list states; it has to be corrected on its own page."""

    code = "start_not_adoptable"


def asks_about_start(row: InboundRow) -> bool:
    """Return whether a row states a first day of which nobody has said what becomes of it."""
    return bool(row.payload.get("starts")) and STARTS_DIFFER not in row.payload.get("settled", {})


def settle_starts(row: InboundRow, *, batch: InboundBatch, decision: str, user: AbstractBaseUser) -> None:
    """Have the records begin on the days the row states, or as they do, and let the row say so.

    :raises StartNotAdoptable: if a record changed since, would be over before it began, or overlap an earlier one
    """
    starts = row.payload["starts"]
    row.payload["settled"] = {**row.payload.get("settled", {}), STARTS_DIFFER: decision}
    labels = Category.objects.in_bulk([each["category"] for each in starts])
    named = "；".join(
        f"{labels[each['category']].label}（{_days(each, adopted=decision == Decision.ADOPT)}）"
        for each in starts
    )
    if decision == Decision.ADOPT:
        _begin_as_stated(row, starts, batch=batch, user=user)
        row.outcome, row.code, row.message = RowOutcome.CHANGED, ADOPTED, f"采用名单的起始日期：{named}"[:500]
    else:
        row.code, row.message = KEPT, f"保留登记的起始日期：{named}"[:500]
    rewrite_rows([row], fields=["payload", "outcome", "code", "message"])


def _days(start: Mapping[str, Any], *, adopted: bool) -> str:
    if adopted:
        return f"{start['recorded']} → {start['stated']}"
    return f"登记自 {start['recorded']} 起，名单称自 {start['stated']} 起"


def _begin_as_stated(
    row: InboundRow, starts: list[dict[str, Any]], *, batch: InboundBatch, user: AbstractBaseUser
) -> None:
    lock_residents([row.payload["resident"]])
    before = row.payload.get("changes", [])
    row.payload["changes"] = [_change(each) for each in starts]
    execute([row], batch=batch, user=user)
    row.payload["changes"] = [*before, *row.payload["changes"]]
    have_followed()


def _change(start: Mapping[str, Any]) -> dict[str, Any]:
    record = Recognition.objects.filter(pk=start["recognition"]).first()
    stated = parse_date(start["stated"])
    assert stated is not None
    if record is None or str(record.valid_from) != start["recorded"]:
        raise StartNotAdoptable("登记的起始日期在方案生成以后变动过，请保留登记，或在身份认定页提出更正")
    if record.valid_to is not None and record.valid_to <= stated:
        raise StartNotAdoptable(
            f"名单的起始日期 {stated} 不早于该段认定的终止日期 {record.valid_to}，请在身份认定页提出更正"
        )
    same = Recognition.objects.filter(resident=record.resident_id, category=record.category_id).exclude(
        pk=record.pk
    )
    if same.filter(valid_from__lt=record.valid_from, valid_to__gt=stated).exists():
        raise StartNotAdoptable(f"名单的起始日期 {stated} 与更早的同类认定重叠，请在身份认定页提出更正")
    change = Change(
        Doing.RESTART, record.category_id, stated, record.valid_to, record.attributes, record.pk, again=True
    )
    return change_as_json(change, [held_of(record, same_day=())])
