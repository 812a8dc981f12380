"""Whom a full list leaves out: whoever holds what it is about and is not named by it."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from django.db.models import Q

from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.rules.places import row_place
from exchange.services.batches import RowResult, add_rows
from hardship.rules.list_comparison import ending
from hardship.rules.list_scope import NOBODY
from hardship.rules.person_names import bare_name
from hardship.selectors.listed import held_of, in_scope, left_out, standing_recognitions
from hardship.services.lists.comparing import View, told
from hardship.services.lists.lines import AT_ONCE, LEFT_OUT, change_as_json, chunks

WHOSE_NUMBER = {  # rows whose number may not be that of whom they name
    RowOutcome.REFUSED: "无法读取",
    RowOutcome.HELD: "的证件号码没有登记",
    RowOutcome.CONFLICT: "的证件号码属于他人",
}


def end_left_out(batch: InboundBatch, view: View) -> None:
    """Keep a row for each recognition that would end; a list ends nobody of a kind of which it names nobody."""
    if view.scope == NOBODY:
        return
    keys = InboundRow.objects.filter(batch=batch).values_list("key", flat=True)
    listed = {bytes(key) for key in keys.iterator(chunk_size=AT_ONCE) if key is not None}
    for part in chunks(_left_out(view, listed=listed, namesakes=_namesakes(batch))):
        add_rows(batch=batch, rows=part)


def _namesakes(batch: InboundBatch) -> dict[str, str]:
    """Return names of rows that may be about somebody of another number → where and why, as a message says it."""
    doubtful = InboundRow.objects.filter(
        Q(outcome=RowOutcome.REFUSED)
        | Q(outcome=RowOutcome.HELD, code="unknown_person")
        | Q(outcome=RowOutcome.CONFLICT, code__in=["name_differs", "names_differ_in_list"]),
        batch=batch,
        number__gt=LEFT_OUT,
    )
    rows = doubtful.values_list("payload__name", "number", "sheet", "outcome")
    return {
        bare_name(name): f"{row_place(number, sheet)}{WHOSE_NUMBER[RowOutcome(outcome)]}"
        for name, number, sheet, outcome in rows.order_by("-number").iterator(chunk_size=AT_ONCE)
        if bare_name(name)
    }


def _left_out(view: View, *, listed: AbstractSet[bytes], namesakes: Mapping[str, str]) -> Iterator[RowResult]:
    """Yield a result for every recognition that would end, or that a row of the same name may be about."""
    batch = view.batch
    standing = standing_recognitions(batch, categories=view.own)
    for record in left_out(standing.filter(in_scope(view.scope)), listed=listed):
        person = record.resident
        held = held_of(record, same_day=view.same_day)
        change = ending(held, as_of=batch.as_of)
        assert change is not None, "what stands ends"
        shown = {"name": person.name, "id_number": person.masked_id_number, "resident": person.pk}
        key = bytes(person.id_index)
        same_name = namesakes.get(bare_name(person.name))
        if same_name:
            yield RowResult(
                number=LEFT_OUT,
                key=key,
                payload={**shown, "recognition": record.pk},
                outcome=RowOutcome.CONFLICT,
                code="possibly_listed",
                message=f"清单{same_name}，且与其同名，暂不取消，请核对是否同一人",
            )
        else:
            yield RowResult(
                number=LEFT_OUT,
                key=key,
                payload={**shown, "changes": [change_as_json(change, [held])]},
                outcome=RowOutcome.ENDED,
                message=f"清单中没有此人：{told([change], view)}",
            )
