"""First days on which a list and the records part: somebody says whether the records begin on the list's day.

adopt   the first record of what stands begins on the day the list states, by somebody else than who imported it
keep    it begins as recorded; lists that go on stating the same day are not asked about again
"""

from collections.abc import Sequence
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
from hardship.services.lists.remarks import Start, told_settled, told_start
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


def settle_starts(
    row: InboundRow, *, batch: InboundBatch, decision: str, why: str, user: AbstractBaseUser
) -> None:
    """Have the records begin on the days the row states, or as they do, and let the row say so beside what it did.

    :raises StartNotAdoptable: if a record changed since, would be over before it began, or overlap an earlier one
    """
    starts: list[Start] = row.payload["starts"]
    is_adopted = decision == Decision.ADOPT
    row.payload["settled"] = {**row.payload.get("settled", {}), STARTS_DIFFER: decision}
    _answer(row, starts, is_adopted=is_adopted)
    if is_adopted:
        _begin_as_stated(row, starts, batch=batch, why=why, user=user)
        if row.outcome not in (RowOutcome.NEW, RowOutcome.CHANGED):
            row.outcome = RowOutcome.CHANGED
    if row.code == STARTS_DIFFER:
        row.code = ADOPTED if is_adopted else KEPT
    rewrite_rows([row], fields=["payload", "outcome", "code", "message"])


def _answer(row: InboundRow, starts: Sequence[Start], *, is_adopted: bool) -> None:
    """Put what was decided where the row asked for it."""
    labels = dict(Category.objects.values_list("code", "label"))
    message, remarks = row.message, row.payload.get("remarks", [row.message])
    for start in starts:
        label = labels[start["category"]]
        asked, answer = told_start(start, label), told_settled(start, label, adopted=is_adopted)
        remarks = [each.replace(asked, answer) for each in remarks]
        message = message.replace(asked, answer) if asked in message else f"{answer}；{message}"
    row.message, row.payload["remarks"] = message[:500], remarks


def _begin_as_stated(
    row: InboundRow, starts: Sequence[Start], *, batch: InboundBatch, why: str, user: AbstractBaseUser
) -> None:
    lock_residents([row.payload["resident"]])
    before = row.payload.get("changes", [])
    row.payload["changes"] = [_change(each) for each in starts]
    execute([row], batch=batch, user=user, why=why)
    row.payload["changes"] = [*before, *row.payload["changes"]]
    have_followed()


def _change(start: Start) -> dict[str, Any]:
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
