"""Manual claims (零星报销): entered from paper, checked by another, worked out and shown, then settled.

Whoever entered a claim last neither checks, returns, rejects nor settles it. Each step writes a stage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction

from benefits.models import Claim, ManualClaim, ManualLine, ManualState
from benefits.models.manual import EDITABLE
from benefits.rules.amounts import is_amount
from benefits.rules.claim_reasons import CUTS, REJECTIONS, RETURNS
from benefits.services.manual_entries import locked, new_claim_of, store
from benefits.services.manual_stages import PAYOUTS, Why, add_stage, last_worked_out
from benefits.services.settle import ClaimOutcome, settle_claims, worked_out
from policy.errors import DomainError
from registry.batch.history import rewrite_with_history

OPEN = (*EDITABLE, ManualState.CHECKED, ManualState.ADJUDICATED)
CHECKABLE = (ManualState.ENTERED,)
WITH_CHECKER = (ManualState.ENTERED, ManualState.CHECKED, ManualState.ADJUDICATED)


class OwnEntry(DomainError):
    """Who entered a claim does not decide it."""

    code = "own_entry"


class CutWrong(DomainError):
    """The check accepts more than the paper says, or cuts without a reason."""

    code = "cut_wrong"


class ReasonWrong(DomainError):
    """The step needs a reason of the register, in words where it is "other"."""

    code = "reason_missing"


class FiguresMoved(DomainError):
    """The figures are others than those shown; they were worked out anew and nothing was settled."""

    code = "figures_moved"


class NotPayable(DomainError):
    """The rules refuse the claim as it stands."""

    def __init__(self, outcome: ClaimOutcome) -> None:
        super().__init__(said(outcome), field=outcome.field)
        self.code = outcome.code


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the check leaves of a line, yuan; `reason` is a code of the register where it is less than on paper."""

    eligible: Decimal
    class_b_copay: Decimal
    reason: str = ""


def said(outcome: ClaimOutcome) -> str:
    """Return a refusal in words: what, what it rests on, what to do."""
    ground = f"（{outcome.clause}）" if outcome.clause else ""
    return "；".join(filter(None, (outcome.message + ground, outcome.cure)))


@transaction.atomic
def check_manual(*, manual: ManualClaim, accepted: Mapping[int, Accepted], user: User) -> ClaimOutcome:
    """Accept a claim, line by line, and work its figures out; return what settling would come to.

    If the rules refuse it as it stands, it stays checked with their reason, to be worked out again once that is cured.

    :param accepted: by key of the line; a line that is missing is accepted as on paper
    :raises ManualNotOpen: if it does not wait for its check
    :raises OwnEntry: if the user entered it
    :raises CutWrong: if more is accepted than the paper says, or less without a reason
    """
    found, lines = _decided_by(manual, user, CHECKABLE)
    for line in lines:
        _accept(line, accepted.get(line.pk, Accepted(line.eligible, line.class_b_copay)))
    rewrite_with_history(
        lines,
        fields=["accepted_eligible", "accepted_class_b_copay", "cut_reason"],
        reason="审核零星报销明细",
        user=user,
    )
    cuts = sorted({line.cut_reason for line in lines if line.cut_reason})
    found.checked_by = user
    _move(found, lines, ManualState.CHECKED, Why("、".join(cuts)), user)
    return _adjudicated(found, lines, user)


@transaction.atomic
def adjudicate_manual(*, manual: ManualClaim, user: User) -> ClaimOutcome:
    """Work the figures of a checked claim out again; return what settling would come to.

    :raises ManualNotOpen: if it is not checked, or settled already
    """
    found, lines = locked(manual, (ManualState.CHECKED, ManualState.ADJUDICATED))
    return _adjudicated(found, lines, user)


def settle_manual(*, manual: ManualClaim, user: User) -> Claim:
    """Settle a claim by the figures that were shown, and return it as settled today.

    :raises ManualNotOpen: if its figures were not worked out
    :raises OwnEntry: if the user entered it
    :raises NotPayable: if the rules refuse it by now; nothing has happened
    :raises FiguresMoved: if its figures are others by now: they were worked out anew, to be looked at first
    """
    try:
        return _settle(manual, user)
    except FiguresMoved:
        adjudicate_manual(manual=manual, user=user)
        raise


@transaction.atomic
def return_manual(*, manual: ManualClaim, why: Why, user: User) -> None:
    """Send a claim back to be put right.

    :raises ManualNotOpen: if it is not with its checker
    :raises OwnEntry: if the user entered it
    :raises ReasonWrong: if the reason is none for returning
    """
    _check_reason(why, RETURNS)
    found, lines = _decided_by(manual, user, WITH_CHECKER)
    _move(found, lines, ManualState.RETURNED, why, user)


@transaction.atomic
def reject_manual(*, manual: ManualClaim, why: Why, user: User) -> None:
    """Decide that nothing is paid (不予支付).

    :raises ManualNotOpen: if it is not with its checker
    :raises OwnEntry: if the user entered it
    :raises ReasonWrong: if the reason is none for not paying
    """
    _check_reason(why, REJECTIONS)
    found, lines = _decided_by(manual, user, WITH_CHECKER)
    found.checked_by = user
    _move(found, lines, ManualState.REJECTED, why, user)


@transaction.atomic
def withdraw_manual(*, manual: ManualClaim, reason: str, user: User) -> None:
    """Take a claim back that is not settled; its number may be entered again.

    :raises ManualNotOpen: if it is settled, or over
    :raises ReasonWrong: if no reason is given
    """
    if not reason.strip():
        raise ReasonWrong("请填写事由", field="reason")
    found, lines = locked(manual, OPEN)
    _move(found, lines, ManualState.WITHDRAWN, Why("other", reason.strip()), user)


@transaction.atomic
def _settle(manual: ManualClaim, user: User) -> Claim:
    found, lines = _decided_by(manual, user, (ManualState.ADJUDICATED,))
    shown = last_worked_out(found)
    (outcome,) = settle_claims(claims=[new_claim_of(found, lines)], user=user)
    if outcome.claim is None:
        raise NotPayable(outcome)
    if any(getattr(outcome.claim, name) != getattr(shown, name) for name in PAYOUTS):
        raise FiguresMoved("计算以后情况有变，已按最新情况重新计算，请核对金额后再结算")
    found.claim = outcome.claim
    _move(found, lines, ManualState.SETTLED, Why(), user, figures=outcome.claim)
    return outcome.claim


def _adjudicated(manual: ManualClaim, lines: Sequence[ManualLine], user: User) -> ClaimOutcome:
    outcome = worked_out(new_claim_of(manual, lines))
    if outcome.claim is None:
        _move(manual, lines, ManualState.CHECKED, Why(outcome.code, said(outcome)), user)
    else:
        _move(manual, lines, ManualState.ADJUDICATED, Why(), user, figures=outcome.claim)
    return outcome


def _decided_by(
    manual: ManualClaim, user: User, states: Sequence[str]
) -> tuple[ManualClaim, list[ManualLine]]:
    """Return the claim and its lines, locked, for somebody who did not enter it."""
    found, lines = locked(manual, states)
    if found.entered_by_id == user.pk:
        raise OwnEntry("本人录入的须由其他人审核、结算")
    return found, lines


def _accept(line: ManualLine, accepted: Accepted) -> None:
    """Put on a line what the check leaves of it."""
    amounts = (accepted.eligible, accepted.class_b_copay)
    if not all(map(is_amount, amounts)) or accepted.eligible > line.eligible or sum(amounts) > line.amount:
        raise CutWrong(
            f"第{line.number}项“{line.name}”审核后的政策范围内金额不能大于票据的，与乙类先行自付之和不能大于该项金额",
            field=f"eligible_{line.pk}",
        )
    is_cut = amounts != (line.eligible, line.class_b_copay)
    if is_cut and accepted.reason not in CUTS:
        raise CutWrong(f"第{line.number}项“{line.name}”有核减，请选择核减原因", field=f"reason_{line.pk}")
    line.accepted_eligible, line.accepted_class_b_copay = amounts
    line.cut_reason = accepted.reason if is_cut else ""


def _check_reason(why: Why, codes: Sequence[str]) -> None:
    if why.code not in codes:
        raise ReasonWrong("请选择原因", field="code")
    if why.code == "other" and not why.words.strip():
        raise ReasonWrong("原因为“其他”的请写明说明", field="words")


def _move(
    manual: ManualClaim,
    lines: Sequence[ManualLine],
    state: ManualState,
    why: Why,
    user: User,
    *,
    figures: Claim | None = None,
) -> None:
    """Bring the claim to a state, with its stage."""
    manual.state = state
    reason = f"{manual.get_state_display()}：{why.words}"[:100] if why.words else manual.get_state_display()
    store(manual, reason=reason, user=user)
    add_stage(manual, lines, user=user, why=why, figures=figures)
