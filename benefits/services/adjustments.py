"""Keep what has to be paid on top or recovered whenever a settled claim comes out otherwise (补付、追回)."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.models import Claim, ClaimState, PaidLayer, PayoutAdjustment
from benefits.services.adjustment_events import tell_filers
from policy.money import ZERO
from registry.batch.copying import copy_rows

Paid = Mapping[PaidLayer, Decimal]


def paid_of(claim: Claim) -> Paid:
    """Return what each layer pays for a claim."""
    return {layer: getattr(claim, f"{layer.value}_paid") for layer in PaidLayer}


def keep_adjustments(
    moved: Iterable[tuple[Claim, Paid]], *, reason: str, user: AbstractBaseUser | None
) -> list[PayoutAdjustment]:
    """Keep the differences between what claims paid before and what they pay now, and tell who filed the claims.

    A reversed claim pays nothing.
    Part of the transaction that moves them.

    :param moved: each claim as it stands, with what it paid before
    """
    rows = [row for claim, before in moved for row in _differences(claim, before, reason, user)]
    copy_rows(rows)
    tell_filers(rows)
    return rows


def nothing_paid() -> Paid:
    """Return the payouts of a claim that is reversed."""
    return dict.fromkeys(PaidLayer, ZERO)


def _differences(
    claim: Claim, before: Paid, reason: str, user: AbstractBaseUser | None
) -> Iterator[PayoutAdjustment]:
    after = nothing_paid() if claim.state == ClaimState.REVERSED else paid_of(claim)
    for layer, paid in after.items():
        if paid != before[layer]:
            yield PayoutAdjustment(
                claim=claim,
                layer=layer,
                before=before[layer],
                after=paid,
                amount=paid - before[layer],
                reason=reason[:200],
                recorded_by_id=user.pk if user else None,
            )
