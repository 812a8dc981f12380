"""Refunds of premiums (退费): proposed with figure and rule, confirmed by another person, squared by the tax row.

The documents allow a refund, forbid it, or leave it to a person (`enrollment/rules/refunds.py`). What is confirmed is
a balance for each payment it goes back from, and one for each third party; the year stays paid until the tax
authority's rows, matched by the original serial, have given all of it back. Then the registration is over, and the
grant and the subsidy go back to those they came from: settlements and applications count them off, row by row.
Of a year paid in part, what was paid goes back: its benefits never began.
"""

import datetime
from dataclasses import dataclass, replace

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from casework.models import Case, CaseState
from casework.services import CaseOutdated, NewCase, effect, open_case, propose_case
from enrollment.models import (
    ContributionPeriod,
    ContributionState,
    EnrollmentStatus,
    HoldReason,
    Payment,
    PaymentState,
)
from enrollment.rules.late_identities import silence
from enrollment.rules.refunds import OVERPAID, REASONS, RefundAnswer, refund_answer
from enrollment.services.aid_facts import aid_facts
from enrollment.services.balances import open_refunds, take_over_excess
from enrollment.services.payments import retry_held_payments
from enrollment.services.refund_figures import (
    PARTIAL,
    RefundFound,
    RefundRefused,
    refund_balances,
    refund_figures,
)
from enrollment.services.refunded_years import take_back_unpaid
from enrollment.services.regrant_figures import figures_stand
from enrollment.services.regrants import NotPaid, paid_contribution
from enrollment.services.used_years import used_of_year
from policy.errors import DomainError, RuleNotPublished
from policy.money import ZERO
from policy.policy import Policy
from policy.trace import Step
from registry.batch.history import write_with_history
from registry.models import InsuredSpell

KIND = "premium_refund"
REFUNDABLE = (ContributionState.PAID, ContributionState.PARTLY_PAID)
REFUND, KEEP = "refund", "keep"


class RefundForbidden(DomainError):
    """The documents forbid it; the message names the clause."""

    code = "refund_forbidden"


class RefundPending(DomainError):
    """A refund of the year is proposed, or decided and not gone yet."""

    code = "refund_pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRefund:
    """What somebody asks for.

    :param reason: one of `enrollment.rules.refunds.REASONS`
    :param on: day of the application, not in the future
    :param evidence: number of the document it rests on
    """

    reason: str
    on: datetime.date
    evidence: str
    words: str


@transaction.atomic
def propose_refund(*, contribution: ContributionPeriod, refund: NewRefund, user: AbstractBaseUser) -> Case:
    """Propose that a paid premium goes back; nothing moves until a second person has confirmed it.

    Where the documents are silent the case names what is missing; where claims of the year were settled, it says so.

    :raises NotPaid: if nothing of the year is paid (any more)
    :raises RefundRefused: without evidence, for a day to come, or if the facts the reason needs are not on record
    :raises RefundForbidden: if the documents forbid it
    :raises RefundPending: if another refund of the year is under way
    """
    question = _question(contribution, refund)
    return propose_case(case=question, decision=REFUND, reason=refund.words, user=user)


@transaction.atomic
def request_refund(*, contribution: ContributionPeriod, refund: NewRefund, asked_by: str) -> Case:
    """Ask for a refund on a partner's word: the same case, undecided; one person decides it, another confirms.

    :param asked_by: the partner, named on the case
    :raises DomainError: as `propose_refund` does
    """
    question = _question(contribution, refund)
    asked = replace(question, reason=f"{asked_by}提出：{question.reason}", needs_second=True)
    opened = open_case(case=asked)
    assert opened is not None  # it has no key by which it would be asked once
    return opened


def double_answer(payment: Payment) -> RefundFound | None:
    """Return what the documents say of money that pays a year twice; null = it waits for something else.

    Where they are silent, or another platform worked the year out, two people decide.
    """
    if payment.hold_reason != HoldReason.DOUBLE or payment.resident_id is None:
        return None
    paid = (
        ContributionPeriod.objects.select_related("enrollment", "resident")
        .filter(
            resident=payment.resident_id,
            coverage_year=payment.coverage_year,
            state=ContributionState.PAID,
            enrollment__status=EnrollmentStatus.ACTIVE,
        )
        .first()
    )
    if paid is None:
        return None
    if not paid.policy_key:
        words = "该年度由原平台核定，没有本系统的政策依据"
        return RefundFound(RefundAnswer.CASE, (Step(REASONS[OVERPAID], "由两人决定", reading=words),))
    return _by_the_law(paid, reason=OVERPAID, day=timezone.localdate())


def refuse_forbidden(found: RefundFound) -> None:
    """Refuse what the documents forbid.

    :raises RefundForbidden: then, naming the clause
    """
    if found.answer is RefundAnswer.FORBIDDEN:
        rule = found.rule
        raise RefundForbidden(
            f"{rule.label}：{rule.figure}（{rule.clause}）。{rule.reading}", clause=rule.clause
        )


def _question(contribution: ContributionPeriod, refund: NewRefund) -> NewCase:
    """Return the case of a refund that may be asked for; the resident is held from here on."""
    _check(refund)
    paid = _refundable(contribution.pk)
    _refuse_pending(paid)
    found = _answer(paid, reason=refund.reason, on=refund.on)
    refuse_forbidden(found)
    used = _used(paid, reason=refund.reason)
    return NewCase(
        kind=KIND,
        title=f"退 {paid.coverage_year} 年度保费：{REASONS[refund.reason]}",
        area_id=paid.resident.living_area_id,
        resident_id=paid.resident_id,
        subject_ref=f"contribution:{paid.pk}",
        reason="。".join([refund.words.strip().rstrip("。"), found.said, *used]),
        clause=found.rule.clause,
        options={REFUND: "按所列数额退费", KEEP: "不予退费"},
        detail={
            "coverage_year": str(paid.coverage_year),
            "refund_reason": refund.reason,
            "asked_on": str(refund.on),
            "evidence": refund.evidence.strip(),
            **({"used": used} if used else {}),
        },
        figures=refund_figures(paid, found, reason=refund.reason, is_used=bool(used)),
    )


@effect(KIND, REFUND)
def book_refund(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Open the balances by which the money goes back, and book what the tax authority gave back already.

    :raises CaseOutdated: if the figures, the rule or what was used of the year are others than the case shows
    """
    paid = _refundable(int(case.subject_ref.rpartition(":")[2]))
    reason, acting = case.detail["refund_reason"], second_user or user
    found = _answer(paid, reason=reason, on=datetime.date.fromisoformat(case.detail["asked_on"]))
    stands = found.answer is not RefundAnswer.FORBIDDEN and case.clause == found.rule.clause
    same_use = case.detail.get("used", []) == _used(paid, reason=reason)
    if not stands or not same_use or not figures_stand(case, refund_figures(paid, found, reason=reason)):
        raise CaseOutdated("情况已变化，数额或依据与工单所列不同，请退回后重新提出退费")
    balances = list(refund_balances(paid, found, reason=reason, case=case))
    if reason not in PARTIAL:
        take_over_excess(paid, user=acting)
    write_with_history(balances, reason=f"refund case {case.pk}", user=acting)
    own = sum((each.amount for each in balances if not each.party), ZERO)
    if not paid.paid:
        today = timezone.localdate()
        take_back_unpaid(paid, reason=f"refund case {case.pk}", on=today, user=acting)
        return f"{paid.coverage_year} 年度个人没有缴费，资助和财政补助已冲回，参保登记已终止。"
    booked = _retried(paid, user=acting)
    waits = "税务退费流水已入账。" if booked else "待税务退费流水到达后自动结清。"
    return f"应退本人 {own} 元，{waits}"


def _refundable(contribution_id: int) -> ContributionPeriod:
    """Return a contribution paid in full or in part, its resident held.

    :raises NotPaid: if neither
    """
    try:
        return paid_contribution(contribution_id, states=REFUNDABLE)
    except NotPaid:
        raise NotPaid("该年度没有已入账的缴费，无须退费；不参保的请撤销登记", field="coverage_year") from None


def _check(refund: NewRefund) -> None:
    if refund.reason not in REASONS:
        raise RefundRefused("请选择退费事由", field="reason")
    if not refund.evidence.strip():
        raise RefundRefused("请填写佐证材料的文号或档案号", field="evidence")
    if refund.on > timezone.localdate():
        raise RefundRefused("申请日期不能晚于今天", field="on")


def _refuse_pending(paid: ContributionPeriod) -> None:
    subject = f"contribution:{paid.pk}"
    waiting = Case.objects.filter(kind=KIND, subject_ref=subject, second_by=None)
    if other := waiting.exclude(state=CaseState.CLOSED).first():
        raise RefundPending(f"该年度已有待复核的退费（工单 #{other.pk}），请先办结", case=other.pk)
    if open_refunds().filter(contribution=paid).exists():
        raise RefundPending("该年度退费已决定，待税务退费流水到达")


def _answer(paid: ContributionPeriod, *, reason: str, on: datetime.date) -> RefundFound:
    """Return what the documents the year was booked by say.

    :raises RefundRefused: if the facts the reason needs are not on record
    """
    if not paid.policy_key:
        raise RefundRefused("该年度由原平台核定，请在原平台办理退费", field="coverage_year")
    return _by_the_law(paid, reason=reason, day=_day_of(paid, reason=reason, on=on))


def _used(paid: ContributionPeriod, *, reason: str) -> list[str]:
    """Return what the person had of the year in words; nothing where the year stays paid."""
    return [] if reason in PARTIAL else used_of_year(paid)


def _by_the_law(paid: ContributionPeriod, *, reason: str, day: datetime.date) -> RefundFound:
    policy: Policy = aid_facts([paid.resident_id]).policy(paid)
    start = paid.benefit_start if paid.state == ContributionState.PAID else None
    try:
        found = refund_answer(policy, reason=reason, day=day, start=start)
    except RuleNotPublished as silent:
        return RefundFound(RefundAnswer.CASE, (Step(REASONS[reason], day), silence(policy, silent)))
    return RefundFound(found.value, found.steps)


def _day_of(paid: ContributionPeriod, *, reason: str, on: datetime.date) -> datetime.date:
    """Return the day that counts; the fact a reason rests on has to be on record."""
    if reason == "death":
        if paid.resident.died_on is None:
            raise RefundRefused("请先登记死亡日期，再提出退费", field="reason")
        return paid.resident.died_on
    if reason == "employee_cover":
        year = paid.coverage_year
        elsewhere = InsuredSpell.objects.filter(
            resident=paid.resident_id, starts_on__lte=datetime.date(year, 12, 31)
        ).exclude(ends_on__lte=datetime.date(year, 1, 1))
        if not elsewhere.exists():
            words = f"没有 {year} 年度的他处参保记录，请先登记，再提出退费"
            raise RefundRefused(words, field="reason")
    if reason in PARTIAL and paid.paid <= paid.payable:
        raise RefundRefused("没有多缴，无须退费", field="reason")
    return on


def _retried(paid: ContributionPeriod, *, user: AbstractBaseUser) -> bool:
    """Book the refunds of the year that were held because nobody had decided; return whether any was."""
    held = Payment.objects.filter(
        resident=paid.resident_id,
        coverage_year=paid.coverage_year,
        state=PaymentState.HELD,
        hold_reason=HoldReason.REFUND_NOT_DECIDED,
    )
    ids = list(held.values_list("pk", flat=True))
    outcomes = retry_held_payments(payment_ids=ids, user=user) if ids else []
    return any(each.outcome == "booked" for each in outcomes)
