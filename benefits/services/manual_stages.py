"""The stages of manual claims (办理阶段): each with who, when and the amounts at that moment, written once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from benefits.models import Claim, ClaimStage, ManualClaim, ManualLine, ManualState
from policy.money import ZERO
from registry.batch.history import rewrite_with_history

PAYOUTS = ("basic_paid", "critical_illness_paid", "supplement_paid", "assistance_paid", "out_of_pocket")
WORKED_OUT = (*PAYOUTS, "policy_key", "trace")
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Why:
    """Why a manual claim goes where it goes: a code of the register, and words."""

    code: str = ""
    words: str = ""


def accepted_eligible(line: ManualLine) -> Decimal:
    """Return the in-policy amount of a line as it stands: what the check left, or what the paper says."""
    return line.eligible if line.accepted_eligible is None else line.accepted_eligible


def accepted_copay(line: ManualLine) -> Decimal:
    """Return the class-B first self-pay of a line as it stands."""
    return line.class_b_copay if line.accepted_class_b_copay is None else line.accepted_class_b_copay


def add_stage(
    manual: ManualClaim,
    lines: Sequence[ManualLine],
    *,
    user: AbstractBaseUser | None,
    why: Why = Why(),
    figures: Claim | None = None,
) -> ClaimStage:
    """Write the stage the claim has come to, with its amounts now.

    :param figures: a claim that was worked out, stored or not; null = no payouts yet
    """
    stage = ClaimStage(
        manual=manual,
        stage=manual.state,
        at=timezone.now(),
        by_id=user.pk if user else None,
        total=manual.total,
        eligible=sum(map(accepted_eligible, lines), ZERO),
        class_b_copay=sum(map(accepted_copay, lines), ZERO),
        reason_code=why.code,
        reason=why.words[:LONGEST_REASON],
    )
    if figures is not None:
        for name in WORKED_OUT:
            setattr(stage, name, getattr(figures, name))
    stage.save()
    return stage


def last_worked_out(manual: ManualClaim) -> ClaimStage:
    """Return the stage whose figures were shown last."""
    return manual.stages.filter(stage=ManualState.ADJUDICATED).latest("pk")


def note_reversals(claim_ids: Collection[int], *, reason: str, user: AbstractBaseUser | None) -> None:
    """Let the manual claims that were settled as these say that they are reversed; one query if there are none."""
    found = list(
        ManualClaim.objects.filter(claim__in=claim_ids)
        .select_for_update(of=("self",))
        .select_related("claim")
        .prefetch_related("lines")
        .order_by("pk")
    )
    for manual in found:
        manual.state = ManualState.REVERSED
        add_stage(manual, list(manual.lines.all()), user=user, why=Why(words=reason), figures=manual.claim)
    rewrite_with_history(found, fields=["state"], reason=reason, user=user)
