"""Subsidy money in the fiscal account: recorded once a document, taken back by rows of their own."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from enrollment.models import FundTransfer
from enrollment.services.taking_back import has_come, taken_back
from policy.errors import DomainError, PolicyNotFound
from policy.money import yuan
from policy.policy import Policy
from policy.selectors import policy_for
from registry.models import Area
from registry.selectors import area_chain


class TransferConflict(DomainError):
    """The same document was recorded with another amount or day."""

    code = "transfer_conflict"


class TransferRefused(DomainError):
    """What was said cannot be recorded; nothing is written."""

    code = "transfer_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransfer:
    """Money that reached the fiscal account; `document` is the number it was sent under."""

    fiscal_year: int
    level: str
    amount: Decimal
    received_on: datetime.date
    document: str
    component: str = "basic"


@transaction.atomic
def record_transfer(
    *, area: Area, transfer: NewTransfer, user: AbstractBaseUser | None = None
) -> FundTransfer:
    """Record money received for an area; the same document said again changes nothing.

    A document whose record was taken back may be recorded anew.

    :raises TransferRefused: if the amount is not positive or the day to come
    :raises TransferConflict: if it is on record with another amount or day
    """
    if yuan(transfer.amount) <= 0:
        raise TransferRefused("到账金额须大于零；退回或登记有误的请冲回原记录", field="amount")
    if not has_come(transfer.received_on):
        raise TransferRefused("到账日期不能晚于今天", field="received_on")
    key = {
        "area": area,
        "fiscal_year": transfer.fiscal_year,
        "component": transfer.component,
        "level": transfer.level,
        "document": transfer.document.strip(),
    }
    entry = FundTransfer.objects.filter(**key, reverses__isnull=False).count() + 1
    said = {"amount": yuan(transfer.amount), "received_on": transfer.received_on}
    made, is_new = FundTransfer.objects.get_or_create(
        **key, entry=entry, reverses=None, defaults={**said, "recorded_by_id": user.pk if user else None}
    )
    if not is_new and (made.amount, made.received_on) != (said["amount"], said["received_on"]):
        raise TransferConflict(
            "同一拨付文号已有不同金额或日期的到账记录，请核对。", document=transfer.document
        )
    return made


@transaction.atomic
def reverse_transfer(
    *, transfer: FundTransfer, on: datetime.date, reason: str, user: AbstractBaseUser | None = None
) -> FundTransfer:
    """Take a receipt back by a negative row of its own; return that row.

    :param on: day from which the money does not count: that of the receipt where it was recorded wrongly
    :raises TransferRefused: if it was taken back already or is such a row, `on` is before it or to come, or no reason
        is said
    """
    kept = FundTransfer.objects.select_for_update(of=("self",)).get(pk=transfer.pk)
    return taken_back(kept, on=on, reason=reason, refused=TransferRefused, user=user)


def fiscal_policy(area: Area, fiscal_year: int) -> Policy:
    """Return the policy that speaks of a fiscal year: of the coverage year after it, or of the same year."""
    for year in (fiscal_year + 1, fiscal_year):
        try:
            policy = policy_for(areas=area_chain(area), year=year)
        except PolicyNotFound:
            continue
        if str(fiscal_year) in policy.financing.fiscal:
            return policy
    raise PolicyNotFound(f"没有写明 {fiscal_year} 财政年度补助的政策，请先录入。", fiscal_year=fiscal_year)
