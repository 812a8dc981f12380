"""Apply a planned list, in one transaction: exactly the changes that were shown, or nothing."""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast

from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import lock_planned_batch, mark_applied
from exchange.services.seen_plans import refuse_unseen
from hardship.models import Recognition
from hardship.rules.list_comparison import Doing
from hardship.rules.listers import lister_of
from hardship.selectors.endings import endings_guard
from hardship.selectors.since_planned import changed_since_planned
from hardship.services.lists.lines import AT_ONCE, seen_as_json
from hardship.services.lists.locking import hold_meanings, take_turns
from hardship.services.lists.outdated import refuse_outdated
from hardship.services.lists.planning import PREFIX
from policy.errors import DomainError
from registry.batch.collecting import collector_at_rest
from registry.batch.history import delete_with_history, rewrite_with_history, write_with_history
from registry.models.history import caused_by
from registry.services import lock_residents

STATE = ("valid_from", "valid_to", "attributes")  # what a list changes of a record


class PlanOutdated(DomainError):
    """A record changed since the list was planned; plan it again and look once more."""

    code = "plan_outdated"


class SecondUserNeeded(DomainError):
    """The list would end so many recognitions that somebody else has to agree."""

    code = "second_user_needed"


@transaction.atomic
def apply_list(
    *,
    batch: InboundBatch,
    user: AbstractBaseUser | None = None,
    second_user: AbstractBaseUser | None = None,
    seen: str = "",
) -> InboundBatch:
    """Put a planned list in force and return its batch.

    :param second_user: agrees where more of what stands would end than was agreed for the area; neither who
        planned nor who applies
    :param seen: which plan they looked at, as of `refuse_unseen`
    :raises BatchNotPlanned: if it is in force already, or was refused
    :raises PlanChanged: if it was planned anew since they looked
    :raises ListOutOfDate: if a full list of a later day that speaks of the same came into force meanwhile
    :raises SecondUserNeeded: if too many would end and nobody else agrees
    :raises PlanOutdated: if something it rests on changed since; then nothing of it is in force
    """
    hold_meanings()
    locked = lock_planned_batch(batch_id=batch.pk)
    refuse_unseen(locked, seen=seen)
    take_turns([locked])
    lock_people_of(InboundRow.objects.filter(batch=locked))
    refuse_unless_applicable(locked, user=user, second_user=second_user)
    for part in _chunks(locked):
        execute(part, batch=locked, user=user)
    return mark_applied(batch=locked, user=user, second_user=second_user)


def lock_people_of(rows: QuerySet[InboundRow]) -> None:
    """Hold the people that rows of lists are about until the transaction ends, as `lock_residents`."""
    lock_residents(rows.values(person=Cast("payload__resident", BigIntegerField())))


def refuse_unless_applicable(
    batch: InboundBatch, *, user: AbstractBaseUser | None, second_user: AbstractBaseUser | None
) -> None:
    """Refuse a plan the records have left behind, a full list that another has overtaken, and too many endings alone.

    :raises ListOutOfDate, PlanOutdated, SecondUserNeeded: as `apply_list`
    """
    refuse_outdated(batch)
    if changed_since_planned(batch):
        raise PlanOutdated(
            "方案生成以后，所涉人员的身份、登记、名称对照或此前的处置有变动，请重新比对后再确认"
        )
    _require_second(batch, user=user, second_user=second_user)


@collector_at_rest()
def execute(
    rows: Sequence[InboundRow], *, batch: InboundBatch, user: AbstractBaseUser | None, why: str = ""
) -> None:
    """Write the changes kept with some rows: first what ends, splits or is amended, then what starts.

    :param why: the reason of whoever decided that the rows take effect; the history keeps it
    :raises PlanOutdated: if one of the records is not as it was seen
    """
    reason = f"apply {batch.kind} {batch.as_of} 批次{batch.pk}{f'：{why}' if why else ''}"
    changes = [(row, change) for row in rows for change in row.payload["changes"]]
    lock_residents({row.payload["resident"] for row, _ in changes})
    keys = [change["recognition"] for _, change in changes if change["recognition"] is not None]
    records = {
        record.pk: record
        for record in Recognition.objects.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
    }
    new = []
    for row, change in changes:
        record = records.get(change["recognition"])
        if change["do"] not in (Doing.START, Doing.TURN):
            _put(record, change)
        if change["do"] in (Doing.START, Doing.TURN, Doing.SPLIT):
            new.append(_started(row, change, before=record, batch=batch, user=user))
    void = [change["recognition"] for _, change in changes if change["do"] == Doing.VOID]
    kept = [record for key, record in records.items() if key not in set(void)]
    try:
        with transaction.atomic(), caused_by(batch.pk):
            if void:
                delete_with_history(Recognition.objects.filter(pk__in=void), reason=reason, user=user)
            rewrite_with_history(kept, fields=STATE, reason=reason, user=user)
            write_with_history(new, reason=reason, user=user)
    except IntegrityError as error:
        if "recognitions_of_a_category_do_not_overlap" not in str(error):
            raise
        raise PlanOutdated("有人的同类身份在方案生成以后另有登记，请重新比对后再确认") from None


def _put(record: Recognition | None, change: dict[str, Any]) -> None:
    if record is None or change["seen"] != seen_as_json(
        record.valid_from, record.valid_to, record.attributes
    ):
        raise PlanOutdated(
            "有身份认定在方案生成以后变动过，请重新比对后再确认", recognition=change["recognition"]
        )
    if change["do"] in (Doing.AMEND, Doing.REOPEN):
        record.valid_to, record.attributes = _day(change["until"]), change["attributes"]
    elif change["do"] == Doing.RESTART:
        record.valid_from, record.valid_to = (
            datetime.date.fromisoformat(change["on"]),
            _day(change["until"]),
        )
    elif change["do"] != Doing.VOID:
        record.valid_to = _day(change["on"])


def _started(
    row: InboundRow,
    change: dict[str, Any],
    *,
    before: Recognition | None,
    batch: InboundBatch,
    user: AbstractBaseUser | None,
) -> Recognition:
    return Recognition(
        resident_id=row.payload["resident"],
        category_id=change["category"],
        valid_from=datetime.date.fromisoformat(change["on"]),
        valid_to=_day(change["until"]),
        attributes=change["attributes"],
        authority=lister_of(batch.kind.removeprefix(PREFIX)).issuer,
        agency_id=batch.agency_id,
        document=change.get("document", row.payload["document"]) or (before.document if before else ""),
        batch=batch,
        row_number=change.get("row", row.number),
        recorded_by_id=user.pk if user else None,
    )


def _require_second(
    batch: InboundBatch, *, user: AbstractBaseUser | None, second_user: AbstractBaseUser | None
) -> None:
    guard = endings_guard(batch)
    if not guard.needs_second:
        return
    if second_user is None or second_user.pk in {batch.created_by_id, user.pk if user else None}:
        over = "超过" if guard.is_passed else "不超过"
        raise SecondUserNeeded(
            f"该名单将取消或提前终止 {guard.ending} 条认定，{over}现有 {guard.standing} 条的 {guard.limit:.0%}"
            f"{f'，但{guard.passed_in}' if guard.passed_in else ''}，须由导入人、确认人以外的人员复核",
            ending=guard.ending,
            standing=guard.standing,
        )


def _chunks(batch: InboundBatch) -> Iterator[list[InboundRow]]:
    """Yield the rows with changes in key order, a chunk a query."""
    wanted = _changing(batch).order_by("pk")
    last = 0
    while rows := list(wanted.filter(pk__gt=last)[:AT_ONCE]):
        yield rows
        last = rows[-1].pk


def _changing(batch: InboundBatch) -> QuerySet[InboundRow]:
    return InboundRow.objects.filter(
        batch=batch, outcome__in=[RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.ENDED]
    )


def _day(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)
