"""What payers paid of assistance settlements: recorded once a document, taken back by rows, and what is open."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Sum

from enrollment.models import AssistanceSettlement, SettlementPayment, SettlementRow, SettlementState
from enrollment.services.taking_back import has_come, taken_back
from policy.errors import DomainError
from policy.money import ZERO, yuan
from registry.models import Area
from registry.selectors import areas_under

Key = tuple[str, str]  # component, payers


class SettlementPaymentConflict(DomainError):
    """The same document was recorded with another amount or day."""

    code = "settlement_payment_conflict"


class SettlementPaymentRefused(DomainError):
    """What was said cannot be recorded; nothing is written."""

    code = "settlement_payment_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSettlementPayment:
    """Money a payer sent for one line of a settlement; negative = it was sent back to them."""

    component: str
    payers: str
    payer: str
    amount: Decimal
    paid_on: datetime.date
    document: str


@dataclass(frozen=True, slots=True)
class OwedLine:
    """What one payer, or payers together, owe of one component in a settlement, in yuan."""

    settlement: AssistanceSettlement
    component: str
    payers: str
    owed: Decimal
    paid: Decimal

    @property
    def rest(self) -> Decimal:
        """What is open; negative = the payers get it back."""
        return self.owed - self.paid


def owed_lines(settlements: Iterable[AssistanceSettlement]) -> list[OwedLine]:
    """Return the lines of settlements in their order, two queries for any number of them."""
    asked = list(settlements)
    keys = ("settlement", "component", "payers")
    sums = [
        {
            tuple(key): amount
            for *key, amount in model.objects.filter(settlement__in=asked)
            .order_by()
            .values_list(*keys)
            .annotate(sum=Sum("amount"))
        }
        for model in (SettlementRow, SettlementPayment)
    ]
    owed, paid = sums
    place = {each.pk: nth for nth, each in enumerate(asked)}
    return [
        OwedLine(
            asked[place[pk]], component, payers, owed.get((pk, component, payers), ZERO),
            paid.get((pk, component, payers), ZERO),
        )
        for pk, component, payers in sorted({*owed, *paid}, key=lambda key: (place[key[0]], key[1:]))
    ]  # fmt: skip


def settlement_standing(*, area: Area, year: int) -> list[OwedLine]:
    """Return the lines of the settlements at or below `area` for months of a year, by month and place.

    Only of approved ones: drafts are not owed yet.
    """
    approved = AssistanceSettlement.objects.filter(
        area__in=areas_under(area), month__year=year, state=SettlementState.APPROVED
    )
    return owed_lines(approved.select_related("area").order_by("month", "area__path"))


@transaction.atomic
def record_settlement_payment(
    *, settlement: AssistanceSettlement, payment: NewSettlementPayment, user: AbstractBaseUser
) -> SettlementPayment:
    """Record what a payer paid of a line; the same document said again changes nothing.

    :raises SettlementPaymentRefused: if the settlement is not approved, nobody owes such a line, the payer is not one
        of those who owe it, the day has not come, or it is more than what is open
    :raises SettlementPaymentConflict: if the document is on record with another amount or day
    """
    asked = _locked(settlement)
    key = {
        "settlement": asked,
        "component": payment.component,
        "payers": payment.payers,
        "payer": payment.payer,
        "document": payment.document.strip(),
    }
    entry = SettlementPayment.objects.filter(**key, reverses__isnull=False).count() + 1
    amount = yuan(payment.amount)
    if made := SettlementPayment.objects.filter(**key, entry=entry, reverses=None).first():
        if (made.amount, made.paid_on) != (amount, payment.paid_on):
            raise SettlementPaymentConflict(
                "同一付款文号已有不同金额或日期的记录，请核对。", document=payment.document
            )
        return made
    _check(asked, payment, amount)
    return SettlementPayment.objects.create(
        **key, entry=entry, amount=amount, paid_on=payment.paid_on, recorded_by_id=user.pk
    )


@transaction.atomic
def reverse_settlement_payment(
    *, payment: SettlementPayment, on: datetime.date, reason: str, user: AbstractBaseUser
) -> SettlementPayment:
    """Take a payment back by a row of its own with the opposite sum; return that row.

    :param on: day from which it does not count: that of the payment where it was recorded wrongly
    :raises SettlementPaymentRefused: if it was taken back already or is such a row, `on` is before it or to come, or
        no reason is said
    """
    _locked(payment.settlement)
    kept = SettlementPayment.objects.get(pk=payment.pk)
    return taken_back(kept, on=on, reason=reason, refused=SettlementPaymentRefused, user=user)


def _locked(settlement: AssistanceSettlement) -> AssistanceSettlement:
    found = AssistanceSettlement.objects.select_for_update(of=("self",)).get(pk=settlement.pk)
    if found.state != SettlementState.APPROVED:
        raise SettlementPaymentRefused("结算复核后才能登记付款")
    return found


def _check(settlement: AssistanceSettlement, payment: NewSettlementPayment, amount: Decimal) -> None:
    line = next(
        (
            each
            for each in owed_lines([settlement])
            if (each.component, each.payers) == (payment.component, payment.payers)
        ),
        None,
    )
    if line is None:
        raise SettlementPaymentRefused("本次结算没有这一险种和出资方的应付款", field="line")
    if line.payers and payment.payer not in line.payers.split("+"):
        raise SettlementPaymentRefused("付款方不是这一笔的出资方", field="payer")
    if not payment.document.strip():
        raise SettlementPaymentRefused("请填写付款文号", field="document")
    if not has_come(payment.paid_on):
        raise SettlementPaymentRefused("到账日期不能晚于今天", field="paid_on")
    if not amount or amount * line.rest < 0 or abs(amount) > abs(line.rest):
        raise SettlementPaymentRefused(
            f"尚未结清 {line.rest} 元，登记金额须与其同号且不超过；多付的请先核对", field="amount"
        )
