"""Whom a full list leaves out: whoever holds what it is about and is not named by it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.rules.places import row_place
from exchange.services.batches import RowResult, add_rows
from hardship.models import Recognition
from hardship.rules.later_lists import Later
from hardship.rules.list_comparison import ending
from hardship.rules.list_scope import NOBODY
from hardship.rules.person_names import Namesakes, is_same_name
from hardship.selectors.listed import held_of, in_scope, left_out, people_by_key, standing_recognitions
from hardship.selectors.listed_elsewhere import Elsewhere, listed_elsewhere
from hardship.selectors.numbers import numbers_held_now
from hardship.services.lists.elsewhere import ELSEWHERE
from hardship.services.lists.later_word import NEWER, otherwise
from hardship.services.lists.lines import AT_ONCE, LEFT_OUT, change_as_json, chunks, resting_on
from hardship.services.lists.telling import said_elsewhere, said_later, told
from hardship.services.lists.views import View

UNREAD, UNKNOWN, OF_ANOTHER = "无法读取", "的证件号码没有登记", "的证件号码属于他人"


def end_left_out(batch: InboundBatch, view: View) -> None:
    """Keep a row for each recognition that would end; a list ends nobody of a kind of which it names nobody."""
    if view.scope == NOBODY:
        return
    listed = _numbers_listed(batch)
    namesakes = _namesakes(batch)
    standing = standing_recognitions(batch, categories=view.own).filter(in_scope(view.scope))
    for part in chunks(left_out(standing, listed=listed)):
        add_rows(batch=batch, rows=_results(part, namesakes, view))


def left_out_again(rows: Sequence[InboundRow], view: View) -> dict[int, RowResult]:
    """Return row → what would become by now of the recognition it is about; nothing of those that stand no more."""
    keys = {row.payload["recognition"]: row.pk for row in rows}
    standing = standing_recognitions(view.batch, categories=view.own).filter(pk__in=keys)
    records = list(standing.select_related("resident").order_by("pk"))
    results = _results(records, _namesakes(view.batch), view) if records else []
    return {keys[record.pk]: result for record, result in zip(records, results, strict=True)}


def _results(records: Sequence[Recognition], namesakes: Namesakes, view: View) -> list[RowResult]:
    later = view.later.about({record.resident_id: () for record in records})
    elsewhere = _elsewhere(later.keys(), view)
    return [
        _result(each, namesakes, later[each.resident_id], elsewhere.get(each.resident_id, {}), view=view)
        for each in records
    ]


def listed_elsewhere_by_now(record: Recognition, view: View) -> tuple[str, int] | None:
    """Return in words which list in force of another area names who is left out, and that list; null = none does."""
    found = _elsewhere([record.resident_id], view).get(record.resident_id, {})
    theirs = found.get(record.category_id)
    return (_told_elsewhere(record, theirs, view), theirs.batch.pk) if theirs else None


def _elsewhere(resident_ids: Collection[int], view: View) -> dict[int, dict[str, Elsewhere]]:
    return listed_elsewhere(
        view.batch,
        resident_ids=resident_ids,
        own=view.own,
        known=view.names,
        scopes=view.scopes_elsewhere,
    )


def _told_elsewhere(record: Recognition, theirs: Elsewhere, view: View) -> str:
    return f"清单中没有此人，但{said_elsewhere({record.category_id: theirs}, view)}"


def _numbers_listed(batch: InboundBatch) -> set[bytes]:
    """Return the numbers in the rows; of those nobody was looked for by, also what their people hold by now."""
    rows = InboundRow.objects.filter(batch=batch, key__isnull=False).values_list("key", "outcome", "code")
    listed, unread = set(), set()
    for key, outcome, code in rows.iterator(chunk_size=AT_ONCE):
        assert key is not None
        listed.add(bytes(key))
        if outcome == RowOutcome.REFUSED or code == "names_differ_in_list":
            unread.add(bytes(key))
    for part in chunks(unread):
        listed |= numbers_held_now(part)
    return listed


def _namesakes(batch: InboundBatch) -> Namesakes:
    """Return names of rows that may be about somebody of another number → where and why, as a message says it.

    Whatever a row waits for: what tells is whose its number is, not what it was set aside for first.
    """
    doubtful = InboundRow.objects.filter(
        outcome__in=[RowOutcome.REFUSED, RowOutcome.HELD, RowOutcome.CONFLICT],
        batch=batch,
        number__gt=LEFT_OUT,
    )
    rows = doubtful.values_list("payload__name", "number", "sheet", "outcome", "code", "key")
    found = Namesakes()
    for part in chunks(rows.order_by("number").iterator(chunk_size=AT_ONCE)):
        holders = people_by_key({bytes(key) for *_, key in part if key is not None})
        for name, number, sheet, outcome, code, key in part:
            holder = holders.get(bytes(key or b""))
            differs = code == "names_differ_in_list"
            if holder is not None and not differs and is_same_name(name, holder.name):
                continue
            of_whom = UNKNOWN if holder is None else OF_ANOTHER
            why = UNREAD if outcome == RowOutcome.REFUSED else of_whom
            found.add(name, f"{row_place(number, sheet)}{why}")
    return found


def _result(
    record: Recognition,
    namesakes: Namesakes,
    later: Sequence[Later],
    elsewhere: Mapping[str, Elsewhere],
    *,
    view: View,
) -> RowResult:
    """Return what becomes of a recognition: it ends, unless this list or another in force may mean its holder."""
    person = record.resident
    held = held_of(record, same_day=view.same_day)
    change = ending(held, as_of=view.batch.as_of)
    assert change is not None, "what stands ends"
    result = RowResult(
        number=LEFT_OUT,
        key=bytes(person.id_index),
        payload={"name": person.name, "id_number": person.masked_id_number, "resident": person.pk},
        outcome=RowOutcome.CONFLICT,
    )
    asked = {**result.payload, "recognition": record.pk}
    if same_name := namesakes.known_of(person.name):
        question = f"清单{same_name}，且与其同名，暂不取消，请核对是否同一人"
        return replace(result, payload=asked, code="possibly_listed", message=question)
    if newer := otherwise(change, [held], later):
        question = f"清单中没有此人，但{said_later(change, newer, view)}，暂不取消，请核对"
        return replace(result, payload=asked | resting_on([newer.batch]), code=NEWER, message=question)
    if theirs := elsewhere.get(record.category_id):
        asked |= resting_on([theirs.batch.pk])
        return replace(result, payload=asked, code=ELSEWHERE, message=_told_elsewhere(record, theirs, view))
    return replace(
        result,
        payload={**result.payload, "changes": [change_as_json(change, [held])]},
        outcome=RowOutcome.ENDED,
        message=f"清单中没有此人：{told([change], [held], view)}",
    )
