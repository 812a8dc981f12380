"""Who is covered when: the paid contributions behind a claim, in one query however many people."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from enrollment.models import ContributionPeriod, ContributionState, EnrollmentStatus
from policy.dates import Period, days_after
from registry.batch.asked_again import KEYS, YEARS, AskedAgain

COVERS = AskedAgain(
    lambda people, years: ContributionPeriod.objects.filter(
        resident__among=people, coverage_year__among=years, enrollment__status=EnrollmentStatus.ACTIVE
    ).values_list(
        "resident_id",
        "coverage_year",
        "enrollment__pooling_area_id",
        "enrollment__pooling_area__path",
        "enrollment__population",
        "state",
        "benefit_start",
        "benefit_end",
    ),
    people=KEYS,
    years=YEARS,
)


@dataclass(frozen=True, slots=True)
class Cover:
    """One coverage year of one person; `[start, end]` both included, null start = no benefit day in the year."""

    pooling_area_id: int
    area_path: str
    population: str
    is_paid: bool
    start: datetime.date | None
    end: datetime.date | None


@dataclass(frozen=True, slots=True)
class Covers:
    """What is known of the coverage years of some people."""

    by_person_year: dict[tuple[int, int], Cover]

    def of(self, resident_id: int, year: int) -> Cover | None:
        """Return the person's cover of the year, null = not enrolled."""
        return self.by_person_year.get((resident_id, year))

    def span(self, resident_id: int, year: int) -> Period | None:
        """Return the unbroken cover that holds in `year`, with what joins it in the years before and after.

        A stay over New Year by somebody insured in both years neither begins in a wait nor outlasts the cover.
        """
        span = _period(self.of(resident_id, year))
        if span is None:
            return None
        before, after = _period(self.of(resident_id, year - 1)), _period(self.of(resident_id, year + 1))
        first = before.first if before and days_after(before.last, 1) >= span.first else span.first
        last = after.last if after and days_after(span.last, 1) >= after.first else span.last
        return Period(first, last)


def _period(cover: Cover | None) -> Period | None:
    if cover is None or not cover.is_paid or cover.start is None or cover.end is None:
        return None
    return Period(cover.start, cover.end)


def covers_of(*, resident_ids: Collection[int], years: Collection[int]) -> Covers:
    """Return the covers of these people in `years` and in the years around them."""
    wanted = {year for each in years for year in (each - 1, each, each + 1)}
    rows = COVERS(people=list(resident_ids), years=sorted(wanted))
    return Covers(
        {
            (resident, year): Cover(area, path, population, state == ContributionState.PAID, start, end)
            for resident, year, area, path, population, state, start, end in rows
        }
    )
