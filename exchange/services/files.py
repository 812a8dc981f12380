"""The files of batches as they came: sealed, read again by whoever plans them, forgotten when their time is over."""

import datetime

from django.conf import settings
from django.utils import timezone

from exchange.models import BatchStatus, InboundBatch, InboundFile
from policy.errors import DomainError
from registry.models.sealing import open_sealed_bytes, seal_bytes


class FileForgotten(DomainError):
    """The time for which the file was kept is over; its rows and what came of them are still there."""

    code = "file_forgotten"


def keep_file(*, batch: InboundBatch, content: bytes) -> InboundFile:
    """Keep the file of a batch, sealed, for `LIST_FILES_KEPT_DAYS` from the day the batch came."""
    return InboundFile.objects.create(
        batch=batch,
        sealed_content=seal_bytes(content),
        size=len(content),
        kept_until=timezone.localdate(batch.created_at)
        + datetime.timedelta(days=settings.LIST_FILES_KEPT_DAYS),
    )


def file_of(batch: InboundBatch) -> bytes:
    """Return the file of a batch as it came.

    :raises FileForgotten: if it is not kept any more
    """
    kept = InboundFile.objects.filter(batch=batch).first()
    if kept is None:
        raise FileForgotten("清单原件已过保存期，不能再读取", batch=batch.pk)
    return open_sealed_bytes(kept.sealed_content)


def forget_files(*, today: datetime.date) -> int:
    """Delete the files whose time is over and return how many; one that nobody has read yet stays."""
    over = InboundFile.objects.filter(kept_until__lt=today).exclude(batch__status=BatchStatus.RECEIVED)
    deleted, _ = over.delete()
    return deleted
