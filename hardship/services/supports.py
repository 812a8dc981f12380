"""Third parties' support (资金扶持): recorded as it was given, taken back by a row of its own; never assistance."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from exchange.models import InboundBatch
from hardship.models import ThirdPartySupport
from policy.errors import DomainError
from policy.money import yuan
from policy.trace import Step
from registry.batch.history import write_with_history
from registry.models import Resident
from registry.services import lock_residents

REASON_LENGTH = 100


class SupportBeyondOffer(DomainError):
    """A third party's payment is not between nothing and what was offered."""

    code = "support_beyond_offer"


class SupportTakenBack(DomainError):
    """The support was taken back already, or is itself such a row."""

    code = "support_taken_back"


class SupportReasonMissing(DomainError):
    """Nothing is taken back without a reason."""

    code = "reason_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What a town or village gives towards the sum left to a person, as `top_up` answered."""

    giver: str
    offered: Decimal
    amount: Decimal
    given_on: datetime.date
    document: str = ""
    trace: Sequence[Step] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSupport:
    """A support of a list, and whose year it is for."""

    resident_id: int
    coverage_year: int
    support: Support


@transaction.atomic
def record_support(
    *, resident: Resident, coverage_year: int, support: Support, user: AbstractBaseUser | None = None
) -> ThirdPartySupport:
    """Record a third party's support (资金扶持); it is no assistance and does not compete with it.

    :raises SupportBeyondOffer: if the amount is negative or above the offer

    Source: 唐医保函〔2024〕45号 二(四).
    """
    lock_residents([resident.pk])
    row = _row(NewSupport(resident_id=resident.pk, coverage_year=coverage_year, support=support))
    return _written(row, reason="give support", user=user)


@transaction.atomic
def record_supports(
    *, rows: Iterable[NewSupport], batch: InboundBatch | None = None, user: AbstractBaseUser | None = None
) -> list[ThirdPartySupport]:
    """Record the supports of a list, set-based, in its order; the caller holds the residents.

    :raises SupportBeyondOffer: if an amount is negative or above its offer; then none is recorded
    """
    made = []
    for each in rows:
        row = _row(each)
        row.batch_id, row.recorded_by_id = batch.pk if batch else None, user.pk if user else None
        made.append(row)
    return write_with_history(made, reason="give support", user=user)


def _row(new: NewSupport) -> ThirdPartySupport:
    support = new.support
    if not 0 <= support.amount <= support.offered:
        raise SupportBeyondOffer(
            f"实际支持金额 {support.amount} 元应在 0 与拟支持金额 {support.offered} 元之间"
        )
    return ThirdPartySupport(
        resident_id=new.resident_id,
        coverage_year=new.coverage_year,
        giver=support.giver,
        offered=yuan(support.offered),
        amount=yuan(support.amount),
        given_on=support.given_on,
        document=support.document,
        trace=[step.as_json() for step in support.trace],
    )


@transaction.atomic
def take_support_back(
    *, support: ThirdPartySupport, on: datetime.date, reason: str, user: AbstractBaseUser | None = None
) -> ThirdPartySupport:
    """Take a support back, withdrawn or recorded wrongly, by a row of its own; return that row.

    :raises SupportTakenBack: if that has happened, or the row is one of these itself
    :raises SupportReasonMissing: without a reason
    """
    lock_residents([support.resident_id])
    locked = ThirdPartySupport.objects.select_for_update(of=("self",)).get(pk=support.pk)
    if locked.reverses_id is not None or ThirdPartySupport.objects.filter(reverses=locked).exists():
        raise SupportTakenBack("该笔资金扶持已冲回，不能再次冲回", support=locked.pk)
    if not reason.strip():
        raise SupportReasonMissing("请填写事由", field="reason")
    row = ThirdPartySupport(
        resident_id=locked.resident_id,
        coverage_year=locked.coverage_year,
        giver=locked.giver,
        offered=-locked.offered,
        amount=-locked.amount,
        given_on=on,
        reverses=locked,
        reason=reason.strip(),
    )
    return _written(row, reason=f"take support back {reason.strip()}", user=user)


def _written(row: ThirdPartySupport, *, reason: str, user: AbstractBaseUser | None) -> ThirdPartySupport:
    row.recorded_by_id = user.pk if user else None
    write_with_history([row], reason=reason[:REASON_LENGTH], user=user)
    return row
