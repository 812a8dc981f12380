"""An applied batch taken back: asked for by one, agreed to or declined by another; the app above does the undoing."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from exchange.models import BatchStatus, InboundBatch
from exchange.services.batches import lock_batch, saved_as
from policy.errors import DomainError


class NoUndoRequest(DomainError):
    """Nobody asks that the batch be taken back, or the request was answered."""

    code = "no_undo_request"


def note_undo_request(*, batch: InboundBatch, reason: str, user: AbstractBaseUser) -> InboundBatch:
    """Keep who asks that an applied batch, locked by the caller, be taken back, and why."""
    batch.undo_asked_by_id, batch.undo_reason = user.pk, reason
    batch.undo_declined_by_id, batch.undo_answer = None, ""
    batch.save(update_fields=["undo_asked_by", "undo_reason", "undo_declined_by", "undo_answer"])
    return batch


@transaction.atomic
def decline_undo(*, batch: InboundBatch, reason: str, user: AbstractBaseUser) -> InboundBatch:
    """Answer no to who asked that a batch be taken back, or, by the asker, take the request back; it stays in force.

    :raises BatchNotPlanned: if the batch is not in force
    :raises NoUndoRequest: if nobody asks, or somebody answered already
    """
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.APPLIED])
    if not locked.waits_for_undoing:
        raise NoUndoRequest(f"批次{batch.pk}没有待答复的撤销申请")
    locked.undo_declined_by_id, locked.undo_answer = user.pk, reason
    locked.save(update_fields=["undo_declined_by", "undo_answer"])
    return locked


@transaction.atomic
def mark_undone(
    *,
    batch: InboundBatch,
    error: str,
    user: AbstractBaseUser | None = None,
    second_user: AbstractBaseUser | None = None,
) -> InboundBatch:
    """Say that an applied batch was taken back, and why.

    :param second_user: who agreed to what `user` asked for
    """
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.APPLIED])
    locked.error = locked.undo_reason = error
    locked.undone_at = timezone.now()
    locked.undo_asked_by_id = user.pk if user else None
    locked.undone_by_id = second_user.pk if second_user else None
    return saved_as(locked, BatchStatus.UNDONE)
