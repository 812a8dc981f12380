"""What the law lets make a difference between people of an area: the policies' own bounds, put together."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from enrollment.batch.billing_people import Asked
from enrollment.models import BillingRun
from enrollment.rules.likeness import Likeness
from enrollment.rules.reach import FOR_EVER
from enrollment.selectors.policies import policies_for
from hardship.selectors import counties_at
from policy.dates import days_after
from policy.errors import DomainError
from policy.policy import Policy
from registry.models import Area
from registry.selectors import areas_under

UNKNOWN = "no policy"


@dataclass(frozen=True, slots=True)
class _Place:
    """An area: its policy, null = none, and what tells its people apart from those of other areas."""

    area_id: int
    policy: Policy | None
    county: str | None

    @property
    def slot(self) -> str:
        return (
            UNKNOWN if self.policy is None else f"{self.policy.key} {self.policy.digest} {self.county or ''}"
        )

    @property
    def renewal_exempt(self) -> bool:
        """Whether who was insured here the year before need not register; where nothing is said, as TS-R1."""
        enrollment = self.policy.data.enrollment if self.policy else None
        exempt = enrollment.registration.renewal_exempt if enrollment and enrollment.registration else None
        return exempt is None or exempt.value


def asked_of(run: BillingRun) -> Asked:
    """Return what decides who of the run's area is billed and who is alike, by the policies in force now.

    Queries grow with the policies of the area, not with its places.
    """
    rows = list(areas_under(run.area).order_by("pk").values_list("pk", "path", "is_pooling_area"))
    policies = policies_for(paths={pk: path for pk, path, _ in rows}, years=[run.coverage_year])
    alike = {policy.key: likeness for policy, likeness in _likeness(policies)}
    counties = counties_at({pk: path for pk, path, _ in rows})
    places = [_place(pk, policies.get((pk, run.coverage_year)), counties[pk], alike) for pk, _, _ in rows]
    day, year, known = run.pay_day, run.coverage_year, alike.values()
    reach = max((each.birth_days for each in known), default=FOR_EVER)
    return Asked(
        day=day,
        coverage_year=year,
        scope=run.scope,
        areas=[place.area_id for place in places],
        slots=[place.slot for place in places],
        exempt=[place.renewal_exempt for place in places],
        pools=[pk for pk, _, pools in rows if pools],
        turning=sorted({born for each in known for born in each.turning_births(day, year)}),
        births_since=days_after(day, -reach),
        covers_since=min((each.covers_since(day, year) for each in known), default=datetime.date.min),
        held_long=min((each.held_long(year) for each in known), default=datetime.date.min),
        waits=any(p.data.enrollment and p.data.enrollment.waiting for p in policies.values()),
    )


def _place(area_id: int, policy: Policy | None, county: str | None, alike: dict[str, Likeness]) -> _Place:
    known = alike.get(policy.key) if policy else None
    return _Place(area_id, policy, county if known and county in known.counties else None)


def _likeness(policies: dict[tuple[int, int], Policy]) -> Iterator[tuple[Policy, Likeness]]:
    """Yield each policy with its bounds; one whose windows cannot be read refuses everybody anyway."""
    for policy in {policy.key: policy for policy in policies.values()}.values():
        try:
            yield policy, Likeness(policy)
        except DomainError:
            continue


def first_pay_day(*, area: Area, coverage_year: int, today: datetime.date) -> datetime.date:
    """Return the day to bill for: today, or the first day anybody may pay, if that is still to come."""
    policies = policies_for(paths={area.pk: area.path}, years=[coverage_year])
    opening = [likeness.windows[0].days.first for _, likeness in _likeness(policies) if likeness.windows]
    return max([today, *opening])
