"""The agencies' lists of identities on the upload page."""

from functools import partial
from typing import Any

from django.contrib.auth.models import User

from exchange.admin.list_kinds import ListKind, RowDesk, Upload, by_second, offer
from exchange.models import BatchMode, InboundBatch
from exchange.parsers.templates import sample_of, template_of
from exchange.services.batches import take_in_hand
from hardship.admin.differences import differences
from hardship.parsers.kinds import IDENTITY_LISTS, IdentityList
from hardship.rules.listers import lister_of
from hardship.selectors.endings import endings_guard
from hardship.services.lists import (
    PREFIX,
    SecondUserNeeded,
    ask_to_undo,
    compare_row_again,
    decisions_for,
    refuse_list,
    resolve_row,
    resolve_rows,
    undo_list,
)
from hardship.tasks import confirm_list, plan_again, plan_received_list, retry_list, submit_list


def _plan(kind: str, upload: Upload) -> InboundBatch:
    return submit_list(
        kind=kind,
        content=upload.content,
        file_name=upload.file_name,
        area=upload.area,
        as_of=upload.as_of,
        mode=upload.mode,
        agency=upload.agency,
        user=upload.user,
    )


def apply_with_second(*, batch: InboundBatch, user: User, seen: str = "") -> InboundBatch:
    """Apply a planned list; where too many would end, a colleague's confirmation is the second pair of eyes.

    Of a list that an agency's program sent, the first who confirms takes the planner's place.

    :param seen: as of `apply_list`
    :raises SecondUserNeeded: if too many would end and the planner confirms alone
    """
    try:
        return confirm_list(batch=batch, user=user, seen=seen)
    except SecondUserNeeded:
        batch = take_in_hand(batch=batch, user=user)
        if batch.created_by is None or batch.created_by == user:
            raise
        return confirm_list(batch=batch, user=batch.created_by, second_user=user, seen=seen)


def _read_again(*, batch: InboundBatch, user: User) -> Any:
    return plan_received_list.delay(batch_id=batch.pk)


def _offer(kind: str, each: IdentityList) -> None:
    def plan(upload: Upload) -> InboundBatch:
        return _plan(kind, upload)

    offer(
        ListKind(
            code=f"{PREFIX}{kind}",
            label=each.label,
            about=each.about,
            template=partial(template_of, each.form),
            sample=partial(sample_of, each.form),
            plan=plan,
            apply=apply_with_second,
            retry=retry_list,
            refuse=refuse_list,
            replan=plan_again,
            read_again=_read_again,
            ask_undo=ask_to_undo,
            undo=by_second(undo_list),
            compare=differences,
            guard=endings_guard,
            desk=RowDesk(
                decisions=decisions_for, decide=resolve_row, several=resolve_rows, again=compare_row_again
            ),
            modes=(BatchMode.FULL, BatchMode.SUPPLEMENTARY),
            sender=lister_of(kind).issuer,
            told_apart={
                "reappeared": "重新纳入",
                "differs_from_issuer": "与认定部门登记的不一致",
                "start_differs": "起始日期与登记不一致",
                "start_adopted": "已采用名单的起始日期",
                "start_kept": "已决定保留登记的起始日期",
                "decided_before": "此前已决定保留登记",
            },
        )
    )


for code, identity_list in IDENTITY_LISTS.items():
    _offer(code, identity_list)
