"""The law a settlement stands on: policy, year of the claim, and the critical illness cap of one person."""

from collections.abc import Collection
from dataclasses import dataclass, field

from benefits.models import IncentiveState
from benefits.rules import incentives
from benefits.rules.incentives import CapResult, cap_for, opened
from policy.conditions import Person
from policy.policy import Policy
from policy.selectors import policy_for
from policy.trace import Step, Traced
from registry.batch.asked_again import KEYS, YEARS, AskedAgain
from registry.models import Area

STATES = AskedAgain(
    lambda people, years: IncentiveState.objects.filter(resident_id__among=people, year__among=years),
    people=KEYS,
    years=YEARS,
)


@dataclass
class Laws:
    """The policies one call needs, each read once.

    :param paths: paths of pooling areas by id, as far as known
    """

    paths: dict[int, str] = field(default_factory=dict)
    policies: dict[tuple[int, int], Policy] = field(default_factory=dict)

    def of(self, area_id: int, year: int) -> Policy:
        """Return the policy of a pooling area and year.

        :raises PolicyNotFound: if neither the area nor anything above it has one
        """
        if (area_id, year) not in self.policies:
            if area_id not in self.paths:
                self.paths[area_id] = Area.objects.values_list("path", flat=True).get(pk=area_id)
            chain = self.paths[area_id].strip("/").split("/")[::-1]
            self.policies[area_id, year] = policy_for(areas=chain, year=year)
        return self.policies[area_id, year]


def rule_state(row: IncentiveState) -> incentives.IncentiveState:
    """Return a stored state as the rules know it."""
    return incentives.IncentiveState(
        year=row.year,
        ever_insured=row.ever_insured,
        continuous_years=row.continuous_years,
        continuous_steps=row.continuous_steps,
        zero_claim_steps=row.zero_claim_steps,
        zero_claim_pending=row.zero_claim_pending,
        lapsed_years=row.lapsed_years,
    )


def states_after(
    *, resident_ids: Collection[int], years: Collection[int]
) -> dict[tuple[int, int], incentives.IncentiveState]:
    """Return the states in force after these years by person and year, in one query."""
    rows = STATES(people=list(resident_ids), years=list(years))
    return {(row.resident_id, row.year): rule_state(row) for row in rows}


def limits_by_years(policy: Policy) -> bool:
    """Return whether a yearly limit of basic insurance goes by continuous years."""
    section = policy.data.basic
    grades = () if section is None else section.terms.values()
    return any(terms.limit_by_years for each in grades for terms in each.values())


def cap_with_incentives(
    policy: Policy, *, person: Person, year: int, previous: incentives.IncentiveState | None
) -> Traced[CapResult] | None:
    """Return the critical illness cap of `year` for `person`; null where the documents have no cap or no incentives.

    :param previous: state after the year before; null = that year end has not been run, or the person was unknown
        then: the cap before incentives holds
    """
    section, critical = policy.data.incentives, policy.data.critical_illness
    if section is None or critical is None or critical.cap is None:
        return None
    excluded = bool(person.categories & frozenset(section.excluded.value))
    state = opened(section, previous, year=year, insured=True, excluded=excluded)
    found = cap_for(section, critical.cap, state, excluded=excluded)
    if previous is None and year > section.start_year.value:
        return Traced(
            found.value, (Step("上年度激励尚未核算，暂按原封顶线", critical.cap.value), *found.steps)
        )
    return found
