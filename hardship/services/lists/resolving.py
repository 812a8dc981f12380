"""Rows of a list in force that contradict the records: somebody decides each, and it ends one way or the other.

adopt   the list is right: what it says takes effect, by somebody else than who imported it
keep    the record is right: it stays; of identities two agencies disagree about only that part is left
again   a record was mended meanwhile: the row is compared anew

Somebody dead, unknown, or of whom a later recognition stands cannot be adopted: the record has to be mended first.
"""

from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import (
    BatchMode,
    BatchStatus,
    Decision,
    InboundBatch,
    InboundRow,
    RowOutcome,
    RowResolution,
)
from exchange.services.batches import lock_batch, recount
from hardship.models import Recognition
from hardship.rules.list_comparison import ending
from hardship.selectors.listed import held_of, newer_full_list
from hardship.services.lists.applying import SecondUserNeeded, execute
from hardship.services.lists.comparing import NEWER, NO_LONGER, NOT_THE_ISSUER, results_of
from hardship.services.lists.elsewhere import ELSEWHERE
from hardship.services.lists.held import ASKED_BY, NEEDS_SECOND, Consent, put_in_force
from hardship.services.lists.lines import LEFT_OUT, change_as_json, line_of
from hardship.services.lists.planning import PREFIX, ListOutOfDate, put_results
from hardship.services.lists.telling import told
from hardship.services.lists.twice_listed import set_aside_twice_done
from hardship.services.lists.views import view_of
from hardship.services.recognitions import ReasonMissing
from policy.errors import DomainError
from registry.batch.rewriting import rewrite_rows

OPEN_OUTCOMES = (RowOutcome.CONFLICT, RowOutcome.HELD)
PARTLY_KEPT = frozenset(
    {"ended_by_issuer", NEWER, NO_LONGER, NOT_THE_ISSUER}
)  # the rest of the row takes effect
ADOPTABLE = frozenset(
    {
        "name_differs",
        "names_differ_in_list",
        "starts_before_birth",
        "outside_area",
        "possibly_listed",
        ELSEWHERE,
        *PARTLY_KEPT,
    }
)


class RowNotOpen(DomainError):
    """The row waits for no decision: its list is not in force, or the row is settled."""

    code = "row_not_open"


class RowNotAdoptable(DomainError):
    """What the row says cannot take effect as the records stand; mend them and compare it again."""

    code = "row_not_adoptable"


def decisions_for(row: InboundRow) -> Mapping[str, str]:
    """Return the decisions somebody may take about a row → label; none once it is settled."""
    if row.outcome not in OPEN_OUTCOMES or row.batch.status != BatchStatus.APPLIED:
        return {}
    offered = [Decision.KEEP, *([Decision.ADOPT] if row.code in ADOPTABLE else [])]
    return {decision.value: str(decision.label) for decision in offered}


@transaction.atomic
def resolve_row(*, row: InboundRow, decision: str, reason: str, user: AbstractBaseUser) -> InboundRow:
    """Decide a row that contradicts the records, and return it; adopting may bring up the next contradiction.

    :raises RowNotOpen: if nothing waits for a decision
    :raises RowNotAdoptable: if the row cannot be adopted
    :raises SecondUserNeeded: if who imported the list would adopt it against the record
    :raises ListOutOfDate: if a later full list has replaced this one: it says what holds now
    :raises ReasonMissing: without a reason
    """
    if not reason.strip():
        raise ReasonMissing("请填写理由和依据", field="reason")
    batch, locked = _locked(row)
    code, question = locked.code, locked.message
    if decision == Decision.ADOPT:
        _refuse_adopting(locked, batch=batch, user=user)
    RowResolution.objects.create(
        row=locked, code=code, question=question, decision=decision, reason=reason.strip(), by_id=user.pk
    )
    if decision == Decision.KEEP and (code not in PARTLY_KEPT or locked.number == LEFT_OUT):
        _keep(locked, question)
    elif locked.number == LEFT_OUT:
        _end(locked, batch=batch, user=user)
    else:
        locked.payload["settled"] = {**locked.payload.get("settled", {}), code: decision}
        asked = {locked.pk: batch.created_by_id} if decision == Decision.ADOPT else {}
        _compare_again(locked, batch=batch, user=user, asked=asked)
        if decision == Decision.KEEP and locked.outcome == RowOutcome.UNCHANGED:
            _keep(locked, question)
    recount(batch=batch)
    return locked


@transaction.atomic
def compare_row_again(*, row: InboundRow, user: AbstractBaseUser) -> InboundRow:
    """Hold an open row against the records as they stand now, after they were mended; return it.

    Where the list would end more by it, with what it ended before, than one person may, the row waits for another.

    :raises RowNotOpen: if nothing waits for a decision, or the row is about somebody the list leaves out
    :raises ListOutOfDate: if a later full list has replaced this one
    :raises SecondUserNeeded: if it waits for somebody else than the user to agree to what it ends
    """
    batch, locked = _locked(row)
    if locked.number == LEFT_OUT:
        raise RowNotOpen("清单中没有此人，请决定取消还是保留")
    if locked.payload.get(ASKED_BY) == user.pk:
        raise SecondUserNeeded("该行须由另一人同意后才能办理")
    _refuse_replaced(batch)
    asked = {locked.pk: locked.payload.get(ASKED_BY)} if locked.code == NEEDS_SECOND else {}
    _compare_again(locked, batch=batch, user=user, asked=asked)
    recount(batch=batch)
    return locked


def _locked(row: InboundRow) -> tuple[InboundBatch, InboundRow]:
    batch = lock_batch(batch_id=row.batch_id, statuses=[BatchStatus.APPLIED])
    locked = InboundRow.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if locked.outcome not in OPEN_OUTCOMES:
        raise RowNotOpen(f"该行已为“{locked.get_outcome_display()}”，不需处置")
    return batch, locked


def _refuse_adopting(row: InboundRow, *, batch: InboundBatch, user: AbstractBaseUser) -> None:
    if row.code not in ADOPTABLE:
        raise RowNotAdoptable("不能直接采用名单，请先更正登记再重新比对，或保留登记")
    if user.pk == batch.created_by_id:
        raise SecondUserNeeded("采用与登记不一致的名单，须由导入人以外的人员决定")
    _refuse_replaced(batch)


def _refuse_replaced(batch: InboundBatch) -> None:
    newer = newer_full_list(kind=batch.kind, area=batch.area, as_of=batch.as_of, since=batch.applied_at)
    if newer is not None and batch.mode == BatchMode.FULL:
        raise ListOutOfDate(
            f"{newer.as_of} 的全量名单已生效（批次{newer.pk}），本清单的行只能保留登记", batch=newer.pk
        )


def _keep(row: InboundRow, question: str) -> None:
    row.outcome, row.message = RowOutcome.KEPT, f"保留登记：{question}"[:500]
    rewrite_rows([row], fields=["outcome", "message", "payload"])


def _compare_again(
    row: InboundRow, *, batch: InboundBatch, user: AbstractBaseUser, asked: Mapping[int, int | None]
) -> None:
    """Compare a row anew and have it take effect.

    :param asked: as of `Consent`
    """
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
    put_results([row], results_of([line_of(row)], view))
    set_aside_twice_done(batch, [row])
    put_in_force(batch, [row.pk], Consent(user, asked=asked))
    row.refresh_from_db(fields=["outcome", "code", "message", "payload"])


def _end(row: InboundRow, *, batch: InboundBatch, user: AbstractBaseUser) -> None:
    """End the recognition of somebody the list leaves out after all."""
    record = Recognition.objects.get(pk=row.payload["recognition"])
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
    held = held_of(record, same_day=view.same_day)
    change = ending(held, as_of=batch.as_of)
    if change is None:
        raise RowNotAdoptable("该认定此后已变动，请保留登记")
    row.payload["changes"] = [change_as_json(change, [held])]
    row.outcome, row.message = RowOutcome.ENDED, f"清单中没有此人：{told([change], [held], view)}"
    rewrite_rows([row], fields=["outcome", "message", "payload"])
    execute([row], batch=batch, user=user)
