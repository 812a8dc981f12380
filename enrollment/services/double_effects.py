"""What deciding a double enrolment does: a registration withdrawn or refunded, cover elsewhere ended."""

import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from casework.models import Case, Verdict
from casework.services import CaseOutdated, NewCase, NewFigure, asked_again, effect, open_case
from enrollment.models import ContributionPeriod, Enrollment, EnrollmentStatus
from enrollment.services.doubles import (
    KEEP_HERE,
    KEEP_THERE,
    KIND,
    NOT_DOUBLE,
    FoundDouble,
    found_doubles,
    question,
)
from enrollment.services.enroll import ContributionFrozen, withdraw
from enrollment.services.refunds import NewRefund, RefundForbidden, propose_refund
from policy.money import ZERO
from registry.models import InsuredSpell
from registry.services.insured_spells import cut_insured_spell

REFUND = "refund_and_withdraw"
REFUNDED, STAYS = "withdraw", "keep"
OUTDATED = "参保情况已变化，请点“按最新情况重新核定”后再决定"


@effect(KIND, KEEP_HERE)
def keep_here(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Let the registration stand; what stands beside it ends, or is withdrawn.

    :raises CaseOutdated: if they do not stand beside each other any more
    """
    found = _standing(case)
    kind, _, key = case.detail["other"].partition(":")
    if kind == "enrollment":
        return _taken_back(case, Enrollment.objects.get(pk=key), user=second_user or user)
    spell = InsuredSpell.objects.select_related("resident").get(pk=key)
    cut_insured_spell(spell=spell, on=found.beside.here.day, reason=_because(case), user=second_user or user)
    return f"他处参保自 {found.beside.here.day} 起不再计入：{found.elsewhere}。"


@effect(KIND, KEEP_THERE)
def keep_there(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Withdraw the registration, or propose the refund that has to come before.

    :raises CaseOutdated: if they do not stand beside each other any more
    """
    found = _standing(case)
    return _taken_back(
        case, Enrollment.objects.get(pk=found.beside.here.enrollment_id), user=second_user or user
    )


@effect(KIND, NOT_DOUBLE)
def not_double(case: Case, **_who: object) -> str:
    """Change nothing: both stand, and the question is not asked again unless one of them changes."""
    return f"已核实不属重复参保，两处均保留：{case.detail['elsewhere']}。"


@asked_again(KIND)
def ask_about_double_again(case: Case) -> NewCase | None:
    """Return the question by the facts of today; null = the person is registered once."""
    found = _found_about(case)
    return None if found is None else question(found)


@effect(REFUND, REFUNDED)
def withdraw_refunded(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Withdraw the registration whose premium the tax authority gave back.

    :raises ContributionFrozen: if the money is still there; then nothing is decided
    """
    enrollment = Enrollment.objects.get(pk=case.detail["enrollment"])
    if enrollment.status == EnrollmentStatus.WITHDRAWN:
        return "该参保登记已撤销。"
    if ContributionPeriod.objects.filter(enrollment=enrollment, paid__gt=0).exists():
        raise ContributionFrozen("退费尚未到账，税务退费流水入账后再撤销登记。")
    _withdraw(case, enrollment, user=second_user or user)
    return f"已撤销 {enrollment.coverage_year} 年度参保登记。"


@effect(REFUND, STAYS)
def stay_registered(case: Case, **_who: object) -> str:
    """Change nothing: the premium is not given back."""
    return f"依规定不退费，{case.detail['coverage_year']} 年度参保登记保留。"


def _taken_back(case: Case, enrollment: Enrollment, *, user: AbstractBaseUser) -> str:
    """Withdraw a registration nothing was paid for; of any other propose the refund.

    Of a year the former platform worked out there is no law to refund it by: two people decide on a case of their own.
    """
    owed = ContributionPeriod.objects.get(enrollment=enrollment)
    if owed.paid == ZERO and owed.frozen_at is None:
        _withdraw(case, enrollment, user=user)
        return f"已撤销 {enrollment.coverage_year} 年度参保登记。"
    if owed.policy_key:
        return _refund_proposed(case, owed, user=user)
    proposed = open_case(case=_refund(case, enrollment, owed))
    said = f"，工单 #{proposed.pk}" if proposed is not None else ""
    return f"已缴费 {owed.paid} 元，已提出退费{said}；税务退费到账后撤销登记。"


def _refund_proposed(case: Case, owed: ContributionPeriod, *, user: AbstractBaseUser) -> str:
    """Propose that what was paid goes back by the rules of refunds; what they forbid stays."""
    elsewhere = case.detail["other"].startswith("spell:")
    refund = NewRefund(
        reason="employee_cover" if elsewhere else "duplicate",
        on=timezone.localdate(),
        evidence=f"重复参保 工单#{case.pk}",
        words=case.decision_reason,
    )
    try:
        proposed = propose_refund(contribution=owed, refund=refund, user=user)
    except RefundForbidden as forbidden:
        return f"{forbidden.message}参保登记保留，不退费。"
    return f"已缴费 {owed.paid} 元，已提出退费，工单 #{proposed.pk}；复核后待税务退费到账，参保登记随之终止。"


def _refund(case: Case, enrollment: Enrollment, owed: ContributionPeriod) -> NewCase:
    year = enrollment.coverage_year
    return NewCase(
        kind=REFUND,
        title=f"{year} 年度重复参保，退费并撤销登记",
        area_id=enrollment.resident.living_area_id,
        resident_id=enrollment.resident_id,
        subject_ref=f"contribution:{owed.pk}",
        reason=f"{case.reason}已决定不保留该登记（工单 #{case.pk}：{case.decision_reason}）。",
        clause=case.clause,
        options={REFUNDED: "退费已到账，撤销登记", STAYS: "依规定不退费，保留登记"},
        detail={"coverage_year": year, "amount": str(owed.paid), "enrollment": enrollment.pk},
        figures=[
            NewFigure(
                label=f"{year}年度个人实缴",
                old=owed.paid,
                new=ZERO,
                verdict=Verdict.ASKS,
                subject_ref=f"contribution:{owed.pk}",
                clause=case.clause,
            )
        ],
        dedupe_key=f"{REFUND}:{enrollment.pk}",
        needs_second=True,
    )


def _withdraw(case: Case, enrollment: Enrollment, *, user: AbstractBaseUser) -> None:
    withdraw(
        resident_ids=[enrollment.resident_id],
        coverage_year=enrollment.coverage_year,
        reason=_because(case),
        user=user,
    )


def _because(case: Case) -> str:
    return f"重复参保 工单#{case.pk} {case.clause}"


def _standing(case: Case) -> FoundDouble:
    found = _found_about(case, key=case.dedupe_key)
    if found is None:
        raise CaseOutdated(OUTDATED)
    return found


def _found_about(case: Case, *, key: str | None = None) -> FoundDouble | None:
    """Return the double enrolment of the case's registration that stands today; null key = any."""
    assert case.resident_id is not None
    today: datetime.date = timezone.localdate()
    enrollment_id = int(case.subject_ref.rpartition(":")[2])
    rows = found_doubles(day=today, resident_ids=[case.resident_id])
    about = (each for each in rows if each.beside.here.enrollment_id == enrollment_id)
    return next((each for each in about if key in (None, each.key)), None)
