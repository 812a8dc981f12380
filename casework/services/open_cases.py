"""Open cases, one or thousands; the same question is asked once."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from casework.models import Case, CaseEvent, CaseEventKind, CaseFigure, Verdict
from casework.rules.working_days import working_days_after
from registry.batch.copying import copy_rows
from registry.batch.history import write_missing_with_history

DEFAULT_WORKING_DAYS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFigure:
    """A figure the case is about, as it is and as it would be.

    :param old: null = there is none yet
    :param new: null = there will be none
    :param subject_ref: the record it belongs to, such as "contribution:17"
    :param clause: what says so; `reading` how it was read
    :param trace: the working of the new figure, as steps are stored
    """

    label: str
    old: Decimal | None
    new: Decimal | None
    verdict: Verdict
    unit: str = "元"
    subject_ref: str = ""
    clause: str = ""
    reading: str = ""
    trace: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A question to a person.

    :param due_on: null = so many `working_days` after it was opened
    :param options: decisions to choose from, code → Chinese label; empty = any word
    :param figures: shown as a table in their order
    :param is_proposal: the opener is the first of the two hands (`propose_case`)
    :param dedupe_key: the question itself, such as "unmatched_payment:TX2025…"; null = always a new case
    """

    kind: str
    title: str
    area_id: int
    reason: str = ""
    clause: str = ""
    resident_id: int | None = None
    subject_ref: str = ""
    due_on: datetime.date | None = None
    working_days: int = DEFAULT_WORKING_DAYS
    options: Mapping[str, str] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)
    figures: Sequence[NewFigure] = ()
    dedupe_key: str | None = None
    needs_second: bool = False
    is_proposal: bool = False


def open_case(
    *, case: NewCase, user: AbstractBaseUser | None = None, at: datetime.datetime | None = None
) -> Case | None:
    """Open one case; null = the question stands already, whatever its state."""
    return next(iter(open_cases(cases=[case], user=user, at=at)), None)


@transaction.atomic
def open_cases(
    *, cases: Iterable[NewCase], user: AbstractBaseUser | None = None, at: datetime.datetime | None = None
) -> list[Case]:
    """Open cases and return those that are new, set-based.

    :param user: who asks; null = the system
    :param at: when; null = now
    """
    moment = at or timezone.now()
    today = timezone.localdate(moment)
    questions = list(cases)
    due = {days: working_days_after(today, days) for days in {case.working_days for case in questions}}
    rows = [
        _row(case, user=user, at=moment, due_on=case.due_on or due[case.working_days]) for case in questions
    ]
    opened = write_missing_with_history(rows, key="dedupe_key", reason="open case", user=user)
    _note(opened, kind=CaseEventKind.OPENED, user=user, at=moment)
    asked = {id(row): question for row, question in zip(rows, questions, strict=True)}
    copy_rows(
        _figure(case, position, figure)
        for case in opened
        for position, figure in enumerate(asked[id(case)].figures, start=1)
    )
    return opened


def _row(
    case: NewCase, *, user: AbstractBaseUser | None, at: datetime.datetime, due_on: datetime.date
) -> Case:
    return Case(
        kind=case.kind,
        title=case.title[:200],
        area_id=case.area_id,
        resident_id=case.resident_id,
        subject_ref=case.subject_ref,
        due_on=due_on,
        opened_at=at,
        opened_by_id=user.pk if user else None,
        reason=case.reason,
        clause=case.clause,
        options=[{"code": code, "label": label} for code, label in case.options.items()],
        detail=dict(case.detail),
        dedupe_key=case.dedupe_key,
        needs_second=case.needs_second,
        is_proposal=case.is_proposal,
    )


def _figure(case: Case, position: int, figure: NewFigure) -> CaseFigure:
    return CaseFigure(
        case=case,
        position=position,
        subject_ref=figure.subject_ref,
        label=figure.label[:200],
        old=figure.old,
        new=figure.new,
        unit=figure.unit,
        verdict=figure.verdict,
        clause=figure.clause[:200],
        reading=figure.reading,
        trace=[dict(step) for step in figure.trace],
    )


def _note(cases: Sequence[Case], *, kind: str, user: AbstractBaseUser | None, at: datetime.datetime) -> None:
    copy_rows(
        CaseEvent(case=case, at=at, by_id=user.pk if user else None, kind=kind, text=case.reason)
        for case in cases
    )
