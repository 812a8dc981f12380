"""Do what was decided about a change: exactly what was shown, or nothing (追溯变更的执行)."""

import datetime
from collections.abc import Iterable, Mapping

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.rules.settled_claims import Fate
from benefits.selectors.standing_figures import Key, standing_figures
from benefits.services.retroactive.follow import change_kept
from benefits.services.retroactive.questions import BOTH, CLAIMS, KIND, LEAVE, counts_as_money
from benefits.services.retroactive.work import Work, plan_work, redo
from casework.models import Case, CaseFigure, Verdict
from casework.services import effect
from policy.errors import DomainError
from policy.money import ZERO, yuan

Amounts = Mapping[Key, tuple[object, object]]  # before, after


class RetroactiveOutdated(DomainError):
    """Something changed since the case was made: other figures would come of it than were shown."""

    code = "retroactive_outdated"


@effect(KIND)
def settle_change(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Do what was decided and say what moved.

    :raises RetroactiveOutdated: if other figures would come of it than were shown
    """
    if case.decision == LEAVE:
        return "全部不予调整，原数额不变。"
    verdicts = [Verdict.CHANGED, Verdict.ASKS] if case.decision in (CLAIMS, BOTH) else [Verdict.CHANGED]
    figures = list(CaseFigure.objects.filter(case=case, verdict__in=verdicts).order_by("position"))
    settled = [each for each in figures if not each.subject_ref.startswith("contribution:")]
    reason = f"追溯变更 工单{case.pk}"
    _settle(_work(case), settled, verdicts=verdicts, reason=reason, user=second_user or user)
    return _settled_text(settled)


def _work(case: Case) -> Work:
    change = change_kept(case)
    if change is None:
        raise _outdated()
    return plan_work([change], before=datetime.date.fromisoformat(case.detail["as_of"]))


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


def _outdated() -> RetroactiveOutdated:
    return RetroactiveOutdated(
        "提出工单以后事实又有变动，所列数额已不是现在的数额，未作任何调整；"
        "已决定的请退回，系统会在下次跟进时按新的事实另提工单"
    )
