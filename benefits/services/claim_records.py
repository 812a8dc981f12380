"""What settlements rest on, as it was on record at any moment of any of many people."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from benefits.models import Claim, IncentiveRevision, IncentiveRun, IncentiveState, RunState
from benefits.rules import incentives
from benefits.selectors.laws import rule_state
from benefits.services.person_facts import identities_of
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

Key = tuple[int, int]  # resident, year


class NotOnRecord(DomainError):
    """The person, or their registration, was not on record when the claim was settled."""

    code = "not_on_record"


@dataclass(frozen=True, slots=True)
class Incentives:
    """A person's incentives after a year, in force since a moment, with what they were before each correction."""

    since: datetime.datetime
    now: incentives.IncentiveState
    corrections: tuple[tuple[datetime.datetime, incentives.IncentiveState], ...]

    def at(self, moment: datetime.datetime) -> incentives.IncentiveState | None:
        """Return the state as it stood at the moment; null = the year end was not in force yet."""
        if moment < self.since:
            return None
        return next((before for at, before in self.corrections if at > moment), self.now)


@dataclass(frozen=True, slots=True)
class ClaimRecords:
    """All that was ever recorded of some people that a settlement may rest on, and the law."""

    people: PeopleRecords
    enrollments: Chronicle
    states: Mapping[Key, Incentives]
    paths: Mapping[int, str]
    law: LawBook

    def person(self, claim: Claim) -> Person:
        """Return the person as the claim's settlement knew them.

        :raises NotOnRecord: if nobody knew them then, or they were not registered for the year
        """
        assert claim.known_at is not None
        known = self.people.known(claim.resident_id, known_at=claim.known_at)
        population = next(
            (
                population
                for year, status, population in self.enrollments.at(claim.resident_id, claim.known_at)
                if (year, status) == (claim.coverage_year, EnrollmentStatus.ACTIVE)
            ),
            None,
        )
        if known is None or population is None:
            raise NotOnRecord("结算时的记录里没有此人或其参保登记", resident_id=claim.resident_id)
        return PersonFacts({claim.resident_id: known}).on(
            claim.resident_id,
            day=claim.settled_on,
            coverage_year=claim.coverage_year,
            population=population,
        )

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
        codes = self.paths[claim.pooling_area_id].strip("/").split("/")[::-1]
        return self.law.policy(areas=codes, year=claim.coverage_year, at=at, digest=claim.policy_digest)

    def incentives(
        self, resident_id: int, year: int, *, at: datetime.datetime
    ) -> incentives.IncentiveState | None:
        """Return the person's incentives after a year as they stood at the moment; null = none."""
        state = self.states.get((resident_id, year))
        return None if state is None else state.at(at)


def claim_records(
    *, resident_ids: Collection[int], years: Collection[int], law: LawBook | None = None
) -> ClaimRecords:
    """Return all that was ever recorded of the residents that settlements may rest on, in nine queries.

    :param years: coverage years of the claims
    :param law: shared by the chunks of a run; null = read anew
    """
    return ClaimRecords(
        people=people_records(resident_ids=resident_ids),
        enrollments=chronicle(Enrollment, ["coverage_year", "status", "population"], owners=resident_ids),
        states=_incentives(resident_ids, {year - 1 for year in years}),
        paths=dict(Area.objects.filter(is_pooling_area=True).values_list("pk", "path")),
        law=law or law_book(),
    )


def _incentives(resident_ids: Collection[int], years: Collection[int]) -> dict[Key, Incentives]:
    rows = IncentiveState.objects.filter(resident_id__in=resident_ids, year__in=years)
    runs = IncentiveRun.objects.filter(state=RunState.APPLIED, year__in=years).in_bulk()
    corrections: defaultdict[Key, list[tuple[datetime.datetime, incentives.IncentiveState]]] = defaultdict(
        list
    )
    revisions = IncentiveRevision.objects.filter(resident_id__in=resident_ids, year__in=years)
    for revision in revisions.order_by("pk"):
        names = incentives.IncentiveState.__dataclass_fields__
        before = incentives.IncentiveState(**{name: revision.before[name] for name in names})
        corrections[revision.resident_id, revision.year].append((revision.changed_at, before))
    found = {}
    for row in rows:
        run = runs.get(row.run_id)
        if run is not None and run.applied_at is not None:
            key = (row.resident_id, row.year)
            found[key] = Incentives(run.applied_at, rule_state(row), tuple(corrections[key]))
    return found
