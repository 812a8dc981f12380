"""Take an applied list back as a whole: the records stand again as they stood before it, with both in history."""

from collections import defaultdict
from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import BatchStatus, InboundBatch, InboundRow
from exchange.services.batches import lock_batch
from exchange.services.undo_marks import mark_undone, note_undo_request
from hardship.models import Recognition
from hardship.parsers.kinds import IDENTITY_LISTS
from hardship.selectors.undoing import (
    DONE,
    Effect,
    LaterLists,
    as_before,
    effects_of,
    later_lists,
    merged_people,
    rerecorded,
    struck_out,
)
from hardship.services.dependents import decided_since
from hardship.services.lists.applying import STATE, SecondUserNeeded, lock_people_of
from hardship.services.lists.held import lists_with_rows_at_rest, wake_rows
from hardship.services.lists.locking import hold_meanings
from hardship.services.lists.planning import PREFIX
from hardship.services.recognitions import ReasonMissing
from policy.errors import DomainError
from registry.batch.history import delete_with_history, restore_with_history, rewrite_with_history
from registry.models.history import caused_by
from registry.services import lock_residents


class ListCannotBeUndone(DomainError):
    """Something decided or recorded since stands on what the list said; `depends` says what, and for how many."""

    code = "list_cannot_be_undone"


@transaction.atomic
def ask_to_undo(*, batch: InboundBatch, reason: str, user: AbstractBaseUser) -> InboundBatch:
    """Ask a colleague to agree that a list be taken back; nothing is taken back yet.

    The colleague's agreement is `undo_list(batch=…, reason=batch.undo_reason, user=batch.undo_asked_by,
    second_user=colleague)`.

    :raises BatchNotPlanned: if the list is not in force
    :raises ReasonMissing: without a reason
    :raises ListCannotBeUndone: if something depends on it already
    """
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.APPLIED])
    _refuse(locked, reason=reason)
    return note_undo_request(batch=locked, reason=reason, user=user)


@transaction.atomic
def undo_list(
    *, batch: InboundBatch, reason: str, user: AbstractBaseUser, second_user: AbstractBaseUser | None = None
) -> InboundBatch:
    """Take an applied list back, all of it or nothing, rows applied later included; return its batch, `undone`.

    What it began is struck out, what it changed or ended stands as before; afterwards the same file may come again.
    Rows of earlier lists that rested because it spoke in their place wait again.

    :param second_user: agrees; somebody else than `user`
    :raises BatchNotPlanned: if the list is not in force
    :raises ReasonMissing: without a reason
    :raises SecondUserNeeded: if nobody else agrees
    :raises ListCannotBeUndone: if something depends on it; then nothing is taken back
    """
    hold_meanings()
    replaced = lists_with_rows_at_rest(batch)
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.APPLIED])
    if second_user is None or second_user.pk == user.pk:
        raise SecondUserNeeded("撤销清单须由申请人以外的人员同意")
    lock_people_of(
        InboundRow.objects.filter(batch=locked, outcome__in=DONE)
    )  # who decides on them is waited for
    lock_residents(merged_people(locked))
    _refuse(locked, reason=reason)
    written = f"undo {locked.kind} {locked.as_of} 批次{locked.pk}：{reason}"
    with caused_by(locked.pk):
        for effect in effects_of(locked):
            _take_back(effect, batch=locked, reason=written, user=user)
    undone = mark_undone(batch=locked, error=reason, user=user, second_user=second_user)
    wake_rows(replaced, undone=undone)
    return undone


def what_depends(batch: InboundBatch) -> dict[str, int]:
    """Return in words what depends on an applied list → how many people; nothing = it can be undone."""
    assert batch.applied_at is not None
    found: defaultdict[str, set[int]] = defaultdict(set)
    later = later_lists(batch)
    for effect in effects_of(batch):
        for words, residents in _dependents(effect, batch=batch, later=later).items():
            found[words] |= residents
    return {words: len(residents) for words, residents in found.items() if residents}


def _dependents(effect: Effect, *, batch: InboundBatch, later: LaterLists) -> dict[str, set[int]]:
    assert batch.applied_at is not None
    found = {"身份认定此后另有登记或更正": rerecorded(effect, batch=batch)}
    for key, residents in later.against(effect).items():
        found[f"已按此后生效的{_shown(later.lists[key])}核对"] = residents
    return found | decided_since(resident_ids=effect.resident_ids, since=batch.applied_at)


def _shown(batch: InboundBatch) -> str:
    label = IDENTITY_LISTS[batch.kind.removeprefix(PREFIX)].label
    return f"{batch.area.name}{label}（{batch.as_of}，批次{batch.pk}）"


def _refuse(batch: InboundBatch, *, reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("请填写事由", field="reason")
    refuse_depended_on(what_depends(batch))


def refuse_depended_on(depends: Mapping[str, int]) -> None:
    """Refuse to take something back while anything depends on it.

    :param depends: in words what does → how many people
    :raises ListCannotBeUndone: if there is anything
    """
    if depends:
        shown = "；".join(f"{count} 人{words}" for words, count in depends.items())
        raise ListCannotBeUndone(f"不能撤销：{shown}。请先办理这些事项，或逐人更正", depends=dict(depends))


def _take_back(effect: Effect, *, batch: InboundBatch, reason: str, user: AbstractBaseUser) -> None:
    delete_with_history(Recognition.objects.filter(pk__among=effect.started), reason=reason, user=user)
    restore_with_history(Recognition, struck_out(effect, batch=batch), reason=reason, user=user)
    before = as_before(effect, batch=batch)
    records = list(Recognition.objects.filter(pk__among=before).order_by("pk"))
    for record in records:
        record.valid_from, record.valid_to, record.attributes = before[record.pk]
    rewrite_with_history(records, fields=STATE, reason=reason, user=user)
