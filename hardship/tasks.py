"""Background work of hardship: big lists are planned and applied by workers, small ones at once."""

from typing import Any

from celery import shared_task
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from exchange.models import BatchStatus, InboundBatch, Job, RowOutcome
from exchange.services.batches import planned_again
from hardship.models import CategoryAlias
from hardship.services.followers import have_followed
from hardship.services.list_agreements import follow_agreements
from hardship.services.lists import (
    apply_held,
    apply_list,
    plan_list,
    preview_mapping,
    receive_list,
    unmap_identity_name,
)
from hardship.services.lists.background import (
    changes_of,
    open_applying,
    run_applying,
    run_planning,
    unfinished_lists,
)
from hardship.services.lists.previewing import (
    Preview,
    map_as_seen,
    open_preview,
    previews_waiting,
    run_preview,
)
from hardship.services.lists.replanning import are_many, plan_anew, waiting_for_replanning
from hardship.services.lists.trying_again import Ask, lists_tried_again, open_trying, run_trying


def submit_list(*, content: bytes, **source: Any) -> InboundBatch:
    """Plan a small list now and a big one in the background; return its batch, `received` while it waits.

    Takes what `plan_list` takes and raises what it raises; a big file that cannot be read is refused by the worker,
    with the reason in `error`. What was agreed about it is looked at as soon as it is there: it may come late.
    """
    if len(content) <= settings.LIST_BYTES_AT_ONCE:
        batch = plan_list(content=content, **source)
    else:
        batch = receive_list(content=content, **source)
        if batch.status == BatchStatus.RECEIVED:
            _after_commit(plan_received_list, batch_id=batch.pk)
        elif batch.status == BatchStatus.PLANNED:
            batch = planned_again(batch, replan=plan_again, user=source.get("user"))
    _after_commit(follow_list_agreements)
    return batch


def confirm_list(
    *,
    batch: InboundBatch,
    user: AbstractBaseUser,
    second_user: AbstractBaseUser | None = None,
    seen: str = "",
) -> InboundBatch:
    """Apply a small plan now and a big one in the background; return its batch, `planned` with a `job` while it waits.

    Raises what `apply_list` raises, either way, and `ListBusy` while a worker is at it.
    """
    if changes_of(batch) <= settings.LIST_CHANGES_AT_ONCE:
        applied = apply_list(batch=batch, user=user, second_user=second_user, seen=seen)
        have_followed()
        return applied
    job = open_applying(batch=batch, user=user, second_user=second_user, seen=seen)
    _after_commit(apply_planned_list, job_id=job.pk)
    batch.refresh_from_db()
    return batch


def plan_again(*, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Plan a small planned list anew now and a big one in the background; raises what `plan_anew` raises."""
    planned = plan_anew(batch=batch, user=user)
    if planned.status == BatchStatus.RECEIVED:
        _after_commit(plan_received_list, batch_id=planned.pk)
    return planned


def map_name(**said: Any) -> CategoryAlias:
    """Say what a name in lists means, and have big lists that use it planned anew in the background.

    Takes what `map_as_seen` takes and raises what it raises.
    """
    alias = map_as_seen(**said)
    _plan_in_background()
    return alias


def preview_name(**said: Any) -> Preview | Job:
    """Return what mapping a name would do, or, of many rows, the job that looks: `preview_of` it once it is done.

    Takes what `preview_mapping` takes and raises what it raises.
    """
    job = open_preview(**said)
    if job is None:
        return preview_mapping(**said)
    _after_commit(look_what_name_would_do, job_id=job.pk)
    return job


def retry_list(*, batch: InboundBatch, user: AbstractBaseUser) -> InboundBatch:
    """Try the rows of a list in force again that wait: few now, many in the background; return the batch."""
    if are_many(batch.counts.get(RowOutcome.HELD, 0)):
        _after_commit(try_rows_again, job_id=open_trying(batch_id=batch.pk, ask=Ask(user=user)).pk)
    else:
        apply_held(batch=batch, user=user)
    batch.refresh_from_db()
    return batch


def unmap_name(*, alias: CategoryAlias, reason: str, user: AbstractBaseUser) -> None:
    """Take a mapping back, and have big lists that use the name planned anew, as `map_name`."""
    unmap_identity_name(alias=alias, reason=reason, user=user)
    _plan_in_background()


def _plan_in_background() -> None:
    for batch_id in waiting_for_replanning():
        _after_commit(plan_received_list, batch_id=batch_id)
    for job_id in lists_tried_again():
        _after_commit(try_rows_again, job_id=job_id)


@shared_task(acks_late=True)
def plan_received_list(*, batch_id: int, **_: object) -> str:
    """Plan a received list, read before or not; running it twice is harmless."""
    return str(run_planning(batch_id=batch_id).status)


@shared_task(acks_late=True)
def apply_planned_list(*, job_id: int, **_: object) -> str:
    """Apply the list of a job and have it followed; running it twice is harmless."""
    batch = run_applying(job_id=job_id)
    have_followed()
    return str(batch.status)


@shared_task(acks_late=True)
def try_rows_again(*, job_id: int, **_: object) -> str:
    """Try the waiting rows of a job's list again and have it followed; running it twice is harmless."""
    return str(run_trying(job_id=job_id).status)


@shared_task(acks_late=True)
def look_what_name_would_do(*, job_id: int, **_: object) -> str:
    """Find what a job asks about a name; running it twice is harmless."""
    return str(run_preview(job_id=job_id).status)


@shared_task
def resume_lists(**_: object) -> int:
    """Queue again what waits: lists whose task the broker lost or whose worker was killed."""
    waiting, trying, previews = unfinished_lists(), lists_tried_again(), previews_waiting()
    for batch_id in waiting.to_plan:
        plan_received_list.delay(batch_id=batch_id)
    for job_id in waiting.to_apply:
        apply_planned_list.delay(job_id=job_id)
    for job_id in trying:
        try_rows_again.delay(job_id=job_id)
    for job_id in previews:
        look_what_name_would_do.delay(job_id=job_id)
    return len(waiting.to_plan) + len(waiting.to_apply) + len(trying) + len(previews)


@shared_task(acks_late=True)
def follow_list_agreements(**_: object) -> dict[str, int]:
    """Hold the lists that came against what was agreed; running it twice is harmless."""
    return dict(follow_agreements(today=timezone.localdate()))


def _after_commit(task: Any, **arguments: int) -> None:
    """Have a task started once the caller's rows are there; without a broker `resume_lists` starts it."""
    transaction.on_commit(lambda: task.delay(**arguments), robust=True)
