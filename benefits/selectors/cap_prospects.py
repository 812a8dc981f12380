"""What becomes of a person's cap next year, if they enrol again and if they do not (次年展望)."""

from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.cap_years import CapYear, cap_year, ended
from benefits.rules.incentive_state import IncentiveState, YearFacts
from benefits.rules.incentives import cap_for
from benefits.selectors.laws import Laws
from policy.errors import DomainError
from policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Prospects:
    """Next year, by what is known of this one so far.

    :param enrolled: the cap of next year for those who enrol
    :param returned: the cap of the year after it for those who leave next year out and come back then
    :param stayed: the same year's cap for those who enrol both times, next year without any reimbursement
    :param is_carried: next year has no policy with a cap yet; this year's is taken
    """

    year: int
    enrolled: Decimal
    returned: Decimal
    stayed: Decimal
    zero_claim_so_far: bool
    is_carried: bool


def prospects_of(
    policy: Policy, before: IncentiveState, facts: YearFacts, *, laws: Laws, area_id: int
) -> Prospects:
    """Return what next year brings.

    :param before: the state this year began with; :param facts: what happened in it so far
    """
    year = facts.year + 1
    law, is_carried = _law(policy, laws, area_id, year)
    after = ended(cap_year(policy.incentives, before, facts)).after
    enrolled = cap_year(law.incentives, after, YearFacts(year, insured=True, zero_claim=True))
    missed = cap_year(law.incentives, after, YearFacts(year, insured=False))
    return Prospects(
        year,
        enrolled=_cap(law, enrolled),
        returned=_cap(law, _again(law, missed)),
        stayed=_cap(law, _again(law, enrolled)),
        zero_claim_so_far=facts.insured and facts.zero_claim,
        is_carried=is_carried,
    )


def _again(law: Policy, year: CapYear) -> CapYear:
    """Return the year after, insured."""
    return cap_year(law.incentives, ended(year).after, YearFacts(year.facts.year + 1, insured=True))


def _cap(law: Policy, year: CapYear) -> Decimal:
    base = law.critical_illness.published(law.critical_illness.cap, "cap")
    return cap_for(law.incentives, base, year.opened).value.cap


def _law(policy: Policy, laws: Laws, area_id: int, year: int) -> tuple[Policy, bool]:
    try:
        found = laws.of(area_id, year)
    except DomainError:
        return policy, True
    has_cap = found.data.incentives is not None and found.data.critical_illness is not None
    return (found, False) if has_cap and found.critical_illness.cap is not None else (policy, True)
