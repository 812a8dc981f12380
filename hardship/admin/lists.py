"""The agencies' lists of identities on the upload page."""

from typing import Any

from django.contrib.auth.models import User

from exchange.admin.list_kinds import ListKind, Upload, offer
from exchange.models import AgencyKind, BatchMode, InboundBatch
from hardship.admin.differences import differences
from hardship.selectors.endings import endings_guard
from hardship.services.lists import (
    PREFIX,
    READERS,
    SecondUserNeeded,
    apply_held,
    apply_list,
    plan_list,
    replan_list,
)

LABELS = dict(AgencyKind.choices)


def _plan(kind: str, upload: Upload) -> InboundBatch:
    return plan_list(
        kind=kind,
        content=upload.content,
        file_name=upload.file_name,
        area=upload.area,
        as_of=upload.as_of,
        mode=upload.mode,
        user=upload.user,
    )


def apply_with_second(*, batch: InboundBatch, user: User) -> InboundBatch:
    """Apply a planned list; where too many would end, a colleague's confirmation is the second pair of eyes.

    :raises SecondUserNeeded: if too many would end and the planner confirms alone
    """
    try:
        return apply_list(batch=batch, user=user)
    except SecondUserNeeded:
        if batch.created_by is None or batch.created_by == user:
            raise
        return apply_list(batch=batch, user=batch.created_by, second_user=user)


def _retry(*, batch: InboundBatch, user: User) -> Any:
    return apply_held(batch=batch, user=user)


def _offer(kind: str) -> None:
    def plan(upload: Upload) -> InboundBatch:
        return _plan(kind, upload)

    offer(
        ListKind(
            code=f"{PREFIX}{kind}",
            label=f"{LABELS[kind]}困难身份名单",
            plan=plan,
            apply=apply_with_second,
            retry=_retry,
            replan=replan_list,
            compare=differences,
            guard=endings_guard,
            modes=(BatchMode.FULL, BatchMode.SUPPLEMENTARY),
        )
    )


for each in READERS:
    _offer(each)
