"""Follow deaths, moves and newborns every night: registrations that cannot stand end or become a question.

It looks at what stands and not at what changed, so that a night missed is made up by the next, and twice is once:

    死亡，未缴费           the registration is withdrawn once payments of the living can no longer arrive
    死亡，只缴了一部分       a case, once they can no longer arrive: refund or keep
    待遇开始前死亡，已缴费   a case: refund or keep; no document says. Nothing to pay (全额资助) is as good as paid
    迁往其他统筹区          a case: transfer or keep; no document says
    出生医学证明登记         a case within thirty days: the identity number; closed by itself when it has come
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from casework.models import Case
from casework.services import NewCase, close_unasked, effect, open_cases
from casework.services.close_unasked import UNDECIDED
from enrollment.models import ContributionPeriod, ContributionState, EnrollmentStatus
from enrollment.rules.refunds import DEATH
from enrollment.services.contributions import OPEN_STATES
from enrollment.services.enroll import enroll, withdraw
from enrollment.services.refunds import NewRefund, propose_refund
from policy.errors import DomainError
from registry.models import IdKind, Resident

CHUNK = 2_000
STILL_ARRIVING = datetime.timedelta(days=31)  # a payment made before the death may come in a later file
NUMBER_DUE = datetime.timedelta(days=30)
DEAD, MOVED, NUMBER = "enrollment_of_dead", "enrollment_after_move", "newborn_number"
SILENT = "文件未写明如何处理，请按本地规定决定并写明依据。"
REFUND, KEEP, TRANSFER = "refund", "keep", "transfer"


class MoveOver(DomainError):
    """The registration or the move no longer stands as the case says."""

    code = "move_over"


@dataclass(frozen=True, slots=True)
class Followed:
    """What a night did: registrations withdrawn, cases opened, cases that answered themselves."""

    withdrawn: int
    opened: int
    closed: int


def follow_residents(*, today: datetime.date, user: AbstractBaseUser | None = None) -> Followed:
    """Withdraw what the dead have not paid for, and ask about what a person must decide."""
    withdrawn = _withdraw_unpaid(today, user=user)
    questions = {
        DEAD: [_of_dead(each) for each in _paid_for_dead(today)],
        MOVED: [_after_move(each) for each in _moved(today)],
        NUMBER: [_number(each) for each in _newborns()],
    }
    opened = closed = 0
    for kind, asked in questions.items():
        with transaction.atomic():
            closed += len(_close_gone(kind, asked, user=user))
            opened += len(open_cases(cases=asked, user=user))
    return Followed(withdrawn, opened, closed)


def _standing(today: datetime.date) -> QuerySet[ContributionPeriod]:
    """Return what stands for this year and later."""
    return ContributionPeriod.objects.filter(
        enrollment__status=EnrollmentStatus.ACTIVE, coverage_year__gte=today.year
    )


def _withdraw_unpaid(today: datetime.date, *, user: AbstractBaseUser | None) -> int:
    over = _standing(today).filter(
        resident__died_on__lt=today - STILL_ARRIVING, state__in=OPEN_STATES, paid=0
    )
    pairs = list(over.order_by("coverage_year", "resident").values_list("coverage_year", "resident"))
    count = 0
    for year in sorted({year for year, _ in pairs}):
        people = [pk for of_year, pk in pairs if of_year == year]
        for start in range(0, len(people), CHUNK):
            part = people[start : start + CHUNK]
            count += len(withdraw(resident_ids=part, coverage_year=year, reason="参保人死亡", user=user))
    return count


def _paid_for_dead(today: datetime.date) -> QuerySet[ContributionPeriod]:
    """Return years of the dead that gave them nothing: paid before the benefits began, or never paid in full."""
    before_benefits = Q(state=ContributionState.PAID, resident__died_on__lt=F("benefit_start"))
    in_part = Q(state__in=OPEN_STATES, paid__gt=0, resident__died_on__lt=today - STILL_ARRIVING)
    found = _standing(today).filter(before_benefits | in_part)
    return found.select_related("resident").order_by("pk")


def _moved(today: datetime.date) -> QuerySet[ContributionPeriod]:
    """Return years of people who live in another pooling area than they are registered in."""
    found = _standing(today).exclude(resident__pooling_area=F("enrollment__pooling_area"))
    return (
        found.filter(resident__died_on=None)
        .select_related("resident__pooling_area", "enrollment__pooling_area")
        .order_by("pk")
    )


def _newborns() -> QuerySet[Resident]:
    return Resident.objects.filter(id_kind=IdKind.BIRTH_CERTIFICATE, died_on=None).order_by("pk")


def _of_dead(contribution: ContributionPeriod) -> NewCase:
    resident, year = contribution.resident, contribution.coverage_year
    if contribution.state == ContributionState.PAID:
        when, since = "待遇开始前死亡", f"待遇自 {contribution.benefit_start} 起"
        back = "退费：按规定提出，另一人复核后等税务退费"
    else:
        when, since = "死亡", f"应缴 {contribution.payable} 元没有缴清，没有待遇"
        back = f"退费：税务部门退回已缴的 {contribution.paid} 元，到账后登记随之撤销"
    if contribution.paid:
        given = f"已缴费 {contribution.paid} 元"
    else:
        given = "个人无须缴费"
        back = "退回资助、扶持和财政补助，参保登记终止；另一人复核后生效"
    return NewCase(
        kind=DEAD,
        title=f"{year} 年度{when}，{given}",
        area_id=resident.living_area_id,
        resident_id=resident.pk,
        subject_ref=f"contribution:{contribution.pk}",
        reason=f"{resident.died_on} 死亡，{since}。{SILENT}",
        options={REFUND: back, KEEP: "不退费，登记保留"},
        dedupe_key=f"{DEAD}:{contribution.pk}:{resident.died_on}",
    )


def _after_move(contribution: ContributionPeriod) -> NewCase:
    resident, enrollment = contribution.resident, contribution.enrollment
    here, there = enrollment.pooling_area, resident.pooling_area
    since = f"自 {resident.living_since} 起" if resident.living_since else "现"
    is_open = contribution.state in OPEN_STATES and contribution.paid == 0
    move = "撤销本地登记，转到新居住地登记" if is_open else "退费后转到新居住地（税务退费入账后再选一次）"
    return NewCase(
        kind=MOVED,
        title=f"已迁往{there.name}，{contribution.coverage_year} 年度登记在{here.name}",
        area_id=enrollment.pooling_area_id,
        resident_id=resident.pk,
        subject_ref=f"contribution:{contribution.pk}",
        reason=f"{since}住在{there.name}；{'尚未缴费' if is_open else '已缴费'}。{SILENT}",
        options={KEEP: f"{contribution.coverage_year} 年度仍在{here.name}参保", TRANSFER: move},
        dedupe_key=f"{MOVED}:{contribution.pk}:{there.code}",
    )


def _number(resident: Resident) -> NewCase:
    registered = timezone.localdate(resident.created_at)
    return NewCase(
        kind=NUMBER,
        title="新生儿补登居民身份证号",
        area_id=resident.living_area_id,
        resident_id=resident.pk,
        due_on=registered + NUMBER_DUE,
        reason=f"{registered} 以出生医学证明登记。落户后请在“变更证件”补登身份证号，登记后本事项自动办结。",
        dedupe_key=f"{NUMBER}:{resident.pk}",
    )


def _close_gone(kind: str, asked: Iterable[NewCase], *, user: AbstractBaseUser | None) -> Sequence[int]:
    """Close the cases whose question has answered itself; it may come to stand again."""
    waiting = Case.objects.filter(kind=kind, state__in=UNDECIDED)
    standing = {case.dedupe_key for case in asked}
    gone = [case for case in waiting if case.dedupe_key not in standing]
    return close_unasked(cases=gone, text="情况已变化，不需要再决定", may_return=True, user=user)


@effect(DEAD, REFUND)
def refund_of_dead(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Propose that the premium goes back by the rules of refunds; a second person confirms figures and clause.

    :raises RefundForbidden: if the documents forbid it; then nothing is decided
    :raises RefundPending: if somebody proposed it already
    """
    paid = ContributionPeriod.objects.get(pk=int(case.subject_ref.rpartition(":")[2]))
    refund = NewRefund(
        reason=DEATH,
        on=timezone.localdate(),
        evidence=f"工单 #{case.pk}",
        words=case.decision_reason,
    )
    proposed = propose_refund(contribution=paid, refund=refund, user=second_user or user)
    then = "待税务退费到账" if paid.paid else "资助和财政补助即行冲回"
    return f"已提出退费，工单 #{proposed.pk}；复核后{then}，参保登记随之终止。"


@effect(MOVED, TRANSFER)
def transfer(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Withdraw the registration and register the person where they live now, quoted by the law there.

    :raises MoveOver: if the person has moved back, or the registration is over
    :raises ContributionFrozen: if it is paid: the tax authority refunds first
    :raises DomainError: if the person cannot be registered there; then nothing is done
    """
    found = (
        ContributionPeriod.objects.select_related("enrollment", "resident__pooling_area")
        .filter(pk=int(case.subject_ref.rpartition(":")[2]), enrollment__status=EnrollmentStatus.ACTIVE)
        .first()
    )
    if found is None or found.enrollment.pooling_area_id == found.resident.pooling_area_id:
        raise MoveOver("已不在两地，无须转移")
    year, resident = found.coverage_year, found.resident
    by = second_user or user
    withdraw(resident_ids=[resident.pk], coverage_year=year, reason="迁出", user=by)
    enroll(
        resident_ids=[resident.pk],
        coverage_year=year,
        on=timezone.localdate(),
        channel="transfer",
        population=found.enrollment.population,
        user=by,
        reason="迁入",
    )
    return f"已撤销原登记，并在{resident.pooling_area.name}登记 {year} 年度。"
