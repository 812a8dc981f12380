"""Plans made anew: a small one while somebody waits, a big one by a worker, part by part, each with its checkpoint.

Until the last part is done a big list is `received` again: nobody confirms a plan of which a part is as it was before.
"""

from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import UNDER_WAY, BatchStatus, InboundBatch, InboundRow, Job, JobChunk
from exchange.services.batches import begin_plan, lock_batch, lock_plan, saved_as
from exchange.services.jobs import key_ranges, open_job, run_chunks
from hardship.services.lists.lines import AT_ONCE, LEFT_OUT, rows_compared
from hardship.services.lists.planning import PREFIX, compare_rows, replan_list
from hardship.services.lists.views import view_of

REPLANNING = "replan_list"


def plan_anew(*, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Plan a planned batch anew, at once or, a big one, by a worker; return it, `received` while it waits for one.

    :raises BatchNotPlanned, ListBusy: if it was confirmed meanwhile, as `lock_plan`
    """
    plan = open_replanning if is_big(batch) else replan_list
    return plan(batch=batch, user=user)


def is_big(batch: InboundBatch) -> bool:
    """Return whether nobody should wait until a batch is planned anew."""
    return are_many(sum(batch.counts.values()))


def are_many(rows: int) -> bool:
    """Return whether nobody should wait until so many rows are compared."""
    return bool(rows > settings.LIST_ROWS_COMPARED_AT_ONCE)


@transaction.atomic
def open_replanning(*, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Open the job that plans a planned batch anew, and return the batch: `received` until it is done.

    :raises BatchNotPlanned, ListBusy: as `plan_anew`
    """
    locked = lock_plan(batch_id=batch.pk)
    locked.planned_at = None
    locked.job = open_job(
        kind=REPLANNING,
        params={"batch": batch.pk},
        ranges=key_ranges(rows_compared(locked), size=AT_ONCE),
        area=locked.area,
        user=user,
    )
    return saved_as(locked, BatchStatus.RECEIVED)


def run_replanning(batch: InboundBatch) -> Job:
    """Compare the rows of a batch anew as far as nobody has yet; return its job, done or not."""
    begun = _begun(batch)
    assert begun.job is not None
    view = view_of(begun, issuer=begun.kind.removeprefix(PREFIX))

    def compare_part(chunk: JobChunk) -> int:
        rows = list(rows_compared(begun).filter(pk__range=(chunk.from_key, chunk.to_key)).order_by("pk"))
        compare_rows(rows, view)
        return len(rows)

    return run_chunks(job=begun.job, work=compare_part)


def waiting_for_replanning() -> Sequence[int]:
    """Return the keys of the batches that a worker is to plan anew."""
    waiting = InboundBatch.objects.filter(
        status=BatchStatus.RECEIVED, job__kind=REPLANNING, job__status__in=UNDER_WAY
    )
    return list(waiting.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _begun(batch: InboundBatch) -> InboundBatch:
    """Return the batch, held against the records since whichever worker was first."""
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.RECEIVED])
    if locked.planned_at is None:
        begin_plan(batch=locked)
        InboundRow.objects.filter(batch=locked, number=LEFT_OUT).delete()
    return locked
