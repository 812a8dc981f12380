"""What the aid of a paid year rests on when it is looked at again: the people and the law, now or at a moment.

What was not true is put right in the records, and read as they stand: identities, birth. Where somebody lived and was
registered is no error when they move, so it is read for the pay day as was known when the payment was booked; the law
likewise.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from casework.models import Case
from enrollment.models import ContributionPeriod
from enrollment.services import late_cases
from hardship.selectors import PersonFacts, counties_at, last_recorded, person_facts
from hardship.selectors.identities import Spell
from hardship.selectors.people import PERSON, dated_places_at
from policy.conditions import Identity, Person
from policy.law_books import LawBook, law_book
from policy.policy import Policy
from policy.selectors import approved_policy
from registry.batch.chronicles import Chronicle, chronicle
from registry.models import Resident
from registry.rules.places import Places

PATH = PERSON.index("living_area__path")
Recorded = Mapping[
    tuple[int, str], datetime.datetime
]  # resident, category → when what stands was last recorded


class Helped(NamedTuple):
    """What a case aided a paid year for, the day the identity began, and when the case did so."""

    contribution_ref: str
    category: str
    since: datetime.date
    at: datetime.datetime


@dataclass(slots=True)
class AidFacts:
    """What is known of some residents, and the law, each policy looked up once.

    :ivar residents: their own records as they stood at any moment
    :ivar counties: path of an area → code of the county at or above it
    :ivar policies: "230100/2025" → the policy; what is not in it yet is the one in force
    :ivar law: of all moments; null = not asked for yet
    :ivar known_at: what of the law came into force later is not known; null = all is
    :ivar digest: of the policy that is meant, where `known_at` fell into a change of the law
    :ivar helped: resident → what cases aided paid years for
    """

    people: PersonFacts
    residents: Chronicle
    counties: Mapping[str, str | None]
    recorded: Recorded
    policies: dict[str, Policy] = field(default_factory=dict)
    law: LawBook | None = None
    known_at: datetime.datetime | None = None
    digest: str = ""
    helped: Mapping[int, Sequence[Helped]] = field(default_factory=dict)

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

    def counting(
        self, person: Person, contribution: ContributionPeriod, spells: Iterable[Spell] | None = None
    ) -> Person:
        """Return the person of the pay day with the identities a case aided the year for though they began later.

        One that ended by circumstance keeps counting (已享受不调整); one that was not held on its day does not. What a
        case decided about a payment that was taken back since is over.

        :param spells: the records that say so; null = as they stand
        """
        pk, pay_day, booked_at = contribution.resident_id, person.day, contribution.frozen_at
        held = list(self.people.people[pk].spells if spells is None else spells)
        later = {
            each.category: Identity(each.category, None, dict(spell.attributes))
            for each in self.helped.get(pk, ())
            if each.contribution_ref == f"contribution:{contribution.pk}" and each.since > pay_day
            if booked_at is not None and each.at >= booked_at
            for spell in held
            if spell.category == each.category and spell.covers(each.since)
        }
        if not later:
            return person
        kept = [each for each in person.identities if each.category not in later]
        return replace(person, identities=(*kept, *later.values()))

    def county(self, contribution: ContributionPeriod) -> str | None:
        """Return the code of the county the payer lived in when the payment was booked; null = in none."""
        return self.counties[self._then(contribution).living_path]

    def _policy_now(self, contribution: ContributionPeriod) -> Policy:
        """Return the policy a contribution was quoted by, as it stands.

        :raises PolicyNotFound: if it does not any more
        """
        key = contribution.policy_key
        if key not in self.policies:
            self.policies[key] = approved_policy(key)
        return self.policies[key]

    def policy(self, contribution: ContributionPeriod) -> Policy:
        """Return the policy the payment was booked by, errors of its text put right, whatever new law came since.

        :raises PolicyNotFound: if none was in force then
        """
        if self.known_at is None and self._policy_now(contribution).digest == contribution.policy_digest:
            return self._policy_now(contribution)
        assert contribution.frozen_at is not None
        self.law = self.law or law_book()
        area, _, year = contribution.policy_key.partition("/")
        at, digest = contribution.frozen_at, contribution.policy_digest
        booked = self.law.policy(areas=[area], year=int(year), at=at, digest=digest)
        return self.law.policy_put_right(booked=booked, at=at, known_at=self.known_at, digest=self.digest)

    def _then(self, contribution: ContributionPeriod) -> Places:
        """Return where the payer was on the pay day, as was known when the payment was booked.

        Of years taken over, what was recorded first.
        """
        assert contribution.paid_on is not None
        known = dated_places_at(self.residents, contribution.resident_id, known_at=contribution.frozen_at)
        return known.on(contribution.paid_on)


def aid_facts(resident_ids: Collection[int]) -> AidFacts:
    """Return what is on record now, in a number of queries that does not grow with the people."""
    residents = chronicle(Resident, PERSON, owners=resident_ids, owner="id")
    paths = {version.row[PATH] for versions in residents.versions.values() for version in versions}
    return AidFacts(
        people=person_facts(resident_ids=resident_ids),
        residents=residents,
        counties=counties_at({path: path for path in paths}),
        recorded=last_recorded(resident_ids=resident_ids),
        helped=helped_later(resident_ids),
    )


def helped_later(resident_ids: Collection[int]) -> dict[int, list[Helped]]:
    """Return by resident what cases aided paid years for; one query."""
    cases = Case.objects.filter(
        resident__in=resident_ids, kind=late_cases.KIND, decision=late_cases.AID_THIS_YEAR
    ).exclude(performed_at=None)
    found: defaultdict[int, list[Helped]] = defaultdict(list)
    for pk, ref, detail, at in cases.order_by("performed_at", "pk").values_list(
        "resident", "subject_ref", "detail", "performed_at"
    ):
        assert at is not None
        since = datetime.date.fromisoformat(detail["since"])
        found[pk].append(Helped(ref, detail["category"], since, at))
    return found
