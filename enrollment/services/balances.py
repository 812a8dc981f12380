"""Balances (应退应补): opened by a decision about a paid year, squared by money, cancelled with the premium."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from enrollment.models import Balance, BalanceKind, BalanceState, ContributionPeriod, Payment
from policy.errors import DomainError
from policy.money import ZERO
from registry.batch.history import rewrite_with_history, update_with_history
from registry.services import lock_residents

SQUARE = "square balance"
CANCEL = "cancel balance"
TAKEN_OVER = "cancel balance：并入退费"


class BalanceNotOpen(DomainError):
    """The balance is squared or cancelled already."""

    code = "balance_not_open"


class PremiumGoesByTax(DomainError):
    """A premium goes back the way it came: the tax authority's row says when."""

    code = "premium_goes_by_tax"


class RefundUnderWay(DomainError):
    """A refund of the year is decided and has not gone: the year ends with it, so nothing else moves it meanwhile."""

    code = "refund_under_way"


class EvidenceMissing(DomainError):
    """Money that did not go through the tax authority needs a document."""

    code = "evidence_missing"


@transaction.atomic
def square_balance(
    *, balance: Balance, on: datetime.date, document: str, user: AbstractBaseUser | None = None
) -> Balance:
    """Note that the money went another way than through the tax authority, such as to the person's account.

    :raises BalanceNotOpen: if it is squared or cancelled already
    :raises EvidenceMissing: without a document
    :raises PremiumGoesByTax: if it is a premium that goes back to the person
    """
    lock_residents([balance.resident_id])
    locked = Balance.objects.select_for_update(of=("self",)).get(pk=balance.pk)
    if locked.state != BalanceState.OPEN:
        raise BalanceNotOpen(f"该笔款项{locked.get_state_display()}，不能再办理", state=locked.state)
    if locked.is_premium and not locked.party:
        raise PremiumGoesByTax("退保费由税务部门原渠道办理，退费流水到达后自动结清")
    if not document.strip():
        raise EvidenceMissing("请填写退付或收款凭证号", field="document")
    locked.state, locked.squared_on, locked.document = BalanceState.SQUARED, on, document.strip()
    rewrite_with_history([locked], fields=("state", "squared_on", "document"), reason=SQUARE, user=user)
    return locked


def square_by_payments(pairs: Iterable[tuple[Balance, Payment]], *, user: AbstractBaseUser | None) -> None:
    """Square balances by the tax authority's rows."""
    squared = []
    for balance, payment in pairs:
        balance.state, balance.squared_on = BalanceState.SQUARED, payment.paid_on
        balance.payment_id = payment.pk
        squared.append(balance)
    rewrite_with_history(squared, fields=("state", "squared_on", "payment"), reason=SQUARE, user=user)


def cancel_balances(
    contributions: Sequence[ContributionPeriod], *, user: AbstractBaseUser | None
) -> list[int]:
    """Cancel what is open of contributions whose premium was taken back; return the keys.

    What a decided refund gives back stays open until its own money went, and so does what third parties are to get
    back: the year ends with the refund, so that their support is not used again. Where a payment is only reversed the
    year is as if nobody had paid: its next quote takes the whole offer up anew.
    """
    ending = open_refunds().filter(contribution=OuterRef("contribution"))
    waiting = Balance.objects.filter(
        Q(party="") | ~Exists(ending),
        contribution__in=contributions,
        state=BalanceState.OPEN,
        is_premium=False,
    )
    return update_with_history(waiting, {"state": BalanceState.CANCELLED}, reason=CANCEL, user=user)


def cancel_refunds(refunds: Sequence[Balance], *, user: AbstractBaseUser | None) -> None:
    """Cancel open refunds of support that is used again."""
    waiting = Balance.objects.filter(pk__in=[each.pk for each in refunds], state=BalanceState.OPEN)
    update_with_history(waiting, {"state": BalanceState.CANCELLED}, reason=CANCEL, user=user)


def open_refunds() -> QuerySet[Balance]:
    """Return the persons' premiums that were decided to go back and have not gone."""
    return Balance.objects.filter(is_premium=True, party="", state=BalanceState.OPEN)


def refuse_under_refund(contributions: Iterable[ContributionPeriod]) -> None:
    """Refuse to quote or grant years anew that end when their premium has gone back.

    :raises RefundUnderWay: then
    """
    asked = [each.pk for each in contributions if each.paid]
    if asked and open_refunds().filter(contribution__in=asked).exists():
        raise RefundUnderWay("该年度退费已决定，待税务退费流水到达，其间不能重新核定或调整资助")


def own_excess(contribution: ContributionPeriod) -> QuerySet[Balance]:
    """Return what a person is to get or to pay since the figures of their year changed, and has not yet."""
    return Balance.objects.filter(
        contribution=contribution, party="", is_premium=False, state=BalanceState.OPEN
    )


def moved_apart(contribution: ContributionPeriod) -> Decimal:
    """Return the yuan of a year that went to or came from the person by documents, past the tax authority."""
    found = balances_of([contribution]).apart
    return found.get(contribution.pk, ZERO)


def take_over_excess(contribution: ContributionPeriod, *, user: AbstractBaseUser | None) -> None:
    """Cancel what a person was to get or to pay of a year: all that they paid goes back instead, once."""
    update_with_history(
        own_excess(contribution), {"state": BalanceState.CANCELLED}, reason=TAKEN_OVER, user=user
    )


@dataclass(frozen=True, slots=True)
class Balances:
    """What stands between paid contributions and the tax authority's next rows.

    :ivar waiting: (contribution, kind, yuan) → the oldest such open balance of the person
    :ivar premiums: contribution → original payment → the open balance by which all that is left of it goes back
    :ivar apart: contribution → yuan that went to or came from the person by documents, past the tax authority
    """

    waiting: dict[tuple[int, str, Decimal], Balance] = field(default_factory=dict)
    premiums: dict[int, dict[int, Balance]] = field(default_factory=dict)
    apart: dict[int, Decimal] = field(default_factory=dict)


def balances_of(contributions: Iterable[ContributionPeriod]) -> Balances:
    """Return the persons' balances of contributions, in one query."""
    found = Balances()
    rows = Balance.objects.filter(contribution__in=contributions, party="").exclude(
        state=BalanceState.CANCELLED
    )
    for row in rows.order_by("-pk"):
        if row.original_id is not None:
            if row.state == BalanceState.OPEN:
                found.premiums.setdefault(row.contribution_id, {})[row.original_id] = row
        elif row.state == BalanceState.OPEN:
            found.waiting[row.contribution_id, row.kind, row.amount] = row
        elif row.payment_id is None:
            found.apart[row.contribution_id] = found.apart.get(row.contribution_id, ZERO) + row.amount
    return found


def signed(amount: Decimal) -> Mapping[str, object]:
    """Return kind and amount of what is due to (positive) or from the person."""
    kind = BalanceKind.REFUND if amount > 0 else BalanceKind.RECOVERY
    return {"kind": kind, "amount": abs(amount)}
