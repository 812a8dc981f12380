"""A bulk call of an agency as a batch: who sent it, under which key, and what became of every row."""

import hashlib
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from exchange.models import Agency, BatchMode, InboundBatch
from exchange.services.batches import BatchSource, RowResult, mark_applied, open_batch, record_rows


@transaction.atomic
def open_call(*, kind: str, agency: Agency, key: str) -> InboundBatch:
    """Open the batch of a call; the agency and its idempotency key tell calls apart.

    :raises BatchAlreadyReceived: if the key was used for such a call and its answer is no longer kept
    """
    source = BatchSource(
        file_name=f"接口 {key}",
        sha256=hashlib.sha256(f"{agency.code} {key}".encode()).hexdigest(),
        area=agency.area,
        as_of=timezone.localdate(),
        mode=BatchMode.SUPPLEMENTARY,
        agency=agency,
    )
    return open_batch(kind=kind, source=source)


@transaction.atomic
def close_call(*, batch: InboundBatch, rows: Iterable[RowResult]) -> InboundBatch:
    """Keep what became of every row; a call is in force at once."""
    record_rows(batch=batch, rows=rows)
    return mark_applied(batch=batch)
