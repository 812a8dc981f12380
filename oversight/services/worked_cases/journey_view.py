"""One person on one day in a journey, as expectations look at them."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from benefits.models import Claim
from benefits.rules.incentives import CapResult
from benefits.selectors.laws import cap_with_incentives, states_after
from enrollment.models import ContributionPeriod, ContributionState, EnrollmentStatus
from enrollment.services.quote import Quote, quote
from hardship.selectors import persons_on
from oversight.services.worked_cases.journey_world import World
from policy.policy import Policy
from policy.selectors import policy_for
from policy.trace import Step, Traced
from registry.models import Resident
from registry.selectors import area_chain


@dataclass
class View:
    """One person on one day, as one expectation sees them.

    :param year: coverage year meant
    :param claim: own number of the claim meant, empty = none
    :ivar steps: working of the figures looked at
    """

    world: World
    resident: Resident
    on: datetime.date
    year: int
    claim: str = ""
    steps: list[Step] = field(default_factory=list)

    @cached_property
    def contribution(self) -> ContributionPeriod | None:
        """The person's standing contribution of the year."""
        rows = ContributionPeriod.objects.filter(resident=self.resident, coverage_year=self.year)
        found = (
            rows.filter(enrollment__status=EnrollmentStatus.ACTIVE)
            .select_related("grant", "enrollment", "working")
            .first()
        )
        if found is not None:
            self.steps += steps_of(found.steps)
        return found

    @cached_property
    def quote(self) -> Quote | None:
        """What would be owed on the day; null once the year is paid."""
        standing = self.contribution
        if standing is not None and standing.state == ContributionState.PAID:
            return None
        found = quote(
            resident_ids=[self.resident.pk],
            coverage_year=self.year,
            paid_on=self.on,
            population=standing.enrollment.population if standing else None,
            bought_back_months=standing.bought_back_months if standing else 0,
        )[self.resident.pk]
        self.steps[:] = steps_of(found.trace)
        return found

    @cached_property
    def policy(self) -> Policy:
        """The law of the person's area and the year."""
        return policy_for(areas=area_chain(self.resident.pooling_area), year=self.year)

    @cached_property
    def settled(self) -> Claim | None:
        """The claim meant."""
        if not self.claim:
            return None
        claim = self.world.claim(self.claim)
        for layer in claim.trace.values():
            self.steps += steps_of(layer)
        return claim

    @cached_property
    def cap(self) -> Traced[CapResult] | None:
        """The critical illness cap with its entries; null where the documents have none or no incentives."""
        pk = self.resident.pk
        person = persons_on(resident_ids=[pk], day=self.on, coverage_year=self.year)[pk]
        previous = states_after(resident_ids=[pk], years=[self.year - 1]).get((pk, self.year - 1))
        found = cap_with_incentives(self.policy, person=person, year=self.year, previous=previous)
        if found is not None:
            self.steps += found.steps
        return found


def steps_of(trace: Iterable[Mapping[str, str]]) -> list[Step]:
    """Return a stored working as steps."""
    return [
        Step(
            step.get("label", ""),
            step.get("figure"),
            step.get("clause", ""),
            step.get("status", "stated"),
            step.get("reading", ""),
        )
        for step in trace
    ]
