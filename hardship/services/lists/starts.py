"""First days on which a list and the records part: somebody says whether the records begin on the list's day.

adopt   the first record of what stands begins on the day the list states, by somebody else than who imported it;
        where it ends by the months its category is valid for, they count from there
adopt_part
        of a spell of several kinds the record that holds on the list's day begins then, and the one before it ends
keep    it begins as recorded; lists that go on stating the same day are not asked about again
"""

import datetime
import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.dateparse import parse_date

from exchange.models import Decision, InboundBatch, InboundRow, RowOutcome
from hardship.models import Category, Recognition
from hardship.rules.list_comparison import Change, Doing, Held
from hardship.rules.stated_days import Months, end_moved, following
from hardship.selectors.decided_before import STARTS_DIFFER
from hardship.selectors.listed import held_of
from hardship.selectors.validity import Validity, living_paths, validity
from hardship.services.followers import have_followed
from hardship.services.lists.applying import execute
from hardship.services.lists.lines import change_as_json
from hardship.services.lists.remarks import FOR_SENDER, Start, told_settled, told_start
from policy.dates import days_after
from policy.errors import DomainError
from registry.batch.rewriting import rewrite_rows
from registry.services import lock_residents

ADOPTED, KEPT = "start_adopted", "start_kept"


class StartNotAdoptable(DomainError):
    """The record cannot begin on the day the list states; it has to be corrected on its own page."""

    code = "start_not_adoptable"


def decisions_about_start(row: InboundRow) -> Mapping[str, str]:
    """Return what may be decided of the first days a row states → label."""
    starts: list[Start] = row.payload["starts"]
    keep = {Decision.KEEP.value: "保留登记的起始日期"}
    if not any(each.get("kinds") for each in starts):
        return {Decision.ADOPT.value: "采用名单的起始日期", **keep}
    part = {Decision.ADOPT_PART.value: "采用名单的日期：现段自该日起，上段到此为止"}
    if any(map(_may_be_first, starts)):
        return {Decision.ADOPT.value: "采用名单的日期：首段自该日起，其后不变", **part, **keep}
    return part | keep


def _may_be_first(start: Start) -> bool:
    """Return whether the first record of a spell can begin on the stated day: it goes on after it."""
    kinds = start.get("kinds")
    return not kinds or start["stated"] < kinds[1][0]


def asks_about_start(row: InboundRow) -> bool:
    """Return whether a row states a first day of which nobody has said what becomes of it."""
    return bool(row.payload.get("starts")) and STARTS_DIFFER not in row.payload.get("settled", {})


def settle_starts(
    row: InboundRow, *, batch: InboundBatch, decision: str, why: str, user: AbstractBaseUser
) -> None:
    """Have the records begin on the days the row states, or as they do, and let the row say so beside what it did.

    Of several categories each is taken for itself; of one that cannot begin as stated the row says why, and the next
    list asks again.

    :raises StartNotAdoptable: if none can: a record changed since, would be over, or overlap another
    """
    starts: list[Start] = row.payload["starts"]
    is_adopted = decision != Decision.KEEP
    refused: dict[str, str] = {}
    ends: dict[str, str] = {}
    if is_adopted:
        is_part = decision == Decision.ADOPT_PART
        refused, ends = _begin_as_stated(row, starts, batch=batch, why=why, user=user, is_part=is_part)
        if row.outcome not in (RowOutcome.NEW, RowOutcome.CHANGED):
            row.outcome = RowOutcome.CHANGED
    _answer(row, starts, decision=decision, refused=refused, ends=ends)
    row.payload["settled"] = {**row.payload.get("settled", {}), STARTS_DIFFER: decision}
    if row.code == STARTS_DIFFER:
        row.code = ADOPTED if is_adopted else KEPT
    rewrite_rows([row], fields=["payload", "outcome", "code", "message"])


def _answer(
    row: InboundRow,
    starts: Sequence[Start],
    *,
    decision: str,
    refused: Mapping[str, str],
    ends: Mapping[str, str],
) -> None:
    """Put what was decided, or why it could not be, where the row asked for it."""
    labels = dict(Category.objects.values_list("code", "label"))
    message, remarks = row.message, row.payload.get("remarks", [row.message])
    for_sender = row.payload.get(FOR_SENDER, [])
    for start in starts:
        category, label = start["category"], labels[start["category"]]
        asked = told_start(start, label)
        answer = told_settled(start, label, decision=decision, last=ends.get(category, ""))
        if category in refused:
            answer = f"未采用{label}的起始日期：{refused[category]}"
        remarks = [each.replace(asked, answer) for each in remarks]
        for_sender = [each.replace(asked, answer) for each in for_sender]
        message = message.replace(asked, answer) if asked in message else f"{answer}；{message}"
    row.message, row.payload["remarks"], row.payload[FOR_SENDER] = message[:500], remarks, for_sender


def _begin_as_stated(
    row: InboundRow,
    starts: Sequence[Start],
    *,
    batch: InboundBatch,
    why: str,
    user: AbstractBaseUser,
    is_part: bool,
) -> tuple[dict[str, str], dict[str, str]]:
    """Return category → why it cannot begin as stated, and category → its last day where that moved."""
    resident = row.payload["resident"]
    lock_residents([resident])
    known = validity(dict(Category.objects.values_list("code", "months")))
    path = living_paths([resident])[resident]
    refused: dict[str, str] = {}
    ends: dict[str, str] = {}
    changes = []
    for each in starts:
        months = functools.partial(_months, known, each["category"], path)
        try:
            moved = _moved(each, as_of=batch.as_of, months=months, is_part=is_part)
        except StartNotAdoptable as reason:
            refused[each["category"]] = reason.message
            continue
        changes += moved
        until = parse_date(moved[-1]["until"] or "")
        if until is not None and moved[-1]["until"] != moved[-1]["seen"][1]:
            ends[each["category"]] = str(days_after(until, -1))
    if not changes:
        raise StartNotAdoptable("；".join(dict.fromkeys(refused.values())))
    before = row.payload.get("changes", [])
    row.payload["changes"] = changes
    execute([row], batch=batch, user=user, why=why)
    row.payload["changes"] = [*before, *changes]
    have_followed()
    return refused, ends


def _months(known: Validity, category: str, path: str, start: datetime.date) -> int | None:
    return known.months(category, path=path, start=start)


def _moved(start: Start, *, as_of: datetime.date, months: Months, is_part: bool) -> list[dict[str, Any]]:
    """Return how the first record of a spell begins on the stated day, and how the last one then ends.

    :param is_part: not the first of a spell of several kinds, but the one that holds on the day `as_of`

    :raises StartNotAdoptable: as `settle_starts`
    """
    record = Recognition.objects.filter(pk=start["recognition"]).first()
    stated = parse_date(start["stated"])
    assert stated is not None
    if record is None or str(record.valid_from) != start["recorded"]:
        raise StartNotAdoptable("登记的起始日期在方案生成以后变动过，请保留登记，或在身份认定页提出更正")
    held = held_of(record, same_day=())
    others = Recognition.objects.filter(resident=record.resident_id, category=record.category_id).exclude(
        pk=record.pk
    )
    same = [held_of(each, same_day=()) for each in others.order_by("valid_from")]
    spell = [held, *following(held, same)]
    if is_part and start.get("kinds"):
        return _part_moved(stated, spell, as_of=as_of)
    _refuse_unless_first(stated, spell, same, is_chosen=bool(start.get("kinds")))
    last = spell[-1]
    is_last = all(each.valid_from <= last.valid_from for each in same)
    whole = replace(held, valid_to=last.valid_to)
    until = end_moved(whole, stated, months=months) if is_last else last.valid_to
    if until is not None and until != last.valid_to and until <= max(as_of, last.valid_from):
        raise StartNotAdoptable(
            f"自名单的起始日期 {stated} 起算，有效期到 {days_after(until, -1)} 已过，请在身份认定页提出更正"
        )
    sooner = until is not None and last.valid_to is not None and until < last.valid_to
    if last is held:
        return [_as_json(Doing.RESTART, held, on=stated, until=until, sooner=sooner)]
    moved = [_as_json(Doing.RESTART, held, on=stated, until=held.valid_to)]
    if until != last.valid_to:
        moved.append(_as_json(Doing.AMEND, last, on=as_of, until=until, sooner=sooner))
    return moved


def _part_moved(
    stated: datetime.date, spell: Sequence[Held], *, as_of: datetime.date
) -> list[dict[str, Any]]:
    """Return how the record of a spell that holds on a day begins as stated, and the one before it ends then.

    :raises StartNotAdoptable: if it is the first by now, or the one before did not stand before the stated day
    """
    now = next((at for at, each in enumerate(spell) if each.covers(as_of)), 0)
    if now == 0:
        raise StartNotAdoptable("登记在方案生成以后变动过，请保留登记，或在身份认定页提出更正")
    before, current = spell[now - 1], spell[now]
    if stated <= before.valid_from:
        raise StartNotAdoptable(
            f"上一段自 {before.valid_from} 起，不早于名单的起始日期 {stated}，请在身份认定页提出更正"
        )
    return [
        _as_json(Doing.AMEND, before, on=stated, until=stated),
        _as_json(Doing.RESTART, current, on=stated, until=current.valid_to),
    ]


def _refuse_unless_first(
    stated: datetime.date, spell: Sequence[Held], same: Sequence[Held], *, is_chosen: bool
) -> None:
    """Refuse a day that is not the first of a whole spell, or on which another spell stood.

    :param is_chosen: somebody said that of several kinds the first begins then
    """
    first = spell[0]
    if len(spell) > 1 and stated > first.valid_from and not is_chosen:
        raise StartNotAdoptable(
            f"登记自 {spell[1].valid_from} 起有变更，名单的起始日期 {stated} 不是整段的首日，请在身份认定页提出更正"
        )
    if first.valid_to is not None and first.valid_to <= stated:
        raise StartNotAdoptable(
            f"名单的起始日期 {stated} 不早于该段认定的终止日期 {first.valid_to}，请在身份认定页提出更正"
        )
    earlier = [each for each in same if each.valid_from < first.valid_from]
    if any(each.valid_to is not None and each.valid_to > stated for each in earlier):
        raise StartNotAdoptable(f"名单的起始日期 {stated} 与更早的同类认定重叠，请在身份认定页提出更正")


def _as_json(
    do: Doing, held: Held, *, on: datetime.date, until: datetime.date | None, sooner: bool = False
) -> dict[str, Any]:
    change = Change(do, held.category, on, until, held.attributes, held.key, again=True, sooner=sooner)
    return change_as_json(change, [held])
