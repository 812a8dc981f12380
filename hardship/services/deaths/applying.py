"""Record the deaths of a planned list, and take them back, each in one transaction."""

import datetime
from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import (
    lock_batch,
    lock_planned_batch,
    mark_applied,
    recount,
)
from exchange.services.seen_plans import refuse_unseen
from exchange.services.undo_marks import mark_undone, note_undo_request
from hardship.selectors.since_planned import people_changed_since_planned
from hardship.services.deaths.planning import look_again
from hardship.services.dependents import decided_since
from hardship.services.followers import have_followed
from hardship.services.lists.applying import SecondUserNeeded, lock_people_of
from hardship.services.lists.locking import hold_meanings, take_every_turn
from hardship.services.lists.reopening import lists_resting_on, open_again, refuse_busy
from hardship.services.lists.undoing import refuse_depended_on
from policy.errors import DomainError
from registry.batch.merging import merged_since
from registry.models import Resident
from registry.models.history import caused_by
from registry.services.record_deaths import record_deaths, withdraw_deaths

OUTDATED = "方案生成以后，所涉人员的登记有变动，请重新比对后再确认"


class DeathsOutdated(DomainError):
    """Somebody on the list died, moved or got another number or name since it was planned, or since it was applied."""

    code = "plan_outdated"


@transaction.atomic
def apply_deaths(
    *, batch: InboundBatch, user: AbstractBaseUser | None = None, seen: str = ""
) -> InboundBatch:
    """Record the deaths of a planned list, all of them or none.

    :param seen: which plan they looked at, as of `refuse_unseen`
    :raises BatchNotPlanned: if it is in force already, or was refused
    :raises PlanChanged: if it was planned anew since they looked
    :raises DeathsOutdated: if somebody on it is not as they were when it was planned; then nothing is recorded
    """
    locked = lock_planned_batch(batch_id=batch.pk)
    refuse_unseen(locked, seen=seen)
    lock_people_of(InboundRow.objects.filter(batch=locked))
    if people_changed_since_planned(locked):
        raise DeathsOutdated(OUTDATED)
    _record(locked, user=user)
    return mark_applied(batch=locked, user=user)


@transaction.atomic
def apply_held_deaths(*, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Look again at the rows of an applied list whose people were unknown, and record those that are known by now."""
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.APPLIED])
    looked_at = look_again(locked, outcomes=[RowOutcome.HELD])
    _record(locked, user=user, only=looked_at)
    return recount(batch=locked)


@transaction.atomic
def ask_to_undo_deaths(*, batch: InboundBatch, reason: str, user: AbstractBaseUser) -> InboundBatch:
    """Ask that an applied list be taken back; a colleague agrees by `undo_deaths`.

    :raises BatchNotPlanned: if the list is not in force
    :raises ListCannotBeUndone: if something was decided since for whom it recorded as dead
    """
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.APPLIED])
    _refuse_depended_on(locked)
    return note_undo_request(batch=locked, reason=reason, user=user)


@transaction.atomic
def undo_deaths(
    *, batch: InboundBatch, reason: str, user: AbstractBaseUser, second_user: AbstractBaseUser | None = None
) -> InboundBatch:
    """Take an applied list back: whom it recorded as dead is alive again; the same file may come again.

    Rows of lists of identities that came out as they did only because of these deaths are open again.

    :param second_user: who agreed to what `user` asked for
    :raises BatchNotPlanned: if the list is not in force
    :raises SecondUserNeeded: if nobody else agrees
    :raises DeathsOutdated: if somebody's day of death was corrected since; then nothing is taken back
    :raises ListCannotBeUndone: if something was decided since for whom it recorded as dead
    :raises ListBusy: if rows of another list came to rest on it just now
    """
    hold_meanings()
    resting = lists_resting_on(batch)
    locked = lock_batch(batch_id=batch.pk, statuses=[BatchStatus.APPLIED])
    if second_user is None or second_user.pk == user.pk:
        raise SecondUserNeeded("撤销清单须由申请人以外的人员同意")
    take_every_turn(locked.area)
    refuse_busy(resting, resting_on=locked)
    deaths = _deaths_standing(locked)
    standing = dict(
        Resident.objects.filter(pk__in=deaths).select_for_update(of=("self",)).values_list("pk", "died_on")
    )
    changed = [pk for pk, day in deaths.items() if standing.get(pk) != day]
    if changed:
        raise DeathsOutdated(f"有 {len(changed)} 人的死亡日期在清单生效后更正过，不能整份撤销，请逐人办理")
    _refuse_depended_on(locked)
    with caused_by(locked.pk):
        withdraw_deaths(resident_ids=deaths, reason=f"undo deaths 批次{locked.pk} {reason}", user=user)
    undone = mark_undone(batch=locked, error=reason, user=user, second_user=second_user)
    open_again(resting, undone=undone)
    have_followed()
    return undone


def _deaths_standing(batch: InboundBatch) -> dict[int, datetime.date]:
    """Return whose death an applied batch records, but for records merged since: the kept one's is its own."""
    assert batch.applied_at is not None
    merged = merged_since(batch.applied_at)
    return {pk: day for pk, day in _deaths(batch).items() if pk not in merged}


def _refuse_depended_on(batch: InboundBatch) -> None:
    """Refuse while anything paid, settled or granted since knew these people as dead."""
    assert batch.applied_at is not None
    decided = decided_since(resident_ids=_deaths_standing(batch).keys(), since=batch.applied_at)
    refuse_depended_on({words: len(residents) for words, residents in decided.items()})


def _record(batch: InboundBatch, *, user: AbstractBaseUser | None, only: Sequence[int] | None = None) -> None:
    deaths = _deaths(batch, only=only)
    rows = Resident.objects.filter(pk__in=deaths).select_for_update(of=("self",))
    if any(day is not None for day in rows.order_by("pk").values_list("died_on", flat=True)):
        raise DeathsOutdated(OUTDATED)
    with caused_by(batch.pk):
        record_deaths(deaths=deaths, reason=f"apply deaths {batch.as_of} 批次{batch.pk}", user=user)


def _deaths(batch: InboundBatch, *, only: Sequence[int] | None = None) -> dict[int, datetime.date]:
    """Return whose death the batch records, and on which day."""
    rows = InboundRow.objects.filter(batch=batch, outcome=RowOutcome.NEW)
    if only is not None:
        rows = rows.filter(pk__in=only)
    said = rows.values_list("payload__resident", "payload__died_on")
    return {resident: datetime.date.fromisoformat(day) for resident, day in said}
