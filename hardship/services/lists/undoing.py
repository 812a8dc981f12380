"""Take an applied list back as a whole: the records stand again as they stood before it, with both in history."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from exchange.models import BatchStatus, InboundBatch
from exchange.services.batches import lock_batch
from exchange.services.undo_marks import mark_undone, note_undo_request
from hardship.models import Recognition
from hardship.parsers.kinds import IDENTITY_LISTS
from hardship.selectors.undoing import (
    Effect,
    LaterLists,
    as_before,
    effects_of,
    later_lists,
    merged_people,
    rerecorded,
    rows_done,
    struck_out,
)
from hardship.services.dependents import decided_since
from hardship.services.followers import have_followed
from hardship.services.lists.applying import STATE, SecondUserNeeded, lock_people_of
from hardship.services.lists.asking import put_questions_right
from hardship.services.lists.locking import hold_meanings, take_every_turn
from hardship.services.lists.planning import PREFIX
from hardship.services.lists.reopening import lists_resting_on, open_again, refuse_busy
from hardship.services.recognitions import ReasonMissing
from policy.errors import DomainError
from registry.batch.history import (
    delete_with_history,
    restore_with_history,
    rewrite_with_history,
    update_with_history,
)
from registry.batch.merging import MERGED
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
    Rows of other lists that came out as they did only because it was in force are open again.

    :param second_user: agrees; somebody else than `user`
    :raises BatchNotPlanned: if the list is not in force
    :raises ReasonMissing: without a reason
    :raises SecondUserNeeded: if nobody else agrees
    :raises ListCannotBeUndone: if something depends on it; then nothing is taken back
    :raises ListBusy: if rows of another list came to rest on it just now
    """
    hold_meanings()
    resting = lists_resting_on(batch)
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.APPLIED])
    if second_user is None or second_user.pk == user.pk:
        raise SecondUserNeeded("撤销清单须由申请人以外的人员同意")
    take_every_turn(locked.area)
    refuse_busy(resting, resting_on=locked)
    lock_people_of(rows_done(locked))  # who decides on them is waited for
    lock_residents(merged_people(locked))
    _refuse(locked, reason=reason)
    written = f"undo {locked.kind} {locked.as_of} 批次{locked.pk}：{reason}"
    with caused_by(locked.pk):
        for effect in effects_of(locked):
            _take_back(effect, batch=locked, reason=written, user=user)
    undone = mark_undone(batch=locked, error=reason, user=user, second_user=second_user)
    open_again(resting, undone=undone)
    put_questions_right(user=user)
    have_followed()
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
    _restore(struck_out(effect, batch=batch), merged=effect.merged, reason=reason, user=user)
    before = as_before(effect, batch=batch)
    records = list(Recognition.objects.filter(pk__among=before).order_by("pk"))
    for record in records:
        record.valid_from, record.valid_to, record.attributes = before[record.pk]
    rewrite_with_history(records, fields=STATE, reason=reason, user=user)


def _restore(
    history_ids: Sequence[int], *, merged: Mapping[int, int], reason: str, user: AbstractBaseUser
) -> None:
    """Put back what the list struck out; of people merged since, under the record that has all of theirs.

    :raises ListCannotBeUndone: if that holds the same by itself
    """
    if not history_ids:
        return
    try:
        with transaction.atomic():
            restored = restore_with_history(Recognition, history_ids, reason=reason, user=user)
            theirs = Recognition.objects.filter(pk__among=restored, resident__among=merged)
            for gone in sorted(set(theirs.values_list("resident_id", flat=True))):
                said = f"{MERGED} {gone}: {reason}"[:100]
                update_with_history(
                    theirs.filter(resident=gone), {"resident_id": merged[gone]}, reason=said, user=user
                )
    except IntegrityError as error:
        if "recognitions_of_a_category_do_not_overlap" not in str(error):
            raise
        raise ListCannotBeUndone("不能撤销：有人合并后的档案另有同类身份，请先更正其中一份") from None
