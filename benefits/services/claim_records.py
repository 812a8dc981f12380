"""What settlements rest on, as it was on record at any moment of any of many people."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from benefits.models import Claim, Facility
from benefits.rules import incentives
from benefits.services.person_facts import identities_of
from benefits.services.state_records import Key, StateLife, state_lives
from enrollment.models import Enrollment, EnrollmentStatus
from hardship.selectors import PeopleRecords, people_records
from hardship.selectors.facts import PersonFacts
from hardship.selectors.identities import held_on
from policy.conditions import Identity, Person
from policy.errors import DomainError
from policy.law_books import LawBook, law_book
from policy.policy import Policy
from registry.batch.chronicles import Chronicle, chronicle
from registry.models import Area


class NotOnRecord(DomainError):
    """The person, or their registration, was not on record when the claim was settled."""

    code = "not_on_record"


@dataclass(frozen=True, slots=True)
class ClaimRecords:
    """All that was ever recorded of some people that a settlement may rest on, and the law."""

    people: PeopleRecords
    enrollments: Chronicle
    states: Mapping[Key, StateLife]
    paths: Mapping[int, str]
    law: LawBook
    facilities: Mapping[int, Facility]

    def person(self, claim: Claim) -> Person:
        """Return the person as the claim's settlement knew them.

        :raises NotOnRecord: if nobody knew them then, or they were not registered for the year
        """
        assert claim.known_at is not None
        known = self.people.known(claim.resident_id, known_at=claim.known_at)
        population = self._population(claim, claim.known_at)
        if population is None:  # a correction moved the claim to a year they were registered for later
            population = self._population(claim, claim.recorded_at)
        if known is None or population is None:
            raise NotOnRecord("结算时的记录里没有此人或其参保登记", resident_id=claim.resident_id)
        return PersonFacts({claim.resident_id: known}).on(
            claim.resident_id,
            day=claim.settled_on,
            coverage_year=claim.coverage_year,
            population=population,
        )

    def _population(self, claim: Claim, moment: datetime.datetime) -> str | None:
        """Return what the person was registered as for the claim's year; null = not registered then."""
        registered = self.enrollments.at(claim.resident_id, moment)
        of_year = (claim.coverage_year, EnrollmentStatus.ACTIVE)
        return next((what for year, status, what in registered if (year, status) == of_year), None)

    def brought_up_to_date(self, claim: Claim, layer: str, *, until: datetime.datetime) -> list[Identity]:
        """Return the identities a decision of afterwards settled a layer by, as far as the records bear them out.

        Which categories it brought up to date is the decision; how each was held on the settlement day is on record.
        One that was on record so at no moment from the settlement on stays as known then.
        """
        seen = self._held_since(claim, until)
        decided = {each.category: each for each in identities_of(claim.person_facts, layer)}
        chosen = {
            category: decided.get(category) if decided.get(category) in views else views[0]
            for category, views in seen.items()
        }
        return [each for _, each in sorted(chosen.items()) if each is not None]

    def _held_since(self, claim: Claim, until: datetime.datetime) -> dict[str, list[Identity | None]]:
        """Return category → how it was held on the settlement day, as known at first and at each moment since."""
        assert claim.known_at is not None
        recorded = self.people.recognitions.of(claim.resident_id)
        later = sorted({each.since for each in recorded if claim.known_at < each.since <= until})
        views = [
            {
                each.category: each
                for each in held_on(self.people.spells(claim.resident_id, known_at=moment), claim.settled_on)
            }
            for moment in (claim.known_at, *later)
        ]
        return {
            category: [view.get(category) for view in views]
            for category in {category for view in views for category in view}
        }

    def policy(self, claim: Claim, *, at: datetime.datetime) -> Policy:
        """Return the policy that held for the claim at a moment.

        :raises PolicyNotFound: if there was none
        """
        return self.policy_of(claim.pooling_area_id, claim.coverage_year, at=at, digest=claim.policy_digest)

    def policy_of(self, area_id: int, year: int, *, at: datetime.datetime, digest: str) -> Policy:
        """Return the policy that held in a pooling area at a moment.

        :param digest: tells which side of a change of the law is meant
        :raises PolicyNotFound: if there was none
        """
        codes = self.paths[area_id].strip("/").split("/")[::-1]
        return self.law.policy(areas=codes, year=year, at=at, digest=digest)

    def incentives(
        self, resident_id: int, year: int, *, at: datetime.datetime
    ) -> incentives.IncentiveState | None:
        """Return the person's incentives after a year as they stood at the moment; null = none."""
        state = self.states.get((resident_id, year))
        return None if state is None else state.in_force_at(at)


def claim_records(
    *, resident_ids: Collection[int], years: Collection[int], law: LawBook | None = None
) -> ClaimRecords:
    """Return all that was ever recorded of the residents that settlements may rest on, in ten queries.

    :param years: coverage years of the claims
    :param law: shared by the chunks of a run; null = read anew
    """
    return ClaimRecords(
        people=people_records(resident_ids=resident_ids),
        enrollments=chronicle(Enrollment, ["coverage_year", "status", "population"], owners=resident_ids),
        states=state_lives(resident_ids=resident_ids, years={year - 1 for year in years}),
        paths=dict(Area.objects.filter(is_pooling_area=True).values_list("pk", "path")),
        law=law or law_book(),
        facilities=Facility.objects.filter(claims__resident__in=resident_ids).only("code").in_bulk(),
    )
