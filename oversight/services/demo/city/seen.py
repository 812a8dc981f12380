"""A made-up person as conditions in policies see them: what the house will know once the lists are in."""

from oversight.services.demo.city.people import Mark, Person
from policy.conditions import Identity, Scalar
from policy.conditions import Person as Seen
from policy.dates import Date

SEVERE = 2  # disability levels 1 and 2
CITY_DIGITS = 4
PREVIOUS_YEAR_END = (12, 31)


def as_seen(person: Person, *, day: Date, coverage_year: int, city: str) -> Seen:
    """Return the facts of `person` on `day`.

    :param city: code of the pooling area, inside which hukou is local
    """
    year_end = Date(coverage_year - 1, *PREVIOUS_YEAR_END)
    events, months = _job_over(person, day)
    if person.discharged_on is not None:
        events["discharge"] = person.discharged_on
    return Seen(
        day=day,
        coverage_year=coverage_year,
        born_on=person.born_on,
        identities=tuple(_identity(mark, category) for mark, category in _held(person, day)),
        has_local_hukou=person.hukou[:CITY_DIGITS] == city[:CITY_DIGITS],
        held_at_previous_year_end=frozenset(category for _, category in _held(person, year_end)),
        events=events | {"birth": person.born_on},
        employee_months=months,
    )


def _held(person: Person, day: Date) -> list[tuple[Mark, str]]:
    """Return the marks held on `day` with the categories they count for; a mild disability counts for none."""
    held = [
        (mark, "severe_disability" if mark.level else mark.category)
        for mark in person.marks
        if mark.covers(day) and (mark.level is None or mark.level <= SEVERE)
    ]
    return sorted(held, key=lambda pair: pair[1])


def _identity(mark: Mark, category: str) -> Identity:
    attributes: dict[str, Scalar] = {"risk_eliminated": True} if mark.eliminated_on else {}
    if mark.level:
        attributes["level"] = mark.level
    return Identity(category, mark.since, attributes)


def _job_over(person: Person, day: Date) -> tuple[dict[str, Date], int]:
    """Return the last day of employee cover and its months, if it is over by `day`."""
    jobs = [job for job in person.employment if job.last_on is not None and job.last_on < day]
    if not jobs:
        return {}, 0
    job = jobs[-1]
    assert job.last_on is not None
    months = (job.last_on.year - job.first_on.year) * 12 + job.last_on.month - job.first_on.month + 1
    return {"employee_cover_end": job.last_on}, months
