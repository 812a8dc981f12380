"""Rows that wait for an answer: what a name means, or who a person is; applied once the answer is there."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Q

from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, JobStatus, RowOutcome
from exchange.services.batches import revise_rows
from hardship.rules.listed_identities import Doing
from hardship.selectors.endings import endings_guard, endings_of
from hardship.selectors.listed import newer_full_list
from hardship.services.lists.applying import execute
from hardship.services.lists.comparing import results_of, view_of
from hardship.services.lists.lines import AT_ONCE, chunks, line_of
from hardship.services.lists.planning import PREFIX, put_results
from registry.batch.rewriting import rewrite_rows

UNKNOWN_NAME, UNKNOWN_PERSON = "unknown_identity_name", "unknown_person"
NEEDS_SECOND = "endings_need_second"
ANSWERABLE = (UNKNOWN_NAME, UNKNOWN_PERSON, NEEDS_SECOND)
ASKED_BY = "asked_by"
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
    that a later full list has replaced are set to rest: that list says what holds now. Where a list in force would
    end more, with what it ended before, than one person may, the rows that end wait until somebody else looks again.

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
    applied = batch.status == BatchStatus.APPLIED
    already = endings_of(batch).ended if applied else 0
    asked: dict[int, int | None] = {}
    keys: list[int] = []
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        last = chunk[-1].pk
        keys += [row.pk for row in chunk]
        asked |= {row.pk: row.payload.get(ASKED_BY) for row in chunk if row.code == NEEDS_SECOND}
        if replaced is not None:
            for row in chunk:
                row.outcome, row.code = RowOutcome.KEPT, "replaced"
                row.message = f"已由 {replaced.as_of} 的全量名单（批次{replaced.pk}）代替"
        else:
            put_results(chunk, results_of([line_of(row) for row in chunk], view))
        revise_rows(batch=batch, rows=chunk)
    if applied and replaced is None:
        _put_in_force(batch, keys, asked=asked, already=already, user=user)
    found = InboundRow.objects.filter(pk__in=keys).order_by("outcome").values_list("outcome")
    return Counter(dict(found.annotate(rows=Count("pk"))))


def _put_in_force(
    batch: InboundBatch,
    keys: Sequence[int],
    *,
    asked: Mapping[int, int | None],
    already: int,
    user: AbstractBaseUser | None,
) -> None:
    """Write what the compared rows change, but for those that end somebody where another person has to agree first.

    :param asked: of rows that waited for a second person, who was the first
    :param already: how many recognitions the list ended before
    """
    guard = endings_guard(batch, already=already)
    changing = InboundRow.objects.filter(pk__in=keys, payload__has_key="changes").order_by("pk")
    for chunk in chunks(changing.iterator(chunk_size=AT_ONCE)):
        waiting = []
        if guard.needs_second:
            agreed = {pk for pk, first in asked.items() if user is not None and first != user.pk}
            waiting = [row for row in chunk if _ends(row) and row.pk not in agreed]
        held = {row.pk for row in waiting}
        execute(
            [row for row in chunk if row.payload["changes"] and row.pk not in held], batch=batch, user=user
        )
        for row in waiting:
            del row.payload["changes"]
            row.payload[ASKED_BY] = asked.get(row.pk, user.pk if user else None)
            row.outcome, row.code = RowOutcome.HELD, NEEDS_SECOND
            row.message = (
                f"{row.message}；本清单共将取消或提前终止 {guard.ending} 条，超过 {guard.limit:.0%}，"
                "须由另一人在清单页重试待处理行"
            )[-500:]
        rewrite_rows(waiting, fields=["payload"])
        revise_rows(batch=batch, rows=waiting)


def _ends(row: InboundRow) -> bool:
    return any(change["do"] == Doing.END or change.get("sooner") for change in row.payload["changes"])
