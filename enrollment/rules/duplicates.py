"""Which of two registrations of one person stays (重复参保): workplace, usual residence, school, or identity number.

pair              beside the registration here             what documents keep
two_areas         resident scheme of another area          where the person usually lives
school_and_home   one of both as a student                 where the school is
two_schemes       employee insurance                       employee insurance after so many months
two_documents     the same child by birth certificate      the one by identity number
"""

from dataclasses import dataclass
from enum import StrEnum

from policy.dates import Date, days_after, months_after
from policy.schema.duplicates import DuplicateRule, Keep, Pair
from policy.schema.enrollment import EnrollmentRules
from policy.trace import Step, Traced

KEPT = {
    Keep.USUAL_RESIDENCE: "保留常住地参保",
    Keep.SCHOOL_PLACE: "保留学校所在地参保",
    Keep.EMPLOYEE_SCHEME: "保留职工医保",
    Keep.RESIDENT_SCHEME: "保留居民医保",
    Keep.IDENTITY_NUMBER: "保留身份证号登记",
}


class Side(StrEnum):
    """One of the two: the registration looked at, or what stands beside it."""

    HERE = "here"
    THERE = "there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Double:
    """Two registrations that hold on one day.

    :param there_since: first day of the unbroken cover elsewhere; None = it is no spell of cover
    :param lives: where the person usually lives; None = at neither place, or nobody knows
    :param studies: where the person is registered as a student; None = at neither or at both
    """

    pair: Pair
    day: Date
    there_since: Date | None = None
    lives: Side | None = None
    studies: Side | None = None


def kept(enrollment: EnrollmentRules, double: Double) -> Traced[Side | None]:
    """Return which of the two the documents keep; None = they leave it to a person.

    :raises RuleNotPublished: if the documents say nothing about such a pair
    """
    rule = enrollment.duplicates.get(double.pair)
    if rule is None:
        raise enrollment.silent(f"duplicates.{double.pair}")
    step = Step.citing(KEPT[rule.keep.value], rule.keep, KEPT[rule.keep.value])
    if rule.months is not None and not _has_run(rule, double):
        return Traced(None, (step, Step.citing("须连续参保满（月），尚未满", rule.months)))
    return Traced(_side(rule.keep.value, double), (step,))


def unbroken_since(spells: list[tuple[Date, Date | None]], *, day: Date) -> Date | None:
    """Return since when cover runs without a day between up to `day`; None = it does not cover `day`.

    :param spells: `[from, to)`, `to` None = still on
    """
    since: Date | None = None
    for starts_on, ends_on in sorted(spells, key=lambda spell: spell[0], reverse=True):
        wanted = day if since is None else days_after(since, -1)
        if starts_on <= wanted and (ends_on is None or ends_on > wanted):
            since = starts_on
    return since


def _has_run(rule: DuplicateRule, double: Double) -> bool:
    assert rule.months is not None
    since = double.there_since
    return since is not None and months_after(since, rule.months.value) <= double.day


def _side(keep: Keep, double: Double) -> Side | None:
    match keep:
        case Keep.USUAL_RESIDENCE:
            return double.lives
        case Keep.SCHOOL_PLACE:
            return double.studies
        case Keep.EMPLOYEE_SCHEME:
            return Side.THERE
        case Keep.RESIDENT_SCHEME | Keep.IDENTITY_NUMBER:
            return Side.HERE
