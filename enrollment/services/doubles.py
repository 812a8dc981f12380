"""Double enrolment (重复参保): found with the rule that says which registration stays, asked of a person once.

Found at registration (`refuse_double`) and every night over everybody (`ask_about_doubles`). The key of a question
names both registrations with their days, so that it is asked again only where these changed.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from casework.models import Case, CaseState
from casework.services import NewCase, close_unasked, open_cases
from enrollment.batch.doubles import (
    Beside,
    Certified,
    Spell,
    spells_of,
    standing_doubles,
    supposed_doubles,
)
from enrollment.rules.duplicates import Double, Side, kept, unbroken_since
from enrollment.selectors.policies import policies_for
from policy.errors import DomainError, PolicyNotFound
from policy.policy import Policy
from policy.schema.duplicates import Pair
from registry.models import Scheme

KIND = "double_enrollment"
KEEP_HERE, KEEP_THERE, NOT_DOUBLE = "keep_here", "keep_there", "not_double"
STUDENTS = ("student", "freshman")
PAIRS = {
    Pair.TWO_AREAS: "两地重复参加居民医保",
    Pair.SCHOOL_AND_HOME: "学校与家庭所在地重复参保",
    Pair.TWO_SCHEMES: "居民医保与职工医保重复参保",
    Pair.TWO_DOCUMENTS: "出生医学证明与身份证号重复登记",
}
ANSWERED = "已不再同时参保，无需决定"
BY_RULE = "【按规定】"


class DoubleEnrollment(DomainError):
    """The documents keep what stands beside the registration: nobody is registered."""

    code = "double_enrollment"


@dataclass(frozen=True, slots=True)
class FoundDouble:
    """A registration, what stands beside it, and what the documents say of the two.

    :param stays: which one the documents keep; null = they leave it open, or are silent
    :param said: that as a sentence
    """

    beside: Beside
    pair: Pair
    stays: Side | None
    said: str
    clause: str = ""

    @property
    def key(self) -> str:
        """What tells the question from others, with the days on which it rests."""
        there = self.beside.there
        if isinstance(there, Certified):
            other = f"enrollment:{there.enrollment_id}"
        else:
            other = f"spell:{there.id}:{there.starts_on}:{there.ends_on or ''}:{there.area_code}"
        return f"{KIND}:{self.pair}:{self.beside.here.enrollment_id}:{other}"

    @property
    def elsewhere(self) -> str:
        """What stands beside the registration, in words."""
        there = self.beside.there
        if isinstance(there, Certified):
            return f"{there.name}（出生医学证明）的同年度参保登记"
        until = f"至 {there.ends_on - datetime.timedelta(days=1)}" if there.ends_on else "起，在保"
        place = f"（{there.area_code}）" if there.area_code else ""
        student = "，学生" if there.as_student else ""
        return f"{Scheme(there.scheme).label}{place}{student}：{there.starts_on} {until}"

    @property
    def sentence(self) -> str:
        """What was found, and what the documents say of it."""
        here = self.beside.here
        return (
            f"{here.name} {here.coverage_year} 年度在{here.pooling_name}的居民医保登记，与{self.elsewhere}重复"
            f"（{PAIRS[self.pair]}）。{self.said}"
        )


def found_doubles(*, day: datetime.date, resident_ids: Collection[int] | None = None) -> list[FoundDouble]:
    """Return the double enrolments that stand on `day`, set-based.

    :param resident_ids: only these people; null = everybody
    """
    return _judged(standing_doubles(day=day, resident_ids=resident_ids))


def doubles_at_registration(
    *, resident_ids: Collection[int], coverage_year: int, day: datetime.date, population: str | None = None
) -> list[FoundDouble]:
    """Return what registrations for `coverage_year` on `day` would stand beside, set-based; nothing is written."""
    return _judged(
        supposed_doubles(
            resident_ids=resident_ids,
            coverage_year=coverage_year,
            day=day,
            population=population or "resident",
        )
    )


def refuse_double(found: Iterable[FoundDouble]) -> None:
    """Refuse registrations beside which the documents keep the other one.

    :raises DoubleEnrollment: naming everybody concerned
    """
    refused = [each for each in found if each.stays is Side.THERE]
    if refused:
        first = refused[0]
        more = f"（共 {len(refused)} 人）" if len(refused) > 1 else ""
        raise DoubleEnrollment(
            f"{first.sentence}不能登记{more}；他处参保已终止或记录有误的，请先更正“他处参保”再登记。",
            resident_ids=sorted({each.beside.here.resident_id for each in refused}),
            clause=first.clause,
        )


@transaction.atomic
def ask_about_doubles(
    *,
    day: datetime.date,
    resident_ids: Collection[int] | None = None,
    user: AbstractBaseUser | None = None,
) -> dict[str, int]:
    """Open a case for each double enrolment that nobody was asked about, close those that ceased; set-based.

    :returns: how many were found, opened and closed
    """
    found = found_doubles(day=day, resident_ids=resident_ids)
    opened = open_cases(cases=[question(each) for each in found], user=user)
    waiting = Case.objects.filter(kind=KIND, state__in=[CaseState.OPEN, CaseState.ASSIGNED])
    if resident_ids is not None:
        waiting = waiting.filter(resident_id__among=resident_ids)
    standing = {each.key for each in found}
    ceased = [case for case in waiting.order_by("pk") if case.dedupe_key not in standing]
    closed = close_unasked(cases=ceased, text=ANSWERED, may_return=True, user=user)
    return {"found": len(found), "opened": len(opened), "closed": len(closed)}


def question(found: FoundDouble) -> NewCase:
    """Return the case that asks which registration stays."""
    here, there = found.beside.here, found.beside.there
    other = f"enrollment:{there.enrollment_id}" if isinstance(there, Certified) else f"spell:{there.id}"
    return NewCase(
        kind=KIND,
        title=f"{here.name} {here.coverage_year} 年度{PAIRS[found.pair]}",
        area_id=here.living_area_id,
        resident_id=here.resident_id,
        subject_ref=f"enrollment:{here.enrollment_id}",
        reason=found.sentence,
        clause=found.clause[:200],
        options=_options(found),
        detail={
            "coverage_year": here.coverage_year,
            "elsewhere": found.elsewhere,
            "paid_here": str(here.paid),
            "other": other,
        },
        dedupe_key=found.key,
        needs_second=_moves_money(found),
    )


def _options(found: FoundDouble) -> dict[str, str]:
    """Return what may be decided; what the documents say is marked."""
    certified = isinstance(found.beside.there, Certified)
    options = {
        KEEP_HERE: "保留身份证号登记，撤销出生医学证明登记"
        if certified
        else "保留本地居民医保，他处参保不再计入",
        KEEP_THERE: "保留出生医学证明登记，撤销身份证号登记" if certified else "保留他处参保，撤销本地登记",
        NOT_DOUBLE: "核实不属重复参保，均保留",
    }
    advised = {Side.HERE: KEEP_HERE, Side.THERE: KEEP_THERE}.get(found.stays) if found.stays else None
    return {code: label + (BY_RULE if code == advised else "") for code, label in options.items()}


def _moves_money(found: FoundDouble) -> bool:
    there = found.beside.there
    return bool(found.beside.here.paid or (isinstance(there, Certified) and there.paid))


def _judged(rows: list[Beside]) -> list[FoundDouble]:
    if not rows:
        return []
    policies = policies_for(
        paths={each.here.living_area_id: each.here.living_path for each in rows},
        years={each.here.coverage_year for each in rows},
    )
    employed = {each.here.resident_id for each in rows if _pair(each) is Pair.TWO_SCHEMES}
    spells = spells_of(resident_ids=employed, scheme=Scheme.EMPLOYEE) if employed else {}
    return [
        _found(
            each,
            policies.get((each.here.living_area_id, each.here.coverage_year)),
            since=unbroken_since(spells.get(each.here.resident_id, []), day=each.here.day),
        )
        for each in rows
    ]


def _found(beside: Beside, policy: Policy | None, *, since: datetime.date | None) -> FoundDouble:
    pair = _pair(beside)
    double = Double(
        pair=pair,
        day=beside.here.day,
        there_since=since if pair is Pair.TWO_SCHEMES else None,
        lives=_lives(beside),
        studies=_studies(beside),
    )
    try:
        if policy is None:
            raise PolicyNotFound(f"当地没有已生效的 {beside.here.coverage_year} 年度政策。")
        answer = kept(policy.enrollment, double)
    except DomainError as silent:
        return FoundDouble(
            beside, pair, None, f"文件没有规定保留哪一处：{silent.message}请按上级书面答复决定。"
        )
    (first, *more) = answer.steps
    known = f"；{first.reading}" if first.reading else ""
    said = f"规定：{first.label}（{first.clause}{known}）"
    if answer.value is None:
        why = f"，{more[0].label} {more[0].figure} 个月" if more else "，按登记信息不能判定"
        return FoundDouble(beside, pair, None, f"{said}{why}，由经办人员核实后决定。", first.clause)
    side = "本地登记" if answer.value is Side.HERE else "他处参保"
    return FoundDouble(beside, pair, answer.value, f"{said}，应保留{side}。", first.clause)


def _pair(beside: Beside) -> Pair:
    there = beside.there
    if isinstance(there, Certified):
        return Pair.TWO_DOCUMENTS
    if there.scheme == Scheme.EMPLOYEE:
        return Pair.TWO_SCHEMES
    return Pair.TWO_AREAS if _studies(beside) is None else Pair.SCHOOL_AND_HOME


def _lives(beside: Beside) -> Side | None:
    codes = beside.here.living_path.strip("/").split("/")
    if beside.here.pooling_code in codes:
        return Side.HERE
    there = beside.there
    return Side.THERE if isinstance(there, Spell) and there.area_code in codes else None


def _studies(beside: Beside) -> Side | None:
    here = beside.here.population in STUDENTS
    there = isinstance(beside.there, Spell) and beside.there.as_student
    return None if here == there else Side.HERE if here else Side.THERE
