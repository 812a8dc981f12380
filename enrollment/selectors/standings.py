"""Where everybody of an area stands in a year's task (参保任务): one statement that figures and lists share.

`rules/standing.py` is the law; BY_RECORD and CONTRADICTION are the same set-based, held equal by a property test. A
figure is the count of a list, so both are asked of the same rows. People count where they lived on the task's day, so
that a past day is told alike whoever moves on.
"""

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from enrollment.models import (
    Contact,
    ContributionPeriod,
    ContributionState,
    Enrollment,
    EnrollmentStatus,
    OutreachAssignment,
    UninsuredReason,
)
from enrollment.rules.windows import OpenWindow, adopted_windows, concentrated_period
from hardship.models import Recognition
from policy.policy import Policy
from policy.schema.oversight import Participation
from policy.selectors import policy_for
from registry.batch.places import places_on
from registry.models import Area, InsuredSpell, Resident, Scheme
from registry.selectors import area_chain

TABLES = {
    model.__name__.lower(): model._meta.db_table
    for model in (
        Area, Contact, ContributionPeriod, Enrollment, InsuredSpell, OutreachAssignment, Recognition, Resident,
        UninsuredReason,
    )
}  # fmt: skip
CODES = {
    "active": EnrollmentStatus.ACTIVE.value,
    "paid": ContributionState.PAID.value,
    "employee": Scheme.EMPLOYEE.value,
    "elsewhere": Scheme.RESIDENT_ELSEWHERE.value,
}
# A spell without the code of an area was told to this bureau, and counts as of here.
BY_RECORD = """CASE
    WHEN paid.pooling_area_id = {pool} THEN 'insured_here'
    WHEN person.died_on <= %(day)s THEN 'died'
    WHEN job.is_here THEN 'employee_scheme'
    WHEN paid.pooling_area_id IS NOT NULL OR other.id IS NOT NULL THEN 'resident_scheme_elsewhere'
    WHEN job.is_here IS NOT NULL THEN 'employee_scheme_elsewhere' END"""
CONTRADICTION = """CASE
    WHEN reason IS NULL THEN ''
    WHEN by_record = 'insured_here' THEN 'insured'
    WHEN is_dead AND reason <> 'died' THEN 'dead'
    WHEN NOT is_dead AND reason = 'died' THEN 'alive'
    WHEN NOT is_dead AND by_record <> reason THEN 'covered'
    WHEN discharged AND reason = 'army' THEN 'discharged'
    ELSE '' END"""
# One join after the other, none inside another: while rows are not committed the planner may take every table for
# empty, and would pass over the inner join once per person.
PEOPLE = """
SELECT *, coalesce(by_record, reason, 'waiting') AS standing, {contradiction} AS contradiction FROM (
    SELECT person.id AS resident_id, place.id AS place_id, place.path AS place_path, reason.reason AS reason,
           coalesce(person.died_on <= %(day)s, false) AS is_dead,
           coalesce(person.discharged_on <= %(day)s, false) AS discharged, {by_record} AS by_record,
           EXISTS (SELECT FROM {recognition} AS held JOIN {resident} AS holder ON holder.id = held.resident_id
                   WHERE held.resident_id = person.id AND held.category_id = ANY(%(categories)s)
                     AND held.valid_from <= least(%(day)s, holder.died_on)
                     AND (held.valid_to IS NULL OR held.valid_to > least(%(day)s, holder.died_on))) AS in_hardship
    FROM {resident} AS person {moved}
    JOIN {area} AS place ON place.id = {home}
    LEFT JOIN {enrollment} AS listed ON listed.resident_id = person.id
        AND listed.coverage_year = %(year)s AND listed.status = %(active)s
    LEFT JOIN {contributionperiod} AS year ON year.enrollment_id = listed.id AND year.state = %(paid)s
        AND (year.paid_on IS NULL OR year.paid_on <= %(day)s)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN year.id IS NOT NULL THEN listed.pooling_area_id END AS pooling_area_id) AS paid
    LEFT JOIN {insuredspell} AS spell ON spell.resident_id = person.id AND spell.scheme = %(employee)s
        AND spell.starts_on <= %(day)s AND (spell.ends_on IS NULL OR spell.ends_on > %(day)s)
    LEFT JOIN {area} AS spell_area ON spell_area.code = spell.area_code
    LEFT JOIN {area} AS pool ON pool.id = {pool}
    CROSS JOIN LATERAL (SELECT CASE WHEN spell.id IS NOT NULL THEN
        spell.area_code = '' OR coalesce(starts_with(spell_area.path, pool.path), false) END AS is_here) AS job
    LEFT JOIN {insuredspell} AS other ON other.resident_id = person.id AND other.scheme = %(elsewhere)s
        AND other.starts_on <= %(day)s AND (other.ends_on IS NULL OR other.ends_on > %(day)s)
    LEFT JOIN {uninsuredreason} AS reason ON reason.resident_id = person.id
        AND reason.coverage_year = %(year)s AND reason.stated_on <= %(day)s
        AND (reason.ended_on IS NULL OR reason.ended_on > %(day)s)
    WHERE {who} AND person.born_on <= %(day)s AND (person.died_on IS NULL OR person.died_on >= %(since)s)
) AS facts"""
# Where people live, and what pools funds there: as the records stand, or where somebody has moved since the day.
STAYED = {"moved": "", "home": "person.living_area_id", "pool": "person.pooling_area_id"}
MOVED = {
    "moved": """LEFT JOIN unnest(%(moved)s::bigint[], %(homes)s::bigint[], %(pools)s::bigint[])
        AS stayed (resident_id, home_id, pool_id) ON stayed.resident_id = person.id""",
    "home": "coalesce(stayed.home_id, person.living_area_id)",
    "pool": "coalesce(stayed.pool_id, person.pooling_area_id)",
}
BELOW = "starts_with(place.path, %(path)s)"
NAMED = "person.id = ANY(%(people)s)"
COUNTS = """SELECT {by}, standing, in_hardship, contradiction <> '', count(*)
    FROM ({people}) AS asked GROUP BY 1, 2, 3, 4"""
STANDS = "SELECT resident_id, standing, by_record, reason, contradiction FROM ({people}) AS asked"
NEXT_BELOW = "split_part(substr(place_path, length(%(path)s) + 1), '/', 1)"
NEVER_SPOKEN = """AND NOT EXISTS (SELECT FROM {contact} AS spoken
    WHERE spoken.resident_id = asked.resident_id AND spoken.coverage_year = %(year)s)"""
LAST_SPOKEN = """AND (SELECT outcome FROM {contact} AS spoken
    WHERE spoken.resident_id = asked.resident_id AND spoken.coverage_year = %(year)s
    ORDER BY spoken.contacted_on DESC, spoken.id DESC LIMIT 1) = %(contact)s"""
GIVEN = """EXISTS (SELECT FROM {outreachassignment} AS given
    WHERE given.resident_id = asked.resident_id AND given.coverage_year = %(year)s"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Whom a year's task is about, as of a day: everybody living below `area` and not dead before `since`.

    :param since: first day of the year's first window; who died earlier was never to be insured
    :param categories: the identities of the hardship groups
    """

    area: Area
    coverage_year: int
    day: datetime.date
    since: datetime.date
    categories: tuple[str, ...]
    rules: Participation
    windows: tuple[OpenWindow, ...]

    @property
    def params(self) -> dict[str, Any]:
        """What statements may name."""
        return CODES | {
            "path": self.area.path,
            "year": self.coverage_year,
            "day": self.day,
            "since": self.since,
            "categories": list(self.categories),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """Which of them; empty = everybody.

    :param contact: "never" = nobody spoke to them, or the outcome of the last contact
    :param assignee: "none" = nobody looks after them, or the key of a user
    """

    standings: tuple[str, ...] = ()
    hardship_only: bool = False
    contradicted: bool = False
    contact: str = ""
    assignee: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many at a place stand alike; `place` as `by` of `counted` says."""

    place: Any
    standing: str
    in_hardship: bool
    contradicted: bool
    people: int


@dataclass(frozen=True, slots=True)
class Stands:
    """Where one person stands; `by_record` is what the records alone say, null = nothing."""

    resident_id: int
    standing: str
    by_record: str | None
    reason: str | None
    contradiction: str


def task_of(*, area: Area, coverage_year: int, today: datetime.date) -> Task:
    """Return the task of a year, as of `today` or the year's last day.

    :raises PolicyNotFound: if no policy is approved for the area and year
    :raises RuleNotPublished: if the documents say nothing of participation, its groups or the windows
    """
    policy = policy_for(areas=area_chain(area), year=coverage_year)
    return task_under(policy, area=area, coverage_year=coverage_year, today=today)


def task_under(policy: Policy, *, area: Area, coverage_year: int, today: datetime.date) -> Task:
    """Return the task of a year by its policy.

    :raises RuleNotPublished: as `task_of`
    """
    section = policy.oversight
    rules = section.published(section.participation, "participation")
    return Task(
        area=area,
        coverage_year=coverage_year,
        day=min(today, datetime.date(coverage_year, 12, 31)),
        since=concentrated_period(policy.enrollment).first,
        categories=rules.published(rules.categories, "categories").value,
        rules=rules,
        windows=tuple(adopted_windows(policy.enrollment)),
    )


def counted_below(task: Task) -> list[Counted]:
    """Return the counts by the area next below the task's, "" = living at the area itself; one query."""
    return [Counted(*row) for row in _rows(COUNTS, task, by=NEXT_BELOW)]


def counted_by_place(task: Task) -> list[Counted]:
    """Return the counts by the key of the living area, in one query."""
    return [Counted(*row) for row in _rows(COUNTS, task, by="place_id")]


def people_standing(
    task: Task, narrowed: Narrowed, *, most: int, after: int = 0, by_place: bool = False
) -> list[Stands]:
    """Return at most `most` of the people, in one query.

    :param after: those with a greater key, in the order of keys; for pages
    :param by_place: in the order of places instead; for whole lists
    """
    order = "place_path, resident_id" if by_place else "resident_id"
    statement = " ".join(
        [STANDS, "WHERE resident_id > %(after)s", *_conditions(narrowed), "ORDER BY", order, "LIMIT %(most)s"]
    )
    told = {
        "after": after,
        "most": most,
        "standings": list(narrowed.standings),
        "contact": narrowed.contact,
        "assignee": int(narrowed.assignee) if narrowed.assignee.isdecimal() else None,
    }
    return [Stands(*row) for row in _rows(statement, task, told)]


def stands_of(task: Task, resident_ids: Collection[int]) -> dict[int, Stands]:
    """Return where each of the residents stands, wherever they live; whom the task is not about is left out."""
    found = _rows(STANDS, task, {"people": list(resident_ids)}, who=NAMED)
    return {row[0]: Stands(*row) for row in found}


def _conditions(narrowed: Narrowed) -> list[str]:
    """Return the conditions that narrow a list, each as it follows WHERE."""
    parts = {
        "AND standing = ANY(%(standings)s)": bool(narrowed.standings),
        "AND in_hardship": narrowed.hardship_only,
        "AND contradiction <> ''": narrowed.contradicted,
        NEVER_SPOKEN: narrowed.contact == "never",
        LAST_SPOKEN: narrowed.contact not in ("", "never"),
        f"AND NOT {GIVEN})": narrowed.assignee == "none",
        f"AND {GIVEN} AND given.assignee_id = %(assignee)s)": narrowed.assignee not in ("", "none"),
    }
    return [condition for condition, wanted in parts.items() if wanted]


def _rows(
    statement: str, task: Task, told: Mapping[str, Any] | None = None, *, who: str = BELOW, by: str = ""
) -> Iterator[tuple[Any, ...]]:
    stayed = _stayed(task.day)
    where = MOVED if stayed["moved"] else STAYED
    by_record = BY_RECORD.format(pool=where["pool"])
    people = PEOPLE.format(**TABLES, **where, by_record=by_record, contradiction=CONTRADICTION, who=who)
    with connection.cursor() as cursor:
        cursor.execute(
            statement.format(**TABLES, people=people, by=by), task.params | stayed | dict(told or {})
        )
        yield from cursor.fetchall()


def _stayed(day: datetime.date) -> dict[str, list[int]]:
    """Return where those lived on `day` who moved later; two queries, one if nobody did."""
    later = Resident.objects.filter(living_since__gt=day).order_by()
    places = places_on(residents=set(later.values_list("pk", flat=True)), day=day)
    return {
        "moved": list(places),
        "homes": [each.living_area_id for each in places.values()],
        "pools": [each.pooling_area_id for each in places.values()],
    }
