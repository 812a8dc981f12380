"""Cases that ask what names in lists mean: one a name, for as long as some list waits for the answer."""

from collections.abc import Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from casework.models import Case
from casework.services import NewCase, close_unasked, open_cases
from casework.services.close_unasked import UNDECIDED
from exchange.models import BatchStatus, InboundBatch
from exchange.services.batches import refuse_batch
from hardship.rules.identity_names import understood
from hardship.selectors.names import UNKNOWN, known_names, names_said
from hardship.selectors.waiting_names import lists_holding
from hardship.services.lists.locking import hold_meanings, take_questions


@transaction.atomic
def ask_about_names(*, batches: Iterable[InboundBatch], user: AbstractBaseUser | None) -> None:
    """Open a case for each name in held rows that nobody has said, or asked, the meaning of; its first list asks."""
    by_key = {batch.pk: batch for batch in batches}
    if not by_key:
        return
    known = known_names()
    unknown: dict[str, tuple[InboundBatch, int]] = {}
    for name, batch_id, rows in names_said(by_key, waiting=UNKNOWN):
        if understood(name, known) is None:
            unknown.setdefault(name, (by_key[batch_id], rows))
    if not unknown:
        return
    take_questions()
    open_cases(
        cases=[
            NewCase(
                kind=UNKNOWN,
                title=f"身份名称“{name}”没有对照",
                area_id=batch.area_id,
                reason=f"清单“{batch.file_name}”有 {rows} 行写作“{name}”，不知属于哪一类困难身份；相关行暂不处理。",
                subject_ref=f"batch:{batch.pk}",
                detail={"name": name, "batch": batch.pk, "rows": rows},
                dedupe_key=question_of(name),
            )
            for name, (batch, rows) in unknown.items()
        ],
        user=user,
    )


def put_questions_right(*, user: AbstractBaseUser | None) -> None:
    """Close the undecided cases whose list waits no more for its answer, and ask for all lists that wait."""
    take_questions()
    if over := _without_ground():
        close_unasked(cases=over, text="提出的清单已不再等这个名称", may_return=True, user=user)
    ask_about_names(batches=lists_holding(InboundBatch.objects.all()), user=user)


def _without_ground() -> list[Case]:
    """Return the undecided cases about names for which the list that asks does not wait."""
    undecided = Case.objects.filter(kind=UNKNOWN, state__in=UNDECIDED).order_by("pk")
    asked = {case: (case.detail["name"], case.detail["batch"]) for case in undecided}
    askers = InboundBatch.objects.filter(pk__in={batch_id for _, batch_id in asked.values()})
    there = askers.exclude(status__in=[BatchStatus.REFUSED, BatchStatus.UNDONE])
    said = names_said(list(there.values_list("pk", flat=True)), waiting=UNKNOWN) if asked else []
    waiting = {(name, batch_id) for name, batch_id, _ in said}
    return [case for case, question in asked.items() if question not in waiting]


@transaction.atomic
def refuse_list(*, batch: InboundBatch, error: str, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Send a list back with the reason, as `refuse_batch`; it asks about names no more."""
    hold_meanings()
    refused = refuse_batch(batch=batch, error=error, user=user)
    put_questions_right(user=user)
    return refused


def question_of(name: str) -> str:
    """Return the key of the case that asks what a name means."""
    return f"{UNKNOWN}:{name}"[:200]
