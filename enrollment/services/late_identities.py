"""Ask about identities that began, or became known, after the year was paid (集中期外新增、先缴费后认定)."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from casework.models import Case
from casework.services import close_unasked, open_cases
from enrollment.models import ContributionPeriod, ContributionState
from enrollment.rules.late_identities import PaidYear, late_identity
from enrollment.services.aid_facts import AidFacts, aid_facts
from enrollment.services.contributions import standing_contributions
from enrollment.services.late_cases import (
    Finding,
    Subject,
    cases_about,
    not_asked_yet,
    subject,
    waiting_cases,
    without_ground,
)
from hardship.selectors import changed_between
from policy.conditions import Identity
from policy.errors import DomainError

CHUNK = 2_000
CASES_OPENED, CASES_CLOSED = "cases_opened", "cases_closed"
WITHOUT_GROUND = "所问身份已作废、更正或不再增加资助，或该年度已非缴清，无须决定，系统办结。"


def ask_about_late_identities(
    *,
    since: datetime.datetime,
    until: datetime.datetime,
    day: datetime.date,
    user: AbstractBaseUser | None = None,
) -> Counter[str]:
    """Look at whoever has paid and whose identities changed in `[since, until)`; open a case where a person decides.

    No money moves: what the documents freeze, or put off to the next year, is counted and left alone. A case is
    opened once per person, coverage year and category, however long ago the year was; once it is decided, again when
    the identity turns out to have begun on another day, to give another sum, or after a correction of the aid. One
    whose ground is gone meanwhile is closed. Years taken over from elsewhere are facts and not asked about.

    :param day: identities that begin later are not looked at yet, nor those that begin after the coverage year
    :returns: identities by answer, or by the code of the refusal where the documents name no tiers; `cases_opened`,
        and `cases_closed` if there are any
    """
    residents = sorted(changed_between(since=since, until=until))
    counts = Counter({CASES_OPENED: 0})
    for start in range(0, len(residents), CHUNK):
        counts.update(_ask(residents[start : start + CHUNK], day, user=user))
    return counts


def ask_after_correction(*, resident_id: int, day: datetime.date) -> str:
    """Ask at once what the correction of a grant opens, in its transaction, and say so; empty = it opens nothing.

    The question is the system's: whoever decided the correction may decide it as well. What it answers is closed.
    """
    opened = _ask([resident_id], day, user=None)[CASES_OPENED]
    return f"更正后另立资助工单 {opened} 件，请继续办理。" if opened else ""


def close_answered(*, resident_id: int, day: datetime.date) -> str:
    """Close the questions that aid booked in this transaction leaves nothing of (就高不重复), and say so."""
    closed = _close_without_ground(waiting_cases([resident_id]), _looked([resident_id], day))
    return f"另有 {closed} 件资助工单不再增加资助，已一并办结。" if closed else ""


def finding_about(
    contribution: ContributionPeriod, *, category: str, day: datetime.date, facts: AidFacts | None = None
) -> Finding | DomainError | None:
    """Return what the documents say now of one category a year was paid without; null = it was not.

    :param day: identities that begin later are not looked at
    :param facts: null = as they are now
    """
    known = facts or aid_facts([contribution.resident_id])
    return _findings(contribution, known, day).get(category)


@transaction.atomic
def _ask(residents: list[int], day: datetime.date, *, user: AbstractBaseUser | None) -> Counter[str]:
    found, waiting = _looked(residents, day), waiting_cases(residents)
    closed = _close_without_ground(waiting, found)
    questions = not_asked_yet(found.questions, waiting=waiting)
    found.counts[CASES_OPENED] += len(open_cases(cases=cases_about(questions), user=user))
    if closed:
        found.counts[CASES_CLOSED] += closed
    return found.counts


@dataclass(slots=True)
class _Looked:
    """What the paid years of some residents ask.

    :ivar counts: identities by answer, or by the code of the refusal
    :ivar silent: what no document answers at the moment: a question about it stays as it is
    """

    counts: Counter[str] = field(default_factory=Counter)
    questions: list[Finding] = field(default_factory=list)
    silent: set[Subject] = field(default_factory=set)

    @property
    def standing(self) -> set[Subject]:
        """Return what a case may wait for."""
        return self.silent | {subject(each.contribution, each.identity.category) for each in self.questions}


def _looked(residents: list[int], day: datetime.date) -> _Looked:
    facts, looked = aid_facts(residents), _Looked()
    for contribution in _paid(residents):
        for category, found in _findings(contribution, facts, day).items():
            if isinstance(found, DomainError):
                looked.counts[found.code] += 1
                looked.silent.add(subject(contribution, category))
                continue
            looked.counts[found.late.answer] += 1
            if found.late.asks:
                looked.questions.append(found)
    return looked


def _close_without_ground(waiting: Sequence[Case], found: _Looked) -> int:
    """Close what waits for nothing any more; it is asked anew should its ground come back."""
    gone = without_ground(waiting, standing=found.standing)
    return len(close_unasked(cases=gone, text=WITHOUT_GROUND, may_return=True)) if gone else 0


def _paid(residents: list[int]) -> QuerySet[ContributionPeriod]:
    """Return what is paid, of every year: what was so on the pay day may come to be known in a later one."""
    return (
        standing_contributions(resident_ids=residents)
        .filter(state=ContributionState.PAID, paid_on__isnull=False, frozen_at__isnull=False)
        .exclude(policy_key="")
        .select_related("grant")
        .order_by("resident", "coverage_year")
    )


def _findings(
    contribution: ContributionPeriod, facts: AidFacts, day: datetime.date
) -> dict[str, Finding | DomainError]:
    """Return the answer to each category the year was paid without; of its spells the first that would give more."""
    pk, pay_day, booked_at = contribution.resident_id, contribution.paid_on, contribution.frozen_at
    assert pay_day is not None
    assert booked_at is not None
    person = facts.person(contribution)
    missed = [each for each in person.identities if facts.recorded[pk, each.category] > booked_at]
    known = tuple(each for each in person.identities if each not in missed)
    paid = PaidYear(
        replace(person, identities=known),
        contribution.assisted,
        facts.county(contribution),
        helped_later=contribution.is_helped_later,
    )
    by_category: dict[str, Finding | DomainError] = {}
    last = min(day, datetime.date(contribution.coverage_year, 12, 31))
    for identity in (*missed, *_begun(facts, pk, after=pay_day, day=last)):
        before = by_category.get(identity.category)
        if not (isinstance(before, Finding) and before.late.gives_more):
            by_category[identity.category] = _finding(contribution, facts, paid, identity)
    return by_category


def _begun(
    facts: AidFacts, resident_id: int, *, after: datetime.date, day: datetime.date
) -> Iterator[Identity]:
    """Yield the identities that began after one day and by the other, the earliest first."""
    spells = facts.people.people[resident_id].spells
    for spell in sorted(spells, key=lambda each: each.valid_from):
        if after < spell.valid_from <= day:
            yield Identity(spell.category, spell.valid_from, dict(spell.attributes))


def _finding(
    contribution: ContributionPeriod, facts: AidFacts, paid: PaidYear, identity: Identity
) -> Finding | DomainError:
    try:
        policy = facts.policy(contribution)
        answer = late_identity(policy, paid=paid, late=identity)
    except DomainError as silent:
        return silent
    return Finding(contribution, identity, answer.value, answer.steps, policy.digest)
