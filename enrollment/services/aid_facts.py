"""What the aid of a paid year rests on when it is looked at again: the people and the law, now or at a moment."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from hardship.selectors import PersonFacts, counties_of, last_recorded, person_facts
from policy.policy import Policy
from policy.selectors import approved_policy

Recorded = Mapping[
    tuple[int, str], datetime.datetime
]  # resident, category → when what stands was last recorded


@dataclass(slots=True)
class AidFacts:
    """What is known of some residents, and the law, each policy looked up once.

    :ivar policies: "230100/2025" → the policy; what is not in it yet is the one in force
    """

    people: PersonFacts
    counties: Mapping[int, str | None]
    recorded: Recorded
    policies: dict[str, Policy] = field(default_factory=dict)

    def policy(self, key: str) -> Policy:
        """Return the policy a contribution was quoted by, as it stands.

        :raises PolicyNotFound: if it does not any more
        """
        if key not in self.policies:
            self.policies[key] = approved_policy(key)
        return self.policies[key]


def aid_facts(resident_ids: Collection[int]) -> AidFacts:
    """Return what is on record now, in a number of queries that does not grow with the people."""
    return AidFacts(
        people=person_facts(resident_ids=resident_ids),
        counties=counties_of(resident_ids=resident_ids),
        recorded=last_recorded(resident_ids=resident_ids),
    )
