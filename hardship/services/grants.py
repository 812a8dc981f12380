"""Keep what assistance was decided: one standing grant per person and coverage year, frozen with the payment."""

import datetime
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from hardship.models import AssistanceGrant
from hardship.rules.premium_assistance import Grant
from policy.errors import DomainError
from policy.money import yuan
from policy.trace import Step
from registry.batch.copying import like
from registry.batch.history import rewrite_with_history, update_with_history, write_with_history

DECIDED = ("tier", "tier_label", "total", "aid", "payers", "losing", "policy_key")
WRITTEN = (*DECIDED, "trace", "decided_on", "decided_at", "reversed_at", "case", "is_after_payment")


class AssistanceFrozen(DomainError):
    """A grant went with a payment and another decision would change it; `resident_ids` are those concerned."""

    code = "assistance_frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantDecision:
    """What the rule answered for one person and year; without a tier or an amount there is no grant.

    :param trace: the steps as they are stored
    :param policy_key: "230100/2025"
    :param case_id: whose decision it is, where no rule decided alone
    :param is_after_payment: the year was paid without any
    :param decided_at: the moment up to which the records were known; null = now
    """

    resident_id: int
    coverage_year: int
    grant: Grant
    policy_key: str
    decided_on: datetime.date
    trace: Sequence[Step] = field(default=())
    case_id: int | None = None
    is_after_payment: bool = False
    decided_at: datetime.datetime | None = None


@transaction.atomic
def save_grants(
    *, decisions: Sequence[GrantDecision], reason: str, user: AbstractBaseUser | None = None
) -> dict[int, AssistanceGrant]:
    """Store decisions and return the standing grants by resident; said twice nothing changes.

    A decision that gives nothing reverses the grant that stood; one that gives the same leaves it with its working.
    All decisions are of one coverage year.

    :raises AssistanceFrozen: if one would change a frozen grant; then nothing is stored
    """
    if not decisions:
        return {}
    (year,) = {decision.coverage_year for decision in decisions}
    standing = _standing([decision.resident_id for decision in decisions], year)
    wanted = {row.resident_id: row for row in _rows_of(decisions)}
    changed = {pk: row for pk, row in wanted.items() if not _same(standing.get(pk), row)}
    _refuse_frozen([standing[pk] for pk in changed if pk in standing])
    rewritten = []
    for pk in changed.keys() & standing.keys():
        row, kept = changed[pk], standing[pk]
        if row.total:
            for name in WRITTEN:
                setattr(kept, name, getattr(row, name))
        else:
            kept.reversed_at = timezone.now()
        rewritten.append(kept)
    rewrite_with_history(rewritten, fields=WRITTEN, reason=reason, user=user)
    fresh = [row for pk, row in changed.items() if pk not in standing and row.total]
    for row in write_with_history(fresh, reason=reason, user=user):
        standing[row.resident_id] = row
    return {pk: row for pk, row in standing.items() if row.reversed_at is None}


@transaction.atomic
def freeze_grants(
    *,
    resident_ids: Collection[int],
    coverage_year: int,
    reason: str,
    user: AbstractBaseUser | None = None,
    at: datetime.datetime | None = None,
) -> list[int]:
    """Freeze the standing grants with the payment; return the keys of those that were open.

    Source: 黑医保发〔2024〕45号 四 “已缴纳的…不退回，已享受的…不调整”.
    """
    open_grants = AssistanceGrant.objects.filter(
        resident__among=resident_ids, coverage_year=coverage_year, reversed_at=None, frozen_at=None
    )
    return update_with_history(open_grants, {"frozen_at": at or timezone.now()}, reason=reason, user=user)


@transaction.atomic
def thaw_grants(
    *, resident_ids: Collection[int], coverage_year: int, reason: str, user: AbstractBaseUser | None = None
) -> list[int]:
    """Open the grants again whose payment was reversed; return their keys."""
    frozen = AssistanceGrant.objects.filter(
        resident__among=resident_ids, coverage_year=coverage_year, reversed_at=None, frozen_at__isnull=False
    )
    return update_with_history(frozen, {"frozen_at": None}, reason=reason, user=user)


@transaction.atomic
def reverse_grants(
    *,
    resident_ids: Collection[int],
    coverage_year: int,
    reason: str,
    user: AbstractBaseUser | None = None,
    at: datetime.datetime | None = None,
) -> list[int]:
    """Reverse the standing grants, frozen ones too: the payment was refunded or the decision was wrong.

    The rows stay; a later decision makes a new one. Returns the keys of those reversed.
    """
    standing = AssistanceGrant.objects.filter(
        resident__among=resident_ids, coverage_year=coverage_year, reversed_at=None
    )
    return update_with_history(standing, {"reversed_at": at or timezone.now()}, reason=reason, user=user)


def _standing(resident_ids: Collection[int], year: int) -> dict[int, AssistanceGrant]:
    rows = AssistanceGrant.objects.filter(
        resident__among=resident_ids, coverage_year=year, reversed_at=None
    ).order_by("pk")
    return {row.resident_id: row for row in rows.select_for_update(of=("self",))}


def _refuse_frozen(rows: Sequence[AssistanceGrant]) -> None:
    frozen = [row.resident_id for row in rows if row.frozen_at is not None]
    if frozen:
        raise AssistanceFrozen(
            f"{len(frozen)} 人的参保资助已随缴费锁定，不再调整；确属差错的请先冲正", resident_ids=frozen
        )


def _rows_of(decisions: Sequence[GrantDecision]) -> Iterator[AssistanceGrant]:
    """Yield the unsaved grants of decisions; what is the same but for the person is made once."""
    made: dict[Hashable, AssistanceGrant] = {}
    for each in decisions:
        same = (
            id(each.grant),
            id(each.trace),
            each.policy_key,
            each.coverage_year,
            each.decided_on,
            each.decided_at,
        )
        key = (*same, each.case_id, each.is_after_payment)
        row = made.get(key) or made.setdefault(key, grant_row(each))
        yield like(row, resident_id=each.resident_id)


def grant_row(decision: GrantDecision) -> AssistanceGrant:
    """Return the unsaved grant that a decision makes; one of nothing has no tier and no amount."""
    grant = decision.grant
    return AssistanceGrant(
        resident_id=decision.resident_id,
        coverage_year=decision.coverage_year,
        tier=grant.tier or "",
        tier_label=grant.label,
        total=yuan(grant.total),
        aid=_as_text(grant.aid),
        payers=[
            {"component": row.component, "payers": list(row.payers), "amount": str(yuan(row.amount))}
            for row in grant.payers
        ],
        losing=[
            {"tier": row.tier, "label": row.label, "total": str(yuan(row.total))} for row in grant.losing
        ],
        trace=[step.as_json() for step in decision.trace],
        policy_key=decision.policy_key,
        decided_on=decision.decided_on,
        case_id=decision.case_id,
        is_after_payment=decision.is_after_payment,
        decided_at=decision.decided_at or timezone.now(),
    )


def _as_text(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: str(yuan(amount)) for name, amount in amounts.items()}


def _same(kept: AssistanceGrant | None, row: AssistanceGrant) -> bool:
    if kept is None:
        return not row.total
    values: list[tuple[Any, Any]] = [(getattr(kept, name), getattr(row, name)) for name in DECIDED]
    return all(one == other for one, other in values)
