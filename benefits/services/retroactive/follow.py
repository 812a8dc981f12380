"""Follow changes of identities into what was settled before they were known; one case per person and change."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from benefits.models import Claim
from benefits.services.retroactive.outcomes import figures_of
from benefits.services.retroactive.questions import Findings, Question
from benefits.services.retroactive.work import plan_work
from benefits.services.withdraw_alerts import withdraw_unwatched
from casework.models import Case, CaseFigure, CaseState
from casework.services import NewCase, close_unasked, open_cases
from enrollment.services.retroactive import KIND, touched_contributions
from hardship.models import Category
from hardship.selectors import IdentityChange, change_of, changed_between, identity_changes
from registry.models import Resident

CHUNK = 500
UNDECIDED = (CaseState.OPEN, CaseState.ASSIGNED)
NOTHING_TO_DECIDE = "所列各项或已自动办理，或按文件不调整，无须决定，系统办结。"
WATCHED_OTHERWISE = "身份更正后按另一条规则也不超过预警线"
ASKED_ANEW = "身份或费用又有变动，改由新的追溯变更工单办理，本工单办结。"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The cases a person has had, and how far their changes are dealt with.

    :param standing: undecided
    :param dealt: last history row of a decided or closed one
    """

    standing: tuple[Case, ...] = ()
    dealt: int = 0

    @property
    def first_row(self) -> int | None:
        """The first history row of what is asked about already."""
        return min((case.detail["first_row"] for case in self.standing), default=None)


def follow_changes(
    *,
    since: datetime.datetime,
    until: datetime.datetime,
    day: datetime.date,
    user: AbstractBaseUser | None = None,
) -> Counter[str]:
    """Ask about what the changes written in `[since, until)` touch, and anew where money moved since a case was made.

    Alerts that these identities leave without ground are withdrawn. A change that touches nothing before `day` is
    none. What is left to decide is asked; where nothing is, the case is closed at once and stays as a record. Doing it
    twice is harmless.

    :returns: `retroactive` changes, `cases_opened`, and of these `closed_at_once`; `asked_anew`
    """
    counts: Counter[str] = Counter()
    residents = sorted(changed_between(since=since, until=until))
    for start in range(0, len(residents), CHUNK):
        with transaction.atomic():
            counts += _follow(residents[start : start + CHUNK], since=since, until=until, day=day, user=user)
    outdated = _cases_to_look_at(since=since)
    for start in range(0, len(outdated), CHUNK):
        with transaction.atomic():
            counts += _ask_anew(outdated[start : start + CHUNK], day=day, user=user)
    return counts


def question_again(case: Case, *, day: datetime.date) -> NewCase | None:
    """Return what a case would ask by the facts of today; null = nothing is touched any more."""
    change = change_kept(case)
    if change is None:
        return None
    found = _questions([change], day=day, number=_times([case]))
    return found[0].as_case(area_id=case.area_id) if found else None


def _follow(
    residents: Sequence[int],
    *,
    since: datetime.datetime,
    until: datetime.datetime,
    day: datetime.date,
    user: AbstractBaseUser | None,
) -> Counter[str]:
    asked = _asked(residents)
    changes = identity_changes(
        resident_ids=residents,
        since=since,
        until=until,
        after={pk: each.dealt for pk, each in asked.items()},
        along_with={pk: each.first_row for pk, each in asked.items() if each.first_row is not None},
    )
    fresh = [each for each in changes if not _is_asked(each, asked.get(each.resident_id, _Asked()))]
    replaced = [case for each in fresh for case in asked.get(each.resident_id, _Asked()).standing]
    close_unasked(cases=replaced, text=ASKED_ANEW, user=user)
    withdraw_unwatched(resident_ids=residents, reason=WATCHED_OTHERWISE, user=user)
    retroactive = [each for each in fresh if each.first_day(before=day) is not None]
    return Counter(retroactive=len(retroactive)) + _open(_questions(retroactive, day=day), user=user)


def _is_asked(change: IdentityChange, asked: _Asked) -> bool:
    return any(case.detail["last_row"] == change.last_row for case in asked.standing)


def _asked(residents: Collection[int]) -> dict[int, _Asked]:
    standing: defaultdict[int, list[Case]] = defaultdict(list)
    dealt: defaultdict[int, int] = defaultdict(int)
    for case in Case.objects.filter(kind=KIND, resident__in=residents).order_by("pk"):
        assert case.resident_id is not None
        if case.state in UNDECIDED:
            standing[case.resident_id].append(case)
        elif case.state == CaseState.DECIDED or case.performed_at or not case.options:
            dealt[case.resident_id] = max(dealt[case.resident_id], case.detail["last_row"])
    return {pk: _Asked(tuple(standing[pk]), dealt[pk]) for pk in {*standing, *dealt}}


def _cases_to_look_at(*, since: datetime.datetime) -> list[int]:
    """Return the undecided cases of people whose claims changed lately."""
    waiting = Case.objects.filter(kind=KIND, state__in=UNDECIDED)
    moved = Claim.history.filter(history_date__gte=since, resident_id__in=waiting.values("resident"))
    people = moved.order_by().values("resident_id").distinct()
    return list(waiting.filter(resident__in=people).order_by("pk").values_list("pk", flat=True))


def _ask_anew(
    case_ids: Collection[int], *, day: datetime.date, user: AbstractBaseUser | None
) -> Counter[str]:
    locked = Case.objects.filter(pk__in=case_ids, state__in=UNDECIDED).order_by("pk")
    cases = {case.resident_id: case for case in locked.select_for_update(of=("self",))}
    changes = [change for case in cases.values() if (change := change_kept(case)) is not None]
    questions = _questions(changes, day=day, number=_times(cases.values()))
    shown = _shown(cases.values())
    others = [each for each in questions if _figures(each) != shown[cases[each.change.resident_id].pk]]
    moved = {each.change.resident_id for each in others}
    gone = cases.keys() - {each.change.resident_id for each in questions}
    replaced = [case for pk, case in cases.items() if pk in moved | gone]
    close_unasked(cases=replaced, text=ASKED_ANEW, user=user)
    return Counter(asked_anew=len(replaced)) + _open(others, user=user)


def change_kept(case: Case) -> IdentityChange | None:
    """Return the change a case is about, as the records stand now."""
    assert case.resident_id is not None
    return change_of(
        resident_id=case.resident_id,
        first_row=case.detail["first_row"],
        last_row=case.detail["last_row"],
    )


def _times(cases: Collection[Case]) -> dict[int, int]:
    """Return how often each person was asked about the change of their case."""
    last_row = {case.resident_id: case.detail["last_row"] for case in cases if case.resident_id is not None}
    earlier = Case.objects.filter(kind=KIND, resident__in=last_row).values_list("resident_id", "detail")
    counts = Counter((resident_id, detail["last_row"]) for resident_id, detail in earlier)
    return {pk: counts[pk, row] for pk, row in last_row.items()}


def _shown(cases: Collection[Case]) -> dict[int, list[tuple[object, ...]]]:
    """Return the figures of cases."""
    shown: dict[int, list[tuple[object, ...]]] = {case.pk: [] for case in cases}
    rows = CaseFigure.objects.filter(case__in=shown).order_by("case_id", "position")
    for case_id, *figure in rows.values_list("case_id", "subject_ref", "label", "old", "new", "verdict"):
        shown[case_id].append(tuple(figure))
    return shown


def _figures(question: Question) -> list[tuple[object, ...]]:
    return [
        (each.subject_ref, each.label, each.old, each.new, str(each.verdict))
        for each in question.findings.figures
    ]


def _questions(
    changes: Sequence[IdentityChange], *, day: datetime.date, number: Mapping[int, int] | None = None
) -> list[Question]:
    """Return what the changes touch, those that touch nothing left out."""
    if not changes:
        return []
    contributions = touched_contributions(changes, before=day)
    settled = figures_of(plan_work(changes, before=day))
    called = Category.objects.in_bulk()
    found = []
    for change in changes:
        of_year = contributions.get(change.resident_id)
        findings = Findings(
            premiums=of_year.told if of_year else (),
            corrections=of_year.asked if of_year else (),
            settled=settled.get(change.resident_id, ()),
        )
        if findings.matters:
            times = (number or {}).get(change.resident_id, 0)
            found.append(Question(change, findings, day, times, called))
    return found


def _open(questions: Sequence[Question], *, user: AbstractBaseUser | None) -> Counter[str]:
    areas = dict(
        Resident.objects.filter(pk__in=[each.change.resident_id for each in questions]).values_list(
            "pk", "living_area_id"
        )
    )
    cases = [each.as_case(area_id=areas[each.change.resident_id]) for each in questions]
    opened = open_cases(cases=cases, user=user)
    settled = [case for case in opened if not case.options]
    close_unasked(cases=settled, text=NOTHING_TO_DECIDE, user=user)
    return Counter(cases_opened=len(opened), closed_at_once=len(settled))
