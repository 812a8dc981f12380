"""A total of the tax authority typed in by staff, as a letter says it; another figure for a day told before needs two.

Lists and the authority's programs say totals with data of their own (`tax_totals.py`); here a paper does.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from casework.models import Case, CaseState, Verdict
from casework.services import CaseOutdated, NewCase, NewFigure, effect, propose_case
from oversight.models import TaxTotal
from oversight.selectors.reconciliations import ClosedMonths
from oversight.services.tax_totals import FIELDS, one_speaker_at_a_time
from policy.errors import DomainError
from registry.batch.history import rewrite_with_history, write_with_history
from registry.models import Area

KIND, CORRECT = "tax_total_correction", "correct"


class TotalInvalid(DomainError):
    """Nobody can have collected that, or somebody knows better by now; nothing is recorded."""

    code = "tax_total_invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredTotal:
    """What a letter says was collected on a day in an area through a channel.

    :param count: rows, reversals and refunds included
    :param amount: net yuan
    :param as_of: day of the letter's data
    """

    area: Area
    day: datetime.date
    channel: str
    count: int
    amount: Decimal
    as_of: datetime.date


@transaction.atomic
def enter_total(
    *, said: EnteredTotal, reason: str, today: datetime.date, user: AbstractBaseUser
) -> Case | None:
    """Record a total; other figures for what was told before are proposed to a second person, whose case is returned.

    :param reason: the letter, as the history keeps it
    :raises TotalInvalid: if days or figures cannot be, the same is on record or proposed, or later data say otherwise
    """
    one_speaker_at_a_time()
    _refuse_impossible(said, today)
    known = TaxTotal.objects.filter(area=said.area, day=said.day, channel=said.channel).first()
    if known is None:
        figures = {"count": said.count, "amount": said.amount, "as_of": said.as_of}
        total = TaxTotal(
            area=said.area, day=said.day, channel=said.channel, recorded_at=timezone.now(), **figures
        )
        write_with_history([total], reason=reason, user=user)
        return None
    _refuse_known(said, known)
    return propose_case(case=_question(said, known, reason), decision=CORRECT, reason=reason, user=user)


@effect(KIND, CORRECT)
def correct_total(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Put the total right as proposed; the old figures stay in its history.

    :raises CaseOutdated: if a list or a program has said otherwise since
    """
    one_speaker_at_a_time()
    entered = case.detail["entered"]
    total = TaxTotal.objects.select_for_update(of=("self",)).get(pk=entered["total"])
    was = (total.count, str(total.amount))
    if was != (entered["old_count"], entered["old_amount"]):
        raise CaseOutdated(f"该日汇总现为 {was[0]} 笔 {was[1]} 元，与工单所列不同，请重新登记")
    if total.as_of > datetime.date.fromisoformat(entered["as_of"]):
        raise CaseOutdated(
            f"该日汇总已有数据日期 {total.as_of} 的，较工单所列的晚，以较晚的为准；有误的请重新登记"
        )
    total.count, total.amount = entered["count"], Decimal(entered["amount"])
    total.as_of, total.recorded_at = datetime.date.fromisoformat(entered["as_of"]), timezone.now()
    rewrite_with_history([total], fields=FIELDS, reason=case.decision_reason[:100], user=second_user or user)
    return f"{total.day} 税务汇总已由 {was[0]} 笔 {was[1]} 元更正为 {total.count} 笔 {total.amount} 元。"


def _refuse_impossible(said: EnteredTotal, today: datetime.date) -> None:
    if said.as_of > today:
        raise TotalInvalid("数据日期还没有到", field="as_of")
    if said.day > said.as_of:
        raise TotalInvalid(f"到账日期 {said.day} 晚于数据日期 {said.as_of}", field="day")
    if said.count == 0 and said.amount:
        raise TotalInvalid(f"笔数为 0，净额却是 {said.amount}", field="count")


def _refuse_known(said: EnteredTotal, known: TaxTotal) -> None:
    told = f"{known.count} 笔 {known.amount} 元（数据日期 {known.as_of}）"
    if (known.count, known.amount) == (said.count, said.amount):
        raise TotalInvalid(f"已有相同的汇总：{told}")
    if known.as_of > said.as_of:
        raise TotalInvalid(f"已有数据日期较晚的汇总：{told}，以较晚的为准", field="as_of")
    waiting = Case.objects.filter(kind=KIND, subject_ref=_subject(known)).exclude(state=CaseState.CLOSED)
    if waiting.filter(performed_at=None).exists():
        raise TotalInvalid("该日汇总已有待复核的更正，请先复核或退回")


def _question(said: EnteredTotal, known: TaxTotal, reason: str) -> NewCase:
    place = f"{said.area.name} {said.day} {said.channel or '未分渠道'}"
    late = ClosedMonths.of([said.day]).holds(said.area, said.day)
    return NewCase(
        kind=KIND,
        title=f"税务汇总更正：{place}",
        area_id=said.area.pk,
        subject_ref=_subject(known),
        reason=f"{reason}{'；该月已结账，更正列入下一个未结账月份' if late else ''}",
        options={CORRECT: "按所列更正"},
        detail={
            "entered": {
                "total": known.pk,
                "old_count": known.count,
                "old_amount": str(known.amount),
                "count": said.count,
                "amount": str(said.amount),
                "as_of": said.as_of.isoformat(),
            }
        },
        figures=[
            NewFigure(
                label="笔数",
                unit="笔",
                old=Decimal(known.count),
                new=Decimal(said.count),
                verdict=Verdict.CHANGED,
            ),
            NewFigure(label="净额", old=known.amount, new=said.amount, verdict=Verdict.CHANGED),
        ],
    )


def _subject(total: TaxTotal) -> str:
    return f"tax_total:{total.pk}"
