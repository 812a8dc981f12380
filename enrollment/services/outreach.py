"""Record why people are not insured, whom somebody spoke to, and who looks after whom (参保动员)."""

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import transaction

from enrollment.models import PROVEN, Contact, OutreachAssignment, UninsuredReason, WhyNot
from enrollment.rules.standing import COVERED, Standing
from enrollment.selectors.standings import Stands, Task, stands_of
from exchange.models import InboundBatch
from policy.errors import DomainError
from registry.batch.history import (
    delete_with_history,
    rewrite_with_history,
    update_with_history,
    write_with_history,
)
from registry.models import Resident
from registry.selectors import scope_filter
from registry.services import lock_residents

LABELS = dict(WhyNot.choices)


class DayAhead(DomainError):
    """Nobody was spoken to, and nothing found out, on a day that has not come."""

    code = "day_ahead"


class NotTheirArea(DomainError):
    """Somebody can look after people of their own areas only; nothing is written."""

    code = "not_their_area"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonSaid:
    """A reason as somebody found it out.

    :param document: the paper that proves it; `PROVEN` reasons need one
    """

    resident_id: int
    reason: str
    stated_on: datetime.date
    source: str
    document: str = ""
    note: str = ""
    row_number: int | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a reason is not recorded: a stable code and a sentence that says what to do."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of reasons, by resident: recorded anew, replacing another, the same as before, refused."""

    new: frozenset[int]
    changed: frozenset[int]
    unchanged: frozenset[int]
    refused: Mapping[int, Objection]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSaid:
    """What came of speaking to people."""

    contacted_on: datetime.date
    way: str
    outcome: str
    note: str = ""


def judged_reasons(task: Task, rows: Sequence[ReasonSaid]) -> Recorded:
    """Return what would become of reasons, one a resident; nothing is written and the queries do not grow.

    Whom the records show to be insured, covered otherwise or dead needs no reason, and the sentence says what is
    known; a paper is wanted for what moves the rate.
    """
    people = {row.resident_id for row in rows}
    stands, last = stands_of(task, people), _last_reasons(people, task.coverage_year)
    new, changed, unchanged = [], [], []
    refused: dict[int, Objection] = {}
    for row in rows:
        before = last.get(row.resident_id)
        objection = next(_objections(row, stands.get(row.resident_id), before, task), None)
        if objection is not None:
            refused[row.resident_id] = objection
        elif before is None or before.ended_on is not None:
            new.append(row.resident_id)
        elif _same(row, before):
            unchanged.append(row.resident_id)
        else:
            changed.append(row.resident_id)
    return Recorded(frozenset(new), frozenset(changed), frozenset(unchanged), refused)


@transaction.atomic
def record_reasons(
    *,
    task: Task,
    rows: Sequence[ReasonSaid],
    user: AbstractBaseUser | None,
    batch: InboundBatch | None = None,
) -> Recorded:
    """Record why people are not insured here for the task's year; a later reason ends the one before it.

    A reason of the same day replaces it. What is refused is told and not written; the rest is.
    """
    lock_residents({row.resident_id for row in rows})
    judged = judged_reasons(task, rows)
    taken = judged.new | judged.changed
    last = _last_reasons(taken, task.coverage_year)
    said = f"list {batch.pk}" if batch else "state reason"
    fresh, again, over = [], [], []
    for row in rows:
        if row.resident_id not in taken:
            continue
        before = last.get(row.resident_id)
        if before is not None and before.ended_on is None:
            if before.stated_on == row.stated_on:
                again.append(_filled(before, row, user, batch))
                continue
            before.ended_on = row.stated_on
            over.append(before)
        fresh.append(_filled(_blank(row, task.coverage_year), row, user, batch))
    rewrite_with_history(over, fields=("ended_on",), reason=said, user=user)
    fields = ("reason", "source", "document", "note", "batch", "row_number", "recorded_by")
    rewrite_with_history(again, fields=fields, reason=said, user=user)
    write_with_history(fresh, reason=said, user=user)
    return judged


@transaction.atomic
def end_reasons(
    *,
    coverage_year: int,
    resident_ids: Collection[int],
    on: datetime.date,
    today: datetime.date,
    why: str,
    user: AbstractBaseUser | None,
) -> list[int]:
    """End the reasons that stand for people, `on` being the first day without; return the keys of those ended.

    One that was stated that very day or later never should have been, and is struck out; its history stays.

    :raises DayAhead: if the day has not come
    """
    _refuse_ahead(on, today)
    lock_residents(resident_ids)
    rows = UninsuredReason.objects.filter(
        resident__in=resident_ids, coverage_year=coverage_year, ended_on=None
    )
    struck = delete_with_history(
        rows.filter(stated_on__gte=on), reason=f"strike out reason: {why}"[:100], user=user
    )
    ended = update_with_history(rows, {"ended_on": on}, reason=f"end reason: {why}"[:100], user=user)
    return sorted([*struck, *ended])


@transaction.atomic
def record_contacts(
    *,
    coverage_year: int,
    resident_ids: Collection[int],
    said: ContactSaid,
    today: datetime.date,
    user: AbstractBaseUser | None,
) -> int:
    """Record that people were spoken to; return how many. The same said twice of a day is recorded once.

    :raises DayAhead: if the day has not come
    """
    _refuse_ahead(said.contacted_on, today)
    lock_residents(resident_ids)
    same = Contact.objects.filter(
        resident__in=resident_ids,
        coverage_year=coverage_year,
        contacted_on=said.contacted_on,
        way=said.way,
        outcome=said.outcome,
        note=said.note,
    )
    known = set(same.values_list("resident_id", flat=True))
    rows = [
        Contact(
            resident_id=pk,
            coverage_year=coverage_year,
            contacted_on=said.contacted_on,
            way=said.way,
            outcome=said.outcome,
            note=said.note,
            contacted_by_id=user.pk if user else None,
        )
        for pk in sorted(set(resident_ids) - known)
    ]
    return len(write_with_history(rows, reason="note contact", user=user))


@transaction.atomic
def assign_people(
    *, coverage_year: int, resident_ids: Collection[int], assignee: User, user: AbstractBaseUser | None
) -> int:
    """Make a colleague look after people; return of how many that is news.

    :raises NotTheirArea: if one of them lives outside the colleague's areas
    """
    lock_residents(resident_ids)
    theirs = Resident.objects.filter(scope_filter(assignee, area="living_area"), pk__in=resident_ids)
    outside = len(set(resident_ids)) - theirs.count()
    if outside:
        raise NotTheirArea(
            f"有 {outside} 人不在{assignee.username}的管辖范围内，请改选负责人。", outside=outside
        )
    given = OutreachAssignment.objects.filter(resident__in=resident_ids, coverage_year=coverage_year)
    known = set(given.values_list("resident_id", flat=True))
    moved = update_with_history(
        given.exclude(assignee=assignee), {"assignee": assignee}, reason="assign outreach", user=user
    )
    rows = [
        OutreachAssignment(resident_id=pk, coverage_year=coverage_year, assignee=assignee)
        for pk in sorted(set(resident_ids) - known)
    ]
    return len(moved) + len(write_with_history(rows, reason="assign outreach", user=user))


def _objections(
    row: ReasonSaid, stands: Stands | None, before: UninsuredReason | None, task: Task
) -> Iterator[Objection]:
    """Yield why a reason is not simply recorded, the weightiest first."""
    found = stands.by_record if stands else None
    if stands is None:
        yield Objection("not_asked", "不在当年参保任务内：出生晚于或死亡早于任务期，无须登记原因")
    if row.stated_on > task.day:
        yield Objection("day_ahead", f"核实日期 {row.stated_on} 晚于 {task.day}，请核对")
    if found == Standing.INSURED_HERE:
        yield Objection("insured", "已在本地参保缴费，无须登记原因")
    if found == Standing.DIED and row.reason != Standing.DIED:
        yield Objection("dead", "登记簿中已死亡，无须登记其他原因")
    if found in COVERED and found != row.reason:
        yield Objection("covered", f"已查到{LABELS[found]}参保记录，与“{LABELS[row.reason]}”不符")
    if row.reason in PROVEN and not row.document:
        yield Objection("no_document", f"“{LABELS[row.reason]}”影响参保率，请填写凭据")
    if before is not None and row.stated_on < (before.ended_on or before.stated_on):
        told = f"已有 {before.stated_on} 核实的“{LABELS[before.reason]}”，以较晚的为准"
        yield Objection("later_reason", told)


def _same(row: ReasonSaid, before: UninsuredReason) -> bool:
    told = (row.reason, row.document, row.note)
    return told == (before.reason, before.document, before.note)


def _last_reasons(resident_ids: Collection[int], coverage_year: int) -> dict[int, UninsuredReason]:
    """Return the latest reason of each resident for the year, ended or not, in one query."""
    rows = UninsuredReason.objects.filter(resident__in=resident_ids, coverage_year=coverage_year)
    return {row.resident_id: row for row in rows.order_by("stated_on")}


def _blank(row: ReasonSaid, coverage_year: int) -> UninsuredReason:
    return UninsuredReason(resident_id=row.resident_id, coverage_year=coverage_year, stated_on=row.stated_on)


def _filled(
    kept: UninsuredReason, row: ReasonSaid, user: AbstractBaseUser | None, batch: InboundBatch | None
) -> UninsuredReason:
    kept.reason, kept.source, kept.document, kept.note = row.reason, row.source, row.document, row.note
    kept.batch, kept.row_number = batch, row.row_number
    kept.recorded_by_id = user.pk if user else None
    return kept


def _refuse_ahead(day: datetime.date, today: datetime.date) -> None:
    if day > today:
        raise DayAhead(f"日期 {day} 还没有到，请核对。", field="day")
