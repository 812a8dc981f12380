"""What the aid of a paid year rests on when it is looked at again: the people and the law, now or at a moment.

What was not true is put right in the records, and read as they stand: identities, birth. Where somebody lived and was
registered is no error when they move, so it is read as it was when the payment was booked; the law likewise.
"""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from enrollment.models import ContributionPeriod
from hardship.selectors import PersonFacts, counties_at, last_recorded, person_facts
from hardship.selectors.people import PERSON, PersonRow
from policy.conditions import Person
from policy.law_books import LawBook, law_book
from policy.policy import Policy
from policy.selectors import approved_policy
from registry.batch.chronicles import Chronicle, chronicle
from registry.models import Resident

PATH = PERSON.index("living_area__path")
Recorded = Mapping[
    tuple[int, str], datetime.datetime
]  # resident, category → when what stands was last recorded


@dataclass(slots=True)
class AidFacts:
    """What is known of some residents, and the law, each policy looked up once.

    :ivar residents: their own records as they stood at any moment
    :ivar counties: path of an area → code of the county at or above it
    :ivar policies: "230100/2025" → the policy; what is not in it yet is the one in force
    :ivar law: of all moments; null = not asked for yet
    """

    people: PersonFacts
    residents: Chronicle
    counties: Mapping[str, str | None]
    recorded: Recorded
    policies: dict[str, Policy] = field(default_factory=dict)
    law: LawBook | None = None

    def person(self, contribution: ContributionPeriod) -> Person:
        """Return the payer on the pay day as is known now, registered where they were when it was booked.

        :raises KeyError: if the resident was not asked for or does not exist
        """
        assert contribution.paid_on is not None
        person = self.people.on(
            contribution.resident_id,
            day=contribution.paid_on,
            coverage_year=contribution.coverage_year,
            population=contribution.enrollment.population,
        )
        then = self._then(contribution)
        return replace(person, has_local_hukou=then.hukou_path.startswith(then.pooling_path))

    def county(self, contribution: ContributionPeriod) -> str | None:
        """Return the code of the county the payer lived in when the payment was booked; null = in none."""
        return self.counties[self._then(contribution).living_path]

    def policy_now(self, contribution: ContributionPeriod) -> Policy:
        """Return the policy a contribution was quoted by, as it stands.

        :raises PolicyNotFound: if it does not any more
        """
        key = contribution.policy_key
        if key not in self.policies:
            self.policies[key] = approved_policy(key)
        return self.policies[key]

    def policy(self, contribution: ContributionPeriod) -> Policy:
        """Return the policy the payment was booked by, whatever replaced it since.

        :raises PolicyNotFound: if none was in force then
        """
        now = self.policy_now(contribution)
        if now.digest == contribution.policy_digest:
            return now
        assert contribution.frozen_at is not None
        self.law = self.law or law_book()
        area, _, year = contribution.policy_key.partition("/")
        digest = contribution.policy_digest
        return self.law.policy(areas=[area], year=int(year), at=contribution.frozen_at, digest=digest)

    def _then(self, contribution: ContributionPeriod) -> PersonRow:
        """Return the payer's own record when the payment was booked; of years taken over, the first on record."""
        pk, booked_at = contribution.resident_id, contribution.frozen_at
        rows = self.residents.at(pk, booked_at) if booked_at else []
        return PersonRow(*(rows[0] if rows else self.residents.of(pk)[0].row))


def aid_facts(resident_ids: Collection[int]) -> AidFacts:
    """Return what is on record now, in a number of queries that does not grow with the people."""
    residents = chronicle(Resident, PERSON, owners=resident_ids, owner="id")
    paths = {version.row[PATH] for versions in residents.versions.values() for version in versions}
    return AidFacts(
        people=person_facts(resident_ids=resident_ids),
        residents=residents,
        counties=counties_at({path: path for path in paths}),
        recorded=last_recorded(resident_ids=resident_ids),
    )
