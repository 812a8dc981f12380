"""Do what was decided about a change: exactly what was shown, or nothing (追溯变更的执行)."""

import datetime
from collections.abc import Iterable, Mapping

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from benefits.rules.settled_claims import Fate
from benefits.selectors.standing_figures import Key, standing_figures
from benefits.services.closing_lock import hold_off_closing
from benefits.services.retroactive.follow import change_kept, question_again
from benefits.services.retroactive.questions import BOTH, CLAIMS, LEAVE, PREMIUM, counts_as_money
from benefits.services.retroactive.work import Work, plan_work, redo
from casework.models import Case, CaseFigure, Verdict
from casework.services import CaseOutdated, NewCase, asked_again, effect
from enrollment.services.retroactive import KIND, Correction, correct_aid, touched_contributions
from hardship.selectors import IdentityChange
from policy.money import ZERO, yuan
from registry.services import lock_residents

CONTRIBUTION = "contribution:"
Amounts = Mapping[Key, tuple[object, object]]  # before, after


@effect(KIND)
def settle_change(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Do what was decided and say what moved.

    :raises CaseOutdated: if other figures would come of it than were shown
    """
    if case.decision == LEAVE:
        return "全部不予调整，原数额不变。"
    assert case.resident_id is not None
    hold_off_closing()
    lock_residents([case.resident_id])
    verdicts = [Verdict.CHANGED, Verdict.ASKS] if case.decision in (CLAIMS, BOTH) else [Verdict.CHANGED]
    figures = list(CaseFigure.objects.filter(case=case, verdict__in=verdicts).order_by("position"))
    settled = [each for each in figures if not each.subject_ref.startswith(CONTRIBUTION)]
    reason = f"追溯变更 工单{case.pk}"
    _settle(_work(case), settled, verdicts=verdicts, reason=reason, user=second_user or user)
    said = _settled_text(settled) if settled else ""
    if case.decision in (PREMIUM, BOTH):
        corrections = _corrections(case)
        said += correct_aid(
            corrections=corrections, case=case, on=timezone.localdate(), user=second_user or user
        )
    return said


@asked_again(KIND)
def ask_about_change_again(case: Case) -> NewCase | None:
    """Return the question by the facts of today; null = nothing is touched any more."""
    return question_again(case, day=timezone.localdate())


def _work(case: Case) -> Work:
    return plan_work([_change(case)], before=_as_of(case))


def _change(case: Case) -> IdentityChange:
    change = change_kept(case)
    if change is None:
        raise _outdated()
    return change


def _as_of(case: Case) -> datetime.date:
    return datetime.date.fromisoformat(case.detail["as_of"])


def _corrections(case: Case) -> list[Correction]:
    """Return the corrections of paid years, which are those the case shows."""
    found = touched_contributions([_change(case)], before=_as_of(case)).get(_change(case).resident_id)
    asked = [(each.subject_ref, each.label, each.old, each.new) for each in found.asked] if found else []
    refs = {ref for ref, *_ in asked}
    shown = CaseFigure.objects.filter(case=case, verdict=Verdict.ASKS, subject_ref__in=refs)
    if not asked or asked != list(
        shown.order_by("position").values_list("subject_ref", "label", "old", "new")
    ):
        raise _outdated()
    assert found is not None
    return found.corrections


def _settle(
    work: Work,
    shown: Iterable[CaseFigure],
    *,
    verdicts: Iterable[Verdict],
    reason: str,
    user: AbstractBaseUser,
) -> None:
    expected = _expected(shown)
    if not work.residents:
        if expected:
            raise _outdated()
        return
    before = _amounts(work)
    redo(work, fates=[Fate(verdict.value) for verdict in verdicts], reason=reason, user=user)
    after = _amounts(work)
    moved = {
        key: (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }
    if moved != expected:
        raise _outdated()


def _amounts(work: Work) -> dict[Key, object]:
    lines = standing_figures(resident_ids=work.residents, first_year=work.first_year)
    return {key: line.amount for key, line in lines.items()}


def _expected(shown: Iterable[CaseFigure]) -> Amounts:
    """Return by record and label the first amount shown and the last: a figure may move twice."""
    found: dict[Key, tuple[object, object]] = {}
    for each in shown:
        key = (each.subject_ref, each.label)
        first = found[key][0] if key in found else each.old
        found[key] = (first, each.new)
    return {key: (old, new) for key, (old, new) in found.items() if old != new}


def _settled_text(figures: Iterable[CaseFigure]) -> str:
    money = [each for each in figures if counts_as_money(each.subject_ref, each.label)]
    claims = {each.subject_ref for each in money}
    amount = yuan(sum(((each.new or ZERO) - (each.old or ZERO) for each in money), ZERO))
    sign = "+" if amount > 0 else ""
    return f"已按新认定重新结算 {len(claims)} 笔，支付合计变动 {sign}{amount} 元；激励、预警随之更新。"


def _outdated() -> CaseOutdated:
    return CaseOutdated("提出工单以后事实又有变动，所列数额已不是现在的数额，未作任何调整；请先重新核定")
