"""Who was insured in which coverage year: paid in full, registration standing."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from enrollment.models import ContributionPeriod, ContributionState, EnrollmentStatus
from registry.models import InsuredSpell


def insured_in_year(
    *, coverage_year: int, pooling_area_id: int | None = None
) -> QuerySet[ContributionPeriod]:
    """Return the contributions that make their residents insured in a coverage year, one a resident.

    For set-based use: the columns `resident_id`, `benefit_start` and `benefit_end` say all there is to say.

    :param pooling_area_id: only people enrolled there; null = anywhere
    """
    paid = ContributionPeriod.objects.filter(
        coverage_year=coverage_year, state=ContributionState.PAID, enrollment__status=EnrollmentStatus.ACTIVE
    )
    return paid if pooling_area_id is None else paid.filter(enrollment__pooling_area=pooling_area_id)


def insured_years(*, resident_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Return the coverage years each resident has paid for under the resident scheme, in one query."""
    years: defaultdict[int, set[int]] = defaultdict(set)
    paid = ContributionPeriod.objects.filter(
        resident__among=resident_ids, state=ContributionState.PAID, enrollment__status=EnrollmentStatus.ACTIVE
    )
    for resident, year in paid.values_list("resident", "coverage_year"):
        years[resident].add(year)
    return {resident: frozenset(each) for resident, each in years.items()}


def basic_insured_years(*, resident_ids: Collection[int], until: datetime.date) -> dict[int, frozenset[int]]:
    """Return the years in which each resident had any basic insurance, employee cover and other areas included.

    :param until: open spells count to the year of this day
    """
    years = {resident: set(each) for resident, each in insured_years(resident_ids=resident_ids).items()}
    spells = InsuredSpell.objects.filter(resident__among=resident_ids).values_list(
        "resident", "starts_on", "ends_on"
    )
    for resident, starts_on, ends_on in spells:
        years.setdefault(resident, set()).update(years_under([(starts_on, ends_on)], until=until))
    return {resident: frozenset(each) for resident, each in years.items()}


def years_under(
    spells: Iterable[tuple[datetime.date, datetime.date | None]], *, until: datetime.date
) -> frozenset[int]:
    """Return the years that spells `[from, to)` elsewhere touch.

    :param until: open spells count to the year of this day
    """
    years: set[int] = set()
    for starts_on, ends_on in spells:
        last = ends_on - datetime.timedelta(days=1) if ends_on else max(until, starts_on)
        years.update(range(starts_on.year, last.year + 1))
    return frozenset(years)


def missed_years(insured: frozenset[int], *, coverage_year: int, count_from_year: int | None = None) -> int:
    """Return how many coverage years just before this one passed without insurance; a newcomer has missed none.

    :param insured: years with any basic insurance
    :param count_from_year: earlier years do not count; null = all do
    """
    before = [year for year in insured if year < coverage_year]
    if not before:
        return 0
    first_missed = max(max(before) + 1, count_from_year or 0)
    return max(0, coverage_year - first_missed)
