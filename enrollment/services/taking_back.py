"""Money recorded once a document and taken back by a row of its own with the opposite sum (冲回)."""

import datetime
from typing import TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from enrollment.models import FundTransfer, SettlementPayment
from policy.errors import DomainError

Recorded = TypeVar("Recorded", FundTransfer, SettlementPayment)
NOT_COPIED = ("id", "batch", "recorded_at")


def has_come(day: datetime.date) -> bool:
    """Whether money can have moved by that day: on one to come nobody has seen it yet."""
    return day <= timezone.localdate()


def taken_back(
    kept: Recorded,
    *,
    on: datetime.date,
    reason: str,
    refused: type[DomainError],
    user: AbstractBaseUser | None,
) -> Recorded:
    """Write the row that takes a locked one back, and return it.

    From the day of the row on the money does not count; until then it does, and its document cannot be recorded anew
    beside it. That is why the day must have come.

    :param on: the day of the money where it was recorded wrongly, of its way back where it was sent back
    :raises DomainError: as `refused`, if it was taken back already or is such a row, `on` is before its day or to
        come, or no reason is said
    """
    model = type(kept)
    (day,) = {"received_on", "paid_on"} & {each.name for each in model._meta.fields}
    if kept.reverses_id is not None or model.objects.filter(reverses=kept).exists():
        raise refused("该笔款项已冲回，或本身就是冲回记录")
    if on < getattr(kept, day) or not has_come(on):
        raise refused("冲回日期不能早于到账日期，也不能晚于今天", field="on")
    if not reason.strip():
        raise refused("请填写冲回事由", field="reason")
    copied = {
        each.attname: getattr(kept, each.attname)
        for each in model._meta.concrete_fields
        if each.name not in NOT_COPIED
    }
    changed = {"amount": -kept.amount, day: on, "reverses_id": kept.pk, "reason": reason.strip()}
    return model.objects.create(**copied | changed | {"recorded_by_id": user.pk if user else None})
