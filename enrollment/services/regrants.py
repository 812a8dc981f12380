"""Give a paid year another grant: the old one reversed, the new one frozen, the money that moves as balances."""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from casework.models import Case
from enrollment.models import Balance, ContributionPeriod, ContributionState
from enrollment.rules.dues import Part
from enrollment.rules.regrants import Regranted, divided, regranted
from enrollment.rules.support_shares import Share, shares_returned
from enrollment.selectors.support import support_shares, waiting_refunds
from enrollment.services.balances import cancel_refunds, refuse_under_refund, signed
from enrollment.services.contributions import save_contributions, standing_contributions
from hardship.models import AssistanceGrant
from hardship.rules.payers import PayerShare
from hardship.rules.premium_assistance import Grant
from hardship.services.grants import GrantDecision, freeze_grants, reverse_grants, save_grants
from policy.errors import DomainError
from policy.money import ZERO, yuan
from policy.trace import Step
from policy.words import said
from registry.batch.history import write_with_history
from registry.services import lock_residents

CHANGED = (
    "components", "assisted", "supported", "payable", "grant", "trace", "working", "decided_at", "case",
    "policy_digest",
)  # fmt: skip
REASON_LENGTH = 100


class NotPaid(DomainError):
    """The year is not paid (any more): its quote follows the facts by itself."""

    code = "contribution_not_paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """The grant a paid year gets instead of the one it has.

    :param grant: without an amount the year is left without assistance
    :param policy_digest: of the law that says so
    :param steps: its working
    """

    grant: Grant
    policy_key: str
    policy_digest: str
    steps: Sequence[Step] = field(default=())


def paid_contribution(
    contribution_id: int, *, states: Collection[str] = (ContributionState.PAID,)
) -> ContributionPeriod:
    """Return a paid contribution with its grant, its resident locked until the transaction ends.

    :param states: what counts as paid
    :raises NotPaid: if it is not paid, or its registration was withdrawn
    """
    owner = ContributionPeriod.objects.filter(pk=contribution_id).values_list("resident", "coverage_year")
    resident_id, year = owner.get()
    lock_residents([resident_id])
    found = (
        standing_contributions(resident_ids=[resident_id], coverage_years=[year])
        .filter(pk=contribution_id, state__in=states)
        .select_related("grant")
        .first()
    )
    if found is None:
        raise NotPaid("该年度保费未缴清或已冲正，未缴费的核定会随身份自动更新，无须按本工单办理")
    return found


def parts_of(contribution: ContributionPeriod) -> dict[str, Part]:
    """Return a contribution's components as figures."""
    return {
        name: Part(Decimal(stored["due"]), Decimal(stored["assisted"]), Decimal(stored["supported"]))
        for name, stored in contribution.components.items()
    }


def regranted_year(
    contribution: ContributionPeriod, grant: Grant, *, waiting: Decimal | None = None
) -> Regranted:
    """Return what `grant` would make of a paid year.

    :param waiting: yuan of support about to go back; null = as it stands on record now
    """
    if waiting is None:
        waiting = _sum_of(waiting_refunds(contribution))
    return regranted(parts_of(contribution), aid=grant.aid, waiting=waiting)


@transaction.atomic
def regrant(
    *,
    contribution: ContributionPeriod,
    new: NewGrant,
    case: Case,
    on: datetime.date,
    user: AbstractBaseUser | None = None,
) -> Regranted:
    """Replace the grant of a paid year; what was decided before stays on record, reversed.

    The resident is held since before the facts were read, so the clock is looked at here (docs/decisions/0011).

    :param contribution: from `paid_contribution`, in this transaction
    :param case: whose decision it is
    :raises RefundUnderWay: if the premium was decided to go back, and has not gone
    """
    refuse_under_refund([contribution])
    refunds = list(waiting_refunds(contribution))
    after = regranted_year(contribution, new.grant, waiting=_sum_of(refunds))
    stopped = _stopped(refunds, after)
    contribution.decided_at, contribution.case = timezone.now(), case
    contribution.policy_digest = new.policy_digest
    reason = _reason(case, new)
    shares = added_shares([*moved_shares(contribution.grant, new.grant), *_borne(stopped)])
    contribution.grant = _replaced(contribution, new, case=case, on=on, user=user)
    balances = list(_balances(contribution, _sums(contribution, after, stopped), shares, case))
    put_parts(contribution, after)
    contribution.trace = [*contribution.steps, *(step.as_json() for step in _steps(case, new, after, on))]
    contribution.working = None
    save_contributions([contribution], reason=reason, user=user, fields=CHANGED)
    cancel_refunds(stopped, user=user)
    write_with_history(balances, reason=reason, user=user)
    return after


def put_parts(contribution: ContributionPeriod, after: Regranted) -> None:
    """Set the figures of a contribution to those with another grant."""
    contribution.components = {
        name: {
            "due": str(part.due),
            "assisted": str(part.assisted),
            "supported": str(part.supported),
            "payable": str(part.payable),
        }
        for name, part in after.parts.items()
    }
    contribution.assisted, contribution.supported = after.assisted, after.supported
    contribution.payable = after.payable


def moved_text(after: Regranted) -> str:
    """Return in Chinese what money is to move."""
    said_of = {
        "应退本人": max(after.to_person, ZERO),
        "本人应补": max(-after.to_person, ZERO),
        "应退资金扶持方": max(after.to_third_parties, ZERO),
        "资金扶持不再退还": max(-after.to_third_parties, ZERO),
    }
    moves = [f"{name} {yuan(amount)} 元" for name, amount in said_of.items() if amount]
    return "，".join(moves) or "没有应退应补"


def _replaced(
    contribution: ContributionPeriod,
    new: NewGrant,
    *,
    case: Case,
    on: datetime.date,
    user: AbstractBaseUser | None,
) -> AssistanceGrant | None:
    old, reason = contribution.grant, _reason(case, new)
    year, residents = contribution.coverage_year, [contribution.resident_id]
    reverse_grants(resident_ids=residents, coverage_year=year, reason=reason, user=user)
    decision = GrantDecision(
        resident_id=contribution.resident_id,
        coverage_year=year,
        grant=new.grant,
        policy_key=new.policy_key,
        decided_on=on,
        trace=new.steps,
        case_id=case.pk,
        is_after_payment=old is None or old.is_after_payment,
        decided_at=contribution.decided_at,
    )
    save_grants(decisions=[decision], reason=reason, user=user)
    freeze_grants(resident_ids=residents, coverage_year=year, reason=reason, user=user)
    return AssistanceGrant.objects.filter(
        resident__in=residents, coverage_year=year, reversed_at=None
    ).first()


def _reason(case: Case, new: NewGrant) -> str:
    return f"regrant case {case.pk} {new.policy_key}"[:REASON_LENGTH]


def _steps(case: Case, new: NewGrant, after: Regranted, on: datetime.date) -> Iterator[Step]:
    yield Step(f"按工单 #{case.pk} 调整资助", on)
    yield from new.steps
    yield Step("调整后资助", after.assisted)
    yield Step("调整后第三方扶持", after.supported)
    yield Step("调整后个人应缴", after.payable)


def _balances(
    contribution: ContributionPeriod, sums: Sequence[Share], shares: Sequence[PayerShare], case: Case
) -> Iterator[Balance]:
    same = {
        "contribution": contribution,
        "resident_id": contribution.resident_id,
        "coverage_year": contribution.coverage_year,
        "reason": case.title,
        "case": case,
        "opened_at": timezone.now(),
    }
    parts = divided(shares, [amount for _, amount in sums])
    for (party, amount), part in zip(sums, parts, strict=True):
        yield Balance(**signed(amount), party=party, payers=[_stored(each) for each in part], **same)


def _sums(contribution: ContributionPeriod, after: Regranted, stopped: Sequence[Balance]) -> list[Share]:
    """Return what moves to whom: the person first (party ""), negative = from them."""
    sums = [("", after.to_person)] if after.to_person else []
    if after.to_third_parties > 0:
        return [*sums, *shares_returned(support_shares(contribution), after.to_third_parties)]
    still = _sum_of(stopped) + after.to_third_parties
    return [*sums, (stopped[-1].party, still)] if still else sums


def _sum_of(balances: Iterable[Balance]) -> Decimal:
    return sum((each.amount for each in balances), ZERO)


def _stopped(refunds: Sequence[Balance], after: Regranted) -> list[Balance]:
    """Return the refunds of support that do not go any more; of the last of them a part may still be due."""
    left = -after.to_third_parties
    stopped: list[Balance] = []
    for refund in refunds:
        if left > 0:
            stopped.append(refund)
            left -= refund.amount
    return stopped


def _borne(balances: Sequence[Balance]) -> Iterator[PayerShare]:
    for stored in (part for balance in balances for part in balance.payers):
        yield PayerShare(stored["component"], tuple(stored["payers"]), Decimal(stored["amount"]))


def added_shares(shares: Iterable[PayerShare]) -> list[PayerShare]:
    """Return one share for each component and payers, those that add up to nothing left out."""
    sums: dict[tuple[str, tuple[str, ...]], Decimal] = {}
    for share in shares:
        key = (share.component, share.payers)
        sums[key] = sums.get(key, ZERO) + share.amount
    return [
        PayerShare(component, payers, yuan(amount)) for (component, payers), amount in sums.items() if amount
    ]


def moved_shares(old: AssistanceGrant | None, new: Grant) -> list[PayerShare]:
    """Return who pays more (positive) or less than before, by component."""
    before = (
        PayerShare(stored["component"], tuple(stored["payers"]), -Decimal(stored["amount"]))
        for stored in (old.payers if old is not None else ())
    )
    return added_shares([*before, *new.payers])


def _stored(share: PayerShare) -> dict[str, Any]:
    return {"component": share.component, "payers": list(share.payers), "amount": str(share.amount)}


def shares_text(stored: Sequence[Mapping[str, Any]]) -> str:
    """Return in Chinese who pays how much."""
    return "、".join(
        f"{'、'.join(map(said, share['payers']))}（{said(share['component'])}）{share['amount']} 元"
        for share in stored
    )
