"""Rows of a list in force that contradict the records: somebody decides each, and it ends one way or the other.

adopt   the list is right: what it says takes effect, by somebody else than who imported it
keep    the record is right: it stays; of identities two agencies disagree about only that part is left, and lists that
        say the same of what their sender does not recognise are not asked about again
again   a record was mended meanwhile: the row is compared anew

A row that states another first day than the record asks the same of that alone (`starts.py`).
Somebody dead, unknown, or of whom a later recognition stands cannot be adopted: the record has to be mended first.
"""

from collections.abc import Iterable, Mapping

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import (
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
from hardship.selectors.decided_before import (
    DECIDED_BEFORE,
    FOLLOWING,
    LATER_END,
    NOT_THE_ISSUER,
    STARTS_DIFFER,
)
from hardship.selectors.listed import held_of
from hardship.selectors.names import UNKNOWN
from hardship.selectors.resting import RESTED_ON
from hardship.services.followers import have_followed
from hardship.services.lists.applying import SecondUserNeeded, execute
from hardship.services.lists.asking import put_questions_right
from hardship.services.lists.closing import lists_closing, newer_lists
from hardship.services.lists.comparing import NO_LONGER, results_of
from hardship.services.lists.elsewhere import ELSEWHERE
from hardship.services.lists.held import ASKED_AGAIN, ASKED_BY, NEEDS_SECOND, Consent, put_in_force
from hardship.services.lists.later_word import NEWER, otherwise
from hardship.services.lists.left_out import listed_elsewhere_by_now
from hardship.services.lists.lines import LEFT_OUT, change_as_json, line_in_force, resting_on
from hardship.services.lists.locking import hold_meanings, take_turns
from hardship.services.lists.outdated import ListOutOfDate
from hardship.services.lists.planning import PREFIX, put_results
from hardship.services.lists.replaced import REPLACED
from hardship.services.lists.starts import asks_about_start, decisions_about_start, settle_starts
from hardship.services.lists.telling import said_later, told
from hardship.services.lists.twice_listed import set_aside_twice_done
from hardship.services.lists.views import view_of
from hardship.services.recognitions import ReasonMissing
from policy.errors import DomainError
from registry.batch.rewriting import rewrite_rows

OPEN_OUTCOMES = (RowOutcome.CONFLICT, RowOutcome.HELD)
PARTLY_KEPT = frozenset(
    {"ended_by_issuer", NEWER, NO_LONGER, NOT_THE_ISSUER, LATER_END}
)  # the rest of the row takes effect
ADOPTABLE = frozenset(
    {
        "name_differs",
        "names_differ_in_list",
        "starts_before_birth",
        "outside_area",
        "possibly_listed",
        ASKED_AGAIN,
        ELSEWHERE,
        STARTS_DIFFER,
        DECIDED_BEFORE,
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
    if row.batch.status != BatchStatus.APPLIED:
        return {}
    if row.outcome not in OPEN_OUTCOMES:
        return _about_what_is_done(row)
    offered = [Decision.KEEP, *([Decision.ADOPT] if row.code in ADOPTABLE else [])]
    return {decision.value: str(decision.label) for decision in offered}


def _about_what_is_done(row: InboundRow) -> Mapping[str, str]:
    """Return what may be decided of a row that takes effect as it is: a first day, or a decision taken before anew."""
    if asks_about_start(row):
        return decisions_about_start(row)
    if _followed(row) and not row.payload.get("changes"):  # what it changed already cannot be compared anew
        return {Decision.ADOPT.value: "改为采用名单"}
    return {}


def _followed(row: InboundRow) -> list[str]:
    """Return what of a row follows an earlier decision and was not decided anew."""
    settled = row.payload.get("settled", {})
    return [code for code, kept in FOLLOWING.items() if row.payload.get(kept) and code not in settled]


def _code_of(row: InboundRow) -> str:
    """Return what is decided about a row next."""
    if row.outcome in OPEN_OUTCOMES:
        return row.code
    return STARTS_DIFFER if asks_about_start(row) else DECIDED_BEFORE


@transaction.atomic
def resolve_row(*, row: InboundRow, decision: str, reason: str, user: AbstractBaseUser) -> InboundRow:
    """Decide a row that contradicts the records, and return it; adopting may bring up the next contradiction.

    :raises RowNotOpen: if nothing waits for a decision
    :raises RowNotAdoptable: if the row cannot be adopted
    :raises SecondUserNeeded: if who imported the list would adopt it against the record
    :raises ListOutOfDate: if a later full list says in place of this one what holds now
    :raises ReasonMissing: without a reason
    """
    if not reason.strip():
        raise ReasonMissing("请填写理由和依据", field="reason")
    batch, locked = _locked(row)
    code, question = _code_of(locked), locked.message
    if decision != Decision.KEEP:
        _refuse_adopting(code, decision, batch=batch, user=user)
        _refuse_replaced_records(locked, batch=batch)
    RowResolution.objects.create(
        row=locked, code=code, question=question, decision=decision, reason=reason.strip(), by_id=user.pk
    )
    if code == STARTS_DIFFER:
        settle_starts(locked, batch=batch, decision=decision, why=reason.strip(), user=user)
    elif decision == Decision.KEEP and (code not in PARTLY_KEPT or locked.number == LEFT_OUT):
        locked.payload |= resting_on(lists_closing(locked, batch=batch))
        _keep(locked, question)
    elif locked.number == LEFT_OUT:
        _end(locked, batch=batch, why=reason.strip(), user=user)
    else:
        said = dict.fromkeys([code, *(_followed(locked) if code == DECIDED_BEFORE else ())], decision)
        locked.payload["settled"] = {**locked.payload.get("settled", {}), **said}
        asked = {locked.pk: batch.created_by_id} if decision == Decision.ADOPT else {}
        _compare_again(locked, batch=batch, user=user, asked=asked)
        if decision == Decision.ADOPT:
            _refuse_replaced(locked)
        if decision == Decision.KEEP and locked.outcome in (RowOutcome.UNCHANGED, RowOutcome.KEPT):
            _keep(locked, question)
    recount(batch=batch)
    _ask_about_names(locked, before=code, user=user)
    return locked


def resolve_rows(
    *, rows: Iterable[InboundRow], decision: str, reason: str, user: AbstractBaseUser
) -> list[tuple[InboundRow, str]]:
    """Decide several rows alike, each by itself; return those that were left, with why.

    :raises ReasonMissing: without a reason; then none is decided
    """
    if not reason.strip():
        raise ReasonMissing("请填写理由和依据", field="reason")
    left = []
    for row in rows:
        try:
            if decision not in decisions_for(row):
                raise RowNotOpen("该行已经处置，或不能这样处置")
            resolve_row(row=row, decision=decision, reason=reason, user=user)
        except DomainError as refused:
            left.append((row, refused.message))
    return left


@transaction.atomic
def compare_row_again(*, row: InboundRow, user: AbstractBaseUser) -> InboundRow:
    """Hold an open row against the records as they stand now, after they were mended; return it.

    Where the list would end more by it, with what it ended before, than one person may, the row waits for another.

    :raises RowNotOpen: if nothing waits for a decision, or the row is about somebody the list leaves out
    :raises ListOutOfDate: as `resolve_row`
    :raises SecondUserNeeded: if it waits for somebody else than the user to agree to what it ends
    """
    batch, locked = _locked(row)
    if locked.outcome not in OPEN_OUTCOMES:
        raise RowNotOpen(f"该行已为“{locked.get_outcome_display()}”，不需重新比对")
    if locked.number == LEFT_OUT:
        raise RowNotOpen("清单中没有此人，请决定取消还是保留")
    if locked.payload.get(ASKED_BY) == user.pk:
        raise SecondUserNeeded("该行须由另一人同意后才能办理")
    asked = {locked.pk: locked.payload.get(ASKED_BY)} if locked.code == NEEDS_SECOND else {}
    before = locked.code
    _compare_again(locked, batch=batch, user=user, asked=asked)
    _refuse_replaced(locked)
    recount(batch=batch)
    _ask_about_names(locked, before=before, user=user)
    return locked


def _ask_about_names(row: InboundRow, *, before: str, user: AbstractBaseUser) -> None:
    """Put right what is asked about names where a row waited for one, or waits for one now.

    :param before: for what it waited
    """
    if UNKNOWN in (before, row.code):
        put_questions_right(user=user)


def _locked(row: InboundRow) -> tuple[InboundBatch, InboundRow]:
    hold_meanings()
    batch = lock_batch(batch_id=row.batch_id, statuses=[BatchStatus.APPLIED])
    take_turns([batch])
    locked = InboundRow.objects.select_for_update(of=("self",)).get(pk=row.pk)
    locked.batch = batch
    if not decisions_for(locked):
        raise RowNotOpen(f"该行已为“{locked.get_outcome_display()}”，不需处置")
    return batch, locked


def _refuse_adopting(code: str, decision: str, *, batch: InboundBatch, user: AbstractBaseUser) -> None:
    if code not in ADOPTABLE or (decision == Decision.ADOPT_PART and code != STARTS_DIFFER):
        raise RowNotAdoptable("不能直接采用名单，请先更正登记再重新比对，或保留登记")
    if user.pk == batch.created_by_id:
        raise SecondUserNeeded("采用与登记不一致的名单，须由导入人以外的人员决定")


def _refuse_replaced(row: InboundRow) -> None:
    if row.code == REPLACED:
        raise ListOutOfDate(f"该行{row.message}，只能保留登记")


def _refuse_replaced_records(row: InboundRow, *, batch: InboundBatch) -> None:
    """Refuse where a later list speaks of the recognition the row would end, or of one it would begin otherwise."""
    for newer in newer_lists(row, batch=batch):
        raise ListOutOfDate(
            f"{newer.as_of} 的全量名单已生效（批次{newer.pk}），该行只能保留登记", batch=newer.pk
        )


def _keep(row: InboundRow, question: str) -> None:
    """Close a row; one that changed anything before it waited goes on saying so."""
    row.outcome = RowOutcome.CHANGED if row.payload.get("changes") else RowOutcome.KEPT
    row.message = f"保留登记：{question}"[:500]
    rewrite_rows([row], fields=["outcome", "message", "payload"])


def _compare_again(
    row: InboundRow, *, batch: InboundBatch, user: AbstractBaseUser, asked: Mapping[int, int | None]
) -> None:
    """Compare a row anew and have it take effect.

    :param asked: as of `Consent`
    """
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
    put_results([row], results_of([line_in_force(row)], view))
    set_aside_twice_done(batch, [row])
    put_in_force(batch, [row.pk], Consent(user, asked=asked))
    have_followed()
    row.refresh_from_db(fields=["outcome", "code", "message", "payload"])


def _end(row: InboundRow, *, batch: InboundBatch, why: str, user: AbstractBaseUser) -> None:
    """End the recognition of somebody the list leaves out after all.

    Where a list in force of another area names the person, that is asked first, unless it is what was decided.
    """
    record = Recognition.objects.filter(pk=row.payload["recognition"]).first()
    if record is None:
        raise RowNotAdoptable("该认定此后已作废，请保留登记")
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
    held = held_of(record, same_day=view.same_day)
    change = ending(held, as_of=batch.as_of)
    if change is None:
        raise RowNotAdoptable("该认定此后已变动，请保留登记")
    later = view.later.about({record.resident_id: ()})[record.resident_id]
    if row.code != NEWER and (newer := otherwise(change, [held], later)):
        raise ListOutOfDate(f"{said_later(change, newer, view)}，该行只能保留登记", batch=newer.batch)
    if row.code != ELSEWHERE and (elsewhere := listed_elsewhere_by_now(record, view)):
        row.message, theirs = elsewhere
        row.code, row.payload = ELSEWHERE, row.payload | resting_on({theirs, *row.payload.get(RESTED_ON, ())})
        rewrite_rows([row], fields=["code", "message", "payload"])
        return
    row.payload["changes"] = [change_as_json(change, [held])]
    row.outcome, row.message = RowOutcome.ENDED, f"清单中没有此人：{told([change], [held], view)}"
    rewrite_rows([row], fields=["outcome", "message", "payload"])
    execute([row], batch=batch, user=user, why=why)
    have_followed()
