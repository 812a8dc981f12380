"""What a change of identities touches: claims settled without knowing it, and year ends that counted otherwise."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benefits.models import Claim, ClaimState, IncentiveRun, IncentiveState
from hardship.selectors import IdentityChange
from hardship.selectors.changes import Difference

YEAR_END = (12, 31)


@dataclass(frozen=True, slots=True)
class TouchedClaim:
    """A settled claim whose person turns out to have been another on the settlement day.

    :param differences: category → what it was and is on that day
    """

    pk: int
    resident_id: int
    coverage_year: int
    pooling_area_id: int
    number: str
    discharged_on: datetime.date
    settled_on: datetime.date
    facts: Mapping[str, Any]
    differences: Mapping[str, Difference]

    @property
    def is_error(self) -> bool:
        """Whether something it was settled by never was."""
        return any(each.is_error for each in self.differences.values())


def touched_claims(changes: Sequence[IdentityChange], *, before: datetime.date) -> list[TouchedClaim]:
    """Return the standing claims settled before a day on which their person turns out to differ; one query."""
    first = {each.resident_id: each.first_day(before=before) for each in changes}
    days = [day for day in first.values() if day is not None]
    if not days:
        return []
    change_of = {each.resident_id: each for each in changes if first[each.resident_id] is not None}
    rows = Claim.objects.filter(
        resident__in=change_of, state=ClaimState.SETTLED, settled_on__gte=min(days)
    ).order_by("resident_id", "discharged_on", "number")
    found = []
    for row in rows.defer("trace", "totals_before"):
        differences = change_of[row.resident_id].on(row.settled_on)
        if differences:
            found.append(_touched(row, differences))
    return found


def _touched(claim: Claim, differences: Mapping[str, Difference]) -> TouchedClaim:
    return TouchedClaim(
        claim.pk,
        claim.resident_id,
        claim.coverage_year,
        claim.pooling_area_id,
        claim.number,
        claim.discharged_on,
        claim.settled_on,
        claim.person_facts,
        differences,
    )


@dataclass(frozen=True, slots=True)
class TouchedYear:
    """A year worked out on whose last day somebody turns out to have been, or not, what they were counted as."""

    year: int
    area_id: int


def touched_years(changes: Sequence[IdentityChange]) -> dict[int, TouchedYear]:
    """Return resident → the first year worked out whose last day turns out to differ; two queries."""
    rows = IncentiveState.objects.filter(resident_id__in=[each.resident_id for each in changes])
    change_of = {each.resident_id: each for each in changes}
    first: dict[int, tuple[int, int]] = {}
    for resident_id, year, run_id in rows.order_by("year").values_list("resident_id", "year", "run_id"):
        if resident_id not in first and change_of[resident_id].on(datetime.date(year, *YEAR_END)):
            first[resident_id] = year, run_id
    runs = IncentiveRun.objects.filter(pk__in={run_id for _, run_id in first.values()})
    areas = dict(runs.values_list("pk", "area_id"))
    return {
        resident_id: TouchedYear(year, areas[run_id])
        for resident_id, (year, run_id) in first.items()
        if run_id in areas
    }
