"""What deciding enrollment's cases does: after-the-fact aid booked, held payments tried again."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from casework.models import Case
from casework.services import CaseOutdated, NewCase, asked_again, comment, decide_case, effect
from enrollment.models import ContributionPeriod, HoldReason, Payment, PaymentState
from enrollment.services import late_cases
from enrollment.services.booking.candidates import PERSON, offers
from enrollment.services.booking.store import UNMATCHED, question_about, question_key
from enrollment.services.late_cases import Finding, asked_about, cases_about
from enrollment.services.late_identities import close_answered, finding_about
from enrollment.services.payments import retry_held_payments
from enrollment.services.refunds import double_answer, refuse_forbidden
from enrollment.services.regrant_figures import figures_stand
from enrollment.services.regrants import moved_text, paid_contribution, regrant
from policy.errors import DomainError
from registry.batch.history import rewrite_with_history

OUTDATED = "情况已变化，数额与工单所列不同，请按最新情况重新核定后再决定"


class NoQuestion(DomainError):
    """Nobody asks what becomes of the money."""

    code = "payment_without_case"


class StillHeld(DomainError):
    """The payment cannot be booked yet; the message says why."""

    code = "payment_still_held"


@effect(late_cases.KIND, late_cases.AID_THIS_YEAR)
def aid_this_year(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Book after-the-fact aid (事后资助): another grant for the paid year, and what goes back to the person.

    Questions about the year that it leaves nothing of are closed.

    :raises CaseOutdated: if the figures, the day it began or the rule are others than the case shows
    """
    contribution = paid_contribution(_subject(case))
    found = _standing(case, contribution)
    before = contribution.assisted
    after = regrant(
        contribution=contribution,
        new=found.new_grant,
        case=case,
        on=timezone.localdate(),
        user=second_user or user,
    )
    more = after.assisted - before
    said = f"已登记 {contribution.coverage_year} 年度事后资助 {more} 元；{moved_text(after)}。"
    return said + close_answered(resident_id=contribution.resident_id, day=timezone.localdate())


@effect(late_cases.KIND, late_cases.AID_NEXT_YEAR)
def aid_next_year(case: Case, **_who: object) -> str:
    """Move nothing: the identity counts when the next year is quoted.

    :raises CaseOutdated: if the figures, the day it began or the rule are others than the case shows
    """
    _standing(case, paid_contribution(_subject(case)))
    year = int(case.detail["coverage_year"])
    return f"{year} 年度不资助、不退费，金额未变动；自 {year + 1} 年度起核定时按届时身份资助。"


@asked_again(late_cases.KIND)
def ask_about_aid_again(case: Case) -> NewCase | None:
    """Return the question by the facts of today; null = the year is not paid, or nothing is left to decide."""
    contribution = (
        ContributionPeriod.objects.filter(pk=_subject(case), frozen_at__isnull=False)
        .select_related("enrollment", "grant")
        .first()
    )
    return _question(_finding(case, contribution)) if contribution is not None else None


@effect(UNMATCHED, "retry")
def book_held_payment(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Try the held payment again.

    :raises StillHeld: if it still cannot be booked; then nothing is decided
    """
    payment = _booked(case, meant_for=None, user=second_user or user)
    return f"税务流水 {payment.serial} 的 {payment.amount} 元已入账。"


@effect(UNMATCHED, "refund")
def leave_to_refund(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Let the held payment wait for the tax authority to refund it; its row takes it off the books of waiting money.

    :raises CaseOutdated: if it waits no more
    :raises RefundForbidden: if it pays a year twice and the documents forbid to give back what is too much
    """
    payment = Payment.objects.select_for_update(of=("self",)).get(serial=case.detail["serial"])
    if payment.state != PaymentState.HELD:
        raise CaseOutdated(f"该笔缴费{payment.get_state_display()}，不能再退费")
    rule = _rule_on_double(payment)
    payment.hold_reason, payment.note = HoldReason.TO_REFUND, str(HoldReason.TO_REFUND.label)
    rewrite_with_history(
        [payment], fields=("hold_reason", "note"), reason="refund payment", user=second_user or user
    )
    return f"{rule}税务流水 {payment.serial} 的 {payment.amount} 元待税务部门退费，退费流水到达后自动结清。"


def propose_refund(*, payment: Payment, reason: str, user: AbstractBaseUser) -> Case:
    """Decide that held money goes back; it counts once a second person has confirmed it on the case.

    :raises NoQuestion: if nobody asks what becomes of it, as of a part that waits to be refunded already
    :raises CaseNotReady: if something else was decided about it already
    :raises RefundForbidden: if it pays a year twice and the documents forbid to give back what is too much
    """
    rule = _rule_on_double(payment)
    case = Case.objects.filter(dedupe_key=question_key(payment)).first()
    if case is None:
        raise NoQuestion("该笔缴费没有工单；已决定退费的，等税务部门办理即可")
    decided = decide_case(case=case, decision="refund", reason=reason, user=user)
    if rule:
        comment(case=decided, user=user, text=rule)
    return decided


@effect(UNMATCHED, PERSON)
def book_held_payment_to_person(
    case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None
) -> str:
    """Book the held payment to the person picked among the candidates.

    :raises StillHeld: if it cannot be booked there; then nothing is decided
    :raises CaseOutdated: if it was booked to somebody else meanwhile
    """
    resident_id = int(case.decision.partition(":")[2])
    payment = _booked(case, meant_for=resident_id, user=second_user or user)
    if payment.resident_id != resident_id or payment.resident is None:
        raise CaseOutdated("该笔缴费已另行入账，不能再入账给所选的人")
    return f"税务流水 {payment.serial} 的 {payment.amount} 元已入账给{payment.resident.name}。"


@asked_again(UNMATCHED)
def ask_about_money_again(case: Case) -> NewCase | None:
    """Return the question with the people of today; null = the money is booked."""
    payment = Payment.objects.filter(serial=case.detail["serial"], state=PaymentState.HELD).first()
    if payment is None:
        return None
    people = offers([payment], area=case.area).get(payment.serial, {})
    return question_about(payment, area_id=case.area_id, people=people)


def _booked(case: Case, *, meant_for: int | None, user: AbstractBaseUser) -> Payment:
    payment = Payment.objects.get(serial=case.detail["serial"])
    if payment.state == PaymentState.HELD:
        (outcome,) = retry_held_payments(
            payment_ids=[payment.pk], user=user, meant_for=meant_for, by_case=True
        )
        if outcome.outcome == "held":
            raise StillHeld(f"仍不能入账：{outcome.message}。请先更正信息，或改为退费。", hold=outcome.code)
        payment.refresh_from_db()
    return payment


def _rule_on_double(payment: Payment) -> str:
    """Return what the documents say of giving back what pays a year twice; empty = it waits for something else.

    :raises RefundForbidden: if they forbid it
    """
    found = double_answer(payment)
    if found is None:
        return ""
    refuse_forbidden(found)
    clause = f"（{found.rule.clause}）" if found.rule.clause else ""
    return f"{found.said}{clause}。"


def _subject(case: Case) -> int:
    return int(case.subject_ref.rpartition(":")[2])


def _finding(case: Case, contribution: ContributionPeriod) -> Finding | None:
    """Return what is still to be decided about the case's identity, which may begin on a later day by now."""
    category, day = asked_about(case.detail)
    found = finding_about(contribution, category=category, day=max(day, timezone.localdate()))
    return found if isinstance(found, Finding) and found.late.asks else None


def _standing(case: Case, contribution: ContributionPeriod) -> Finding:
    """Return the finding the case asks about: same days and identity, same rule, same figures as it shows.

    :param contribution: from `paid_contribution`, in the deciding transaction
    :raises CaseOutdated: if it would be asked otherwise now, or not at all
    """
    found = _finding(case, contribution)
    question = _question(found)
    if found is None or question is None:
        raise CaseOutdated(OUTDATED)
    same_facts = (case.detail, case.clause) == (question.detail, question.clause)
    if not same_facts or not figures_stand(case, question.figures):
        raise CaseOutdated(OUTDATED)
    return found


def _question(found: Finding | None) -> NewCase | None:
    return None if found is None else cases_about([found])[0]
