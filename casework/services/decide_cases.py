"""Take a case from open to closed: assign, comment, decide, confirm or return, close.

A decision with an effect (`casework/services/effects.py`) does it in the same transaction, the moment it counts.
"""

from dataclasses import replace

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from casework.models import Case, CaseEvent, CaseEventKind, CaseState
from casework.services.effects import asker_of, effect_of
from casework.services.open_cases import NewCase, open_case
from policy.errors import DomainError

OUTDATED = "情况已变化，已按最新情况另立工单"
NO_LONGER = "情况已变化，该事项不再需要办理"


class CaseNotReady(DomainError):
    """The case's state does not allow the step."""

    code = "case_not_ready"


class DecisionNotOffered(DomainError):
    """The decision is none of the case's options, or lacks a reason."""

    code = "decision_not_offered"


class CaseOutdated(DomainError):
    """What the case was asked about has changed since: it has to be asked anew; nothing is decided."""

    code = "case_outdated"


class SecondPersonNeeded(DomainError):
    """Money or identity moves: who asked may not decide, and who decided may not confirm."""

    code = "second_person_needed"


@transaction.atomic
def assign_case(*, case: Case, assignee: AbstractBaseUser, user: AbstractBaseUser | None = None) -> Case:
    """Give a case to somebody; a case may be handed on until it is decided.

    :raises CaseNotReady: if it is decided or closed
    """
    locked = _locked(case, CaseState.OPEN, CaseState.ASSIGNED)
    locked.assignee_id, locked.state = assignee.pk, CaseState.ASSIGNED
    return _saved(locked, CaseEventKind.ASSIGNED, user=user, text=str(assignee))


@transaction.atomic
def comment(*, case: Case, user: AbstractBaseUser, text: str) -> CaseEvent:
    """Add a remark to the timeline, in any state."""
    return CaseEvent.objects.create(
        case=case, at=timezone.now(), by_id=user.pk, kind=CaseEventKind.COMMENTED, text=text
    )


@transaction.atomic
def decide_case(*, case: Case, decision: str, reason: str, user: AbstractBaseUser) -> Case:
    """Decide a case; where it `needs_second`, the decision counts once `confirm_case` has been called.

    :raises CaseNotReady: if it is decided or closed already
    :raises DecisionNotOffered: if `decision` is not one of the options, or the reason is empty
    :raises SecondPersonNeeded: if the case needs a second person and `user` opened it
    :raises DomainError: as the decision's effect does; then nothing is decided
    """
    locked = _locked(case, CaseState.OPEN, CaseState.ASSIGNED)
    return _decided(locked, decision, reason, user)


@transaction.atomic
def propose_case(*, case: NewCase, decision: str, reason: str, user: AbstractBaseUser) -> Case:
    """Open a case with the decision its opener proposes; it counts once a second person has confirmed it.

    :raises DecisionNotOffered: if `decision` is not one of the options, or the reason is empty
    """
    opened = open_case(case=replace(case, dedupe_key=None, needs_second=True, is_proposal=True), user=user)
    assert opened is not None
    return _decided(_locked(opened, CaseState.OPEN), decision, reason, user)


def _decided(locked: Case, decision: str, reason: str, user: AbstractBaseUser) -> Case:
    offered = [option["code"] for option in locked.options]
    if not decision or (offered and decision not in offered):
        raise DecisionNotOffered("请在所列选项中作出决定", options=offered)
    if not reason.strip():
        raise DecisionNotOffered("请填写决定理由", field="reason")
    if locked.needs_second and not locked.is_proposal and locked.opened_by_id == user.pk:
        raise SecondPersonNeeded("提出人不能自行决定，请由他人办理")
    locked.decision, locked.decision_reason = decision, reason.strip()
    locked.decided_by_id, locked.decided_at = user.pk, timezone.now()
    locked.state = CaseState.DECIDED
    done = "" if locked.needs_second else _perform(locked, user=user, second_user=None)
    _saved(locked, CaseEventKind.DECIDED, user=user, text=f"{decision}：{locked.decision_reason}")
    return _told(locked, done, user=user)


@transaction.atomic
def confirm_case(*, case: Case, user: AbstractBaseUser) -> Case:
    """Confirm a decision as the second person; what it does is done now.

    :raises CaseNotReady: if there is no decision waiting for one
    :raises SecondPersonNeeded: if `user` decided or opened it
    :raises DomainError: as the decision's effect does; then it stays unconfirmed
    """
    locked = _locked(case, CaseState.DECIDED)
    if not locked.needs_second or locked.second_by_id is not None:
        raise CaseNotReady("该工单没有待复核的决定", state=locked.state)
    if user.pk in {locked.decided_by_id, locked.opened_by_id}:
        raise SecondPersonNeeded("复核须由提出人、决定人以外的人员办理")
    assert locked.decided_by is not None
    locked.second_by_id = user.pk
    done = _perform(locked, user=locked.decided_by, second_user=user)
    _saved(locked, CaseEventKind.CONFIRMED, user=user)
    return _told(locked, done, user=user)


@transaction.atomic
def return_case(*, case: Case, reason: str, user: AbstractBaseUser) -> Case:
    """Send an unconfirmed decision back to be taken anew; the timeline keeps it.

    :raises CaseNotReady: if there is no decision, or it is confirmed or performed
    """
    locked = _locked(case, CaseState.DECIDED)
    if locked.second_by_id is not None or locked.performed_at is not None:
        raise CaseNotReady("决定已复核或已执行，不能退回", state=locked.state)
    locked.decision = locked.decision_reason = ""
    locked.decided_by_id = locked.decided_at = None
    locked.state = CaseState.ASSIGNED if locked.assignee_id else CaseState.OPEN
    return _saved(locked, CaseEventKind.RETURNED, user=user, text=reason)


@transaction.atomic
def close_case(*, case: Case, user: AbstractBaseUser | None = None, text: str = "") -> Case:
    """Close a decided case.

    :raises CaseNotReady: if it is not decided
    :raises SecondPersonNeeded: if it needs a second person's confirmation and lacks it
    """
    locked = _locked(case, CaseState.DECIDED)
    if locked.needs_second and locked.second_by_id is None:
        raise SecondPersonNeeded("该工单须复核后办结")
    locked.state = CaseState.CLOSED
    return _saved(locked, CaseEventKind.CLOSED, user=user, text=text)


@transaction.atomic
def renew_case(*, case: Case, user: AbstractBaseUser) -> Case | None:
    """Ask a case's question anew by the facts of today; return the new case, null = it no longer stands.

    The old case is closed as it was, with its figures; a decision that was not confirmed yet counts for nothing.

    :raises CaseNotReady: if it is closed, confirmed or performed, or nobody asks such questions anew
    """
    locked = _locked(case, CaseState.OPEN, CaseState.ASSIGNED, CaseState.DECIDED)
    ask = asker_of(locked.kind)
    if ask is None or locked.second_by_id is not None or locked.performed_at is not None:
        raise CaseNotReady("该工单不能重新核定", state=locked.state)
    question = ask(locked)
    locked.state, locked.dedupe_key = CaseState.CLOSED, None
    _saved(locked, CaseEventKind.CLOSED, user=user, text=OUTDATED if question else NO_LONGER)
    return None if question is None else open_case(case=question, user=None)


def _locked(case: Case, *states: str) -> Case:
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if locked.state not in states:
        raise CaseNotReady(f"工单当前为“{locked.get_state_display()}”，不能办理", state=locked.state)
    return locked


def _perform(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Do what the decision does, and return what was done; empty = it does nothing beyond the case."""
    perform = effect_of(case)
    if perform is None:
        return ""
    case.performed_at = timezone.now()
    return perform(case, user=user, second_user=second_user)


def _told(case: Case, done: str, *, user: AbstractBaseUser) -> Case:
    if done:
        CaseEvent.objects.create(
            case=case, at=timezone.now(), by_id=user.pk, kind=CaseEventKind.EFFECT, text=done
        )
    return case


def _saved(case: Case, kind: str, *, user: AbstractBaseUser | None, text: str = "") -> Case:
    case._history_user = user  # type: ignore[attr-defined]
    case._change_reason = f"{kind} case"  # type: ignore[attr-defined]
    case.save()
    CaseEvent.objects.create(
        case=case, at=timezone.now(), by_id=user.pk if user else None, kind=kind, text=text
    )
    return case
