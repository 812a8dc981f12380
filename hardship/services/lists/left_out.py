"""Whom a full list leaves out: whoever holds what it is about and is not named by it."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.rules.places import row_place
from exchange.services.batches import RowResult, add_rows
from hardship.rules.list_comparison import Change, Doing, Held
from hardship.rules.list_scope import NOBODY
from hardship.selectors.listed import in_scope, left_out, standing_recognitions
from hardship.services.lists.comparing import View, told
from hardship.services.lists.lines import AT_ONCE, LEFT_OUT, change_as_json, chunks


def end_left_out(batch: InboundBatch, view: View) -> None:
    """Keep a row for each recognition that would end; a list ends nobody of a kind of which it names nobody."""
    if view.scope == NOBODY:
        return
    keys = InboundRow.objects.filter(batch=batch).values_list("key", flat=True)
    listed = {bytes(key) for key in keys.iterator(chunk_size=AT_ONCE) if key is not None}
    refused = InboundRow.objects.filter(batch=batch, outcome=RowOutcome.REFUSED)
    misread = {
        _bare(name): row_place(number, sheet)
        for name, number, sheet in refused.values_list("payload__name", "number", "sheet")
        if _bare(name)
    }
    for part in chunks(_left_out(view, listed=listed, misread=misread)):
        add_rows(batch=batch, rows=part)


def _left_out(view: View, *, listed: AbstractSet[bytes], misread: Mapping[str, str]) -> Iterator[RowResult]:
    """Yield a result for every recognition that would end, or that a misread row may be about."""
    batch = view.batch
    standing = standing_recognitions(area=batch.area, categories=view.own, as_of=batch.as_of)
    for record in left_out(standing.filter(in_scope(view.scope)), listed=listed):
        person = record.resident
        held = Held(record.pk, record.category_id, record.valid_from, record.valid_to, record.attributes)
        change = Change(Doing.END, record.category_id, batch.as_of, recognition=record.pk)
        shown = {"name": person.name, "id_number": person.masked_id_number, "resident": person.pk}
        key = bytes(person.id_index)
        if _bare(person.name) in misread:
            yield RowResult(
                number=LEFT_OUT,
                key=key,
                payload={**shown, "recognition": record.pk},
                outcome=RowOutcome.CONFLICT,
                code="possibly_listed",
                message=f"清单{misread[_bare(person.name)]}无法读取且与其同名，暂不取消",
            )
        else:
            yield RowResult(
                number=LEFT_OUT,
                key=key,
                payload={**shown, "changes": [change_as_json(change, [held])]},
                outcome=RowOutcome.ENDED,
                message=f"清单中没有此人：{told([change], view)}",
            )


def _bare(name: str) -> str:
    return "".join(name.split())
