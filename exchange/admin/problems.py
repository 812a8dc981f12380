"""Rows with a problem as a file to send back to who sent the list: numbers masked, nothing in it computes."""

from collections.abc import Iterator
from pathlib import PurePath

from django.http import HttpResponse

from exchange.admin.downloads import xlsx_answer
from exchange.admin.rows import ORDER, PROBLEMS, place_text, said_texts
from exchange.models import InboundBatch, InboundRow
from exchange.parsers.writer import write_xlsx

COLUMNS = ("位置", "姓名", "证件号码（脱敏）", "清单内容", "结果", "涉及栏目", "原因")
READ_AT_ONCE = 2_000


def problems_file(batch: InboundBatch) -> HttpResponse:
    """Return the rows of a batch that were not taken, as xlsx."""
    content = write_xlsx(COLUMNS, _lines(batch), title="问题行")
    return xlsx_answer(content, f"问题行-{PurePath(batch.file_name).stem}-{batch.as_of}")


def _lines(batch: InboundBatch) -> Iterator[tuple[str, ...]]:
    rows = InboundRow.objects.filter(batch=batch, outcome__in=PROBLEMS).order_by(*ORDER)
    for row in rows.iterator(chunk_size=READ_AT_ONCE):
        yield (
            place_text(row),
            str(row.payload.get("name") or ""),
            str(row.payload.get("id_number") or ""),
            "；".join(said_texts(row.payload)),
            row.get_outcome_display(),
            row.field,
            row.message,
        )
