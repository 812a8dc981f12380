"""Rows with a problem or a remark as a file for who sent the list: numbers masked, nothing in it computes."""

from collections.abc import Iterator
from pathlib import PurePath

from django.db.models import Q, QuerySet
from django.http import HttpResponse

from exchange.admin.asked import ORDER, PROBLEMS, REMARKED
from exchange.admin.downloads import xlsx_answer
from exchange.admin.rows import place_text, said_texts, words_of
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.parsers.writer import write_xlsx

COLUMNS = ("位置", "姓名", "证件号码（脱敏）", "清单内容", "结果", "涉及栏目", "原因或说明")
READ_AT_ONCE = 2_000


def problems_file(batch: InboundBatch) -> HttpResponse:
    """Return the rows of a batch that were not taken, and those of which something is to be said, as xlsx."""
    content = write_xlsx(COLUMNS, _lines(batch), title="问题行")
    return xlsx_answer(content, f"问题行-{PurePath(batch.file_name).stem}-{batch.as_of}")


def has_problems(batch: InboundBatch) -> bool:
    """Return whether the file of a batch would have a row."""
    counted = any(batch.counts.get(code) for code in (*PROBLEMS, RowOutcome.KEPT))
    return counted or _rows(batch).exists()


def _rows(batch: InboundBatch) -> QuerySet[InboundRow]:
    beside = Q(outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED), payload__has_key="remarks")
    told = Q(outcome__in=(*PROBLEMS, RowOutcome.KEPT)) | REMARKED | beside
    return InboundRow.objects.filter(told, batch_id=batch.pk)


def _lines(batch: InboundBatch) -> Iterator[tuple[str, ...]]:
    for row in _rows(batch).order_by(*ORDER).iterator(chunk_size=READ_AT_ONCE):
        yield (
            place_text(row),
            str(row.payload.get("name") or ""),
            str(row.payload.get("id_number") or ""),
            "；".join(said_texts(row.payload)),
            row.get_outcome_display(),
            row.field,
            words_of(row, told="remarks" in row.payload),
        )
