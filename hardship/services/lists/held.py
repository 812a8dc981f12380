"""Rows that wait for an answer: what a name means, or who a person is; applied once the answer is there."""

from collections import Counter
from collections.abc import Collection

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, JobStatus, RowOutcome
from exchange.services.batches import revise_rows
from hardship.selectors.listed import newer_full_list
from hardship.services.lists.applying import execute
from hardship.services.lists.comparing import results_of, view_of
from hardship.services.lists.lines import AT_ONCE, line_of
from hardship.services.lists.planning import PREFIX, put_results

UNKNOWN_NAME, UNKNOWN_PERSON = "unknown_identity_name", "unknown_person"
ANSWERABLE = (UNKNOWN_NAME, UNKNOWN_PERSON)
UNDER_WAY = (JobStatus.QUEUED, JobStatus.RUNNING)


@transaction.atomic
def apply_held(
    *,
    user: AbstractBaseUser | None = None,
    batch: InboundBatch | None = None,
    codes: Collection[str] = ANSWERABLE,
) -> Counter[str]:
    """Look again at rows that wait, and apply those of lists in force whose question is answered; count outcomes.

    Rows of a list that waits for confirmation are only compared anew, unless a worker is applying it. Rows of a list
    that a later full list has replaced are set to rest: that list says what holds now.

    :param batch: only this list; null = all
    :param codes: only rows that wait for such an answer
    """
    held = InboundRow.objects.filter(
        Q(batch__status=BatchStatus.APPLIED)
        | Q(batch__status=BatchStatus.PLANNED) & ~Q(batch__job__status__in=UNDER_WAY),
        outcome=RowOutcome.HELD,
        code__in=codes,
    )
    if batch is not None:
        held = held.filter(batch=batch)
    ids = held.order_by("batch_id").values_list("batch_id", flat=True).distinct()
    batches = InboundBatch.objects.filter(pk__in=list(ids), kind__startswith=PREFIX)
    outcomes: Counter[str] = Counter()
    for each in batches.select_related("area").order_by("as_of", "pk").select_for_update(of=("self",)):
        outcomes += _looked_at_again(each, codes=codes, user=user)
    return outcomes


def _looked_at_again(
    batch: InboundBatch, *, codes: Collection[str], user: AbstractBaseUser | None
) -> Counter[str]:
    rows = InboundRow.objects.filter(batch=batch, outcome=RowOutcome.HELD, code__in=codes).order_by("pk")
    newer = newer_full_list(kind=batch.kind, area=batch.area, as_of=batch.as_of)
    replaced = newer if batch.mode == BatchMode.FULL and batch.status == BatchStatus.APPLIED else None
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
    outcomes: Counter[str] = Counter()
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        last = chunk[-1].pk
        if replaced is not None:
            for row in chunk:
                row.outcome, row.code = RowOutcome.KEPT, "replaced"
                row.message = f"已由 {replaced.as_of} 的全量名单（批次{replaced.pk}）代替"
        else:
            put_results(chunk, results_of([line_of(row) for row in chunk], view))
            if batch.status == BatchStatus.APPLIED:
                execute([row for row in chunk if row.payload.get("changes")], batch=batch, user=user)
        revise_rows(batch=batch, rows=chunk)
        outcomes.update(row.outcome for row in chunk)
    return outcomes
