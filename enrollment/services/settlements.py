"""Settling premium assistance with its payers (资助参保结算): drawn up a month, approved by another person, frozen."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from enrollment.batch.settlement_rows import rewrite_rows_of
from enrollment.models import AssistanceSettlement, SettlementRow, SettlementState
from enrollment.services.booking.store import REVERSAL
from policy.errors import DomainError
from policy.money import ZERO
from registry.batch.history import rewrite_with_history, write_with_history
from registry.models import Area

DRAW_UP = "draw up assistance settlement"
APPROVE = "approve assistance settlement"


class SettlementRefused(DomainError):
    """The settlement cannot be drawn up or approved now; nothing is written."""

    code = "settlement_refused"


@transaction.atomic
def draw_up_settlement(*, area: Area, month: datetime.date, user: AbstractBaseUser) -> AssistanceSettlement:
    """Draw up what payers owe for the people below `area` by the end of a month, or draw its draft up anew.

    A grant counts on the day its premium was paid, or it was decided on where that came after the payment; one taken
    back is a negative row of the day it was taken back. What became known after its own month was approved is a row of
    the next month drawn up, with its own day.

    :param month: any day of it
    :raises SettlementRefused: if the month is not over, approved, or before one that is drawn up, or if parts of a
        grant do not add up to it
    """
    first = month.replace(day=1)
    last = (first + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
    if last >= timezone.localdate():
        raise SettlementRefused(f"{first:%Y-%m} 尚未结束，次月起可以结算")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", ["assistance settlements"])
    if AssistanceSettlement.objects.filter(area=area, month__gt=first).exists():
        raise SettlementRefused("后面的月份已经编制，变动列入以后的月份")
    draft = (
        AssistanceSettlement.objects.select_for_update(of=("self",)).filter(area=area, month=first).first()
    )
    if draft is None:
        fresh = AssistanceSettlement(area=area, month=first, made_by_id=user.pk, made_at=timezone.now())
        (draft,) = write_with_history([fresh], reason=DRAW_UP, user=user)
    elif draft.state != SettlementState.DRAFT:
        raise SettlementRefused(f"{first:%Y-%m} 的结算已复核，变动列入以后的月份")
    elif SettlementRow.objects.filter(reverses__settlement=draft).exists():
        raise SettlementRefused("其他地区以后月份的结算已冲回其中的资助，变动列入以后的月份")
    without = rewrite_rows_of(draft, last=last, reversal=REVERSAL)
    if short := without + _not_adding_up(draft):
        raise SettlementRefused(f"有 {short} 人的资助分项与合计不符，请核对", grants=short)
    draft.amount = draft.rows.aggregate(sum=Sum("amount", default=ZERO))["sum"]
    draft.made_by_id, draft.made_at = user.pk, timezone.now()
    rewrite_with_history([draft], fields=("amount", "made_by", "made_at"), reason=DRAW_UP, user=user)
    return draft


@transaction.atomic
def approve_settlement(*, settlement: AssistanceSettlement, user: AbstractBaseUser) -> AssistanceSettlement:
    """Approve a settlement as a second person: from now on it stays as it is.

    :raises SettlementRefused: if it is approved already, or the user drew it up
    """
    draft = AssistanceSettlement.objects.select_for_update(of=("self",)).get(pk=settlement.pk)
    if draft.state != SettlementState.DRAFT:
        raise SettlementRefused("该结算已复核")
    if draft.made_by_id == user.pk:
        raise SettlementRefused("编制人不能复核自己的结算")
    draft.state, draft.approved_by_id = SettlementState.APPROVED, user.pk
    draft.approved_at = timezone.now()
    rewrite_with_history([draft], fields=("state", "approved_by", "approved_at"), reason=APPROVE, user=user)
    return draft


@dataclass(frozen=True, slots=True)
class LateSum:
    """Rows of a settlement that are of months before its own."""

    rows: int
    amount: Decimal


def late_sum(settlement: AssistanceSettlement) -> LateSum:
    """Return how many rows of a settlement belong to earlier months, and their sum in yuan."""
    late = SettlementRow.objects.filter(settlement=settlement, owed_on__lt=settlement.month)
    sums = late.aggregate(rows=Count("pk"), amount=Sum("amount", default=ZERO))
    return LateSum(**sums)


def _not_adding_up(settlement: AssistanceSettlement) -> int:
    """Return how many grants of a settlement have parts that are not their sum."""
    parts = SettlementRow.objects.filter(settlement=settlement, reverses=None).order_by()
    sums = parts.values("grant").annotate(sum=Sum("amount"), whole=F("grant__total"))
    return sums.exclude(sum=F("whole")).count()
