"""What quotes rest on, as it was on record at any moment of any of many people."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from enrollment.models import ContributionPeriod, ContributionState, Enrollment, EnrollmentStatus
from enrollment.selectors.insured import years_under
from enrollment.selectors.whereabouts import Whereabouts
from enrollment.services.aid_facts import AidFacts
from enrollment.services.quote import Ask, Memory, QuoteFacts
from hardship.models import ThirdPartySupport
from hardship.selectors import PeopleRecords, counties_at, people_records
from hardship.selectors.facts import PersonFacts
from hardship.selectors.people import PERSON
from policy.errors import DomainError
from policy.law_books import LawBook, law_book
from policy.money import ZERO
from policy.policy import Policy
from registry.batch.chronicles import Chronicle, chronicle

LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)  # support recorded before moments were kept
PATH = PERSON.index("living_area__path")
Offers = Mapping[
    int, list[tuple[datetime.datetime, int, Decimal]]
]  # resident → recorded at, coverage year, yuan


@dataclass(frozen=True, slots=True)
class Registration:
    """An enrollment as it stood."""

    coverage_year: int
    status: str
    population: str
    pooling_area_id: int


@dataclass(frozen=True, slots=True)
class QuoteRecords:
    """All that was ever recorded of some people that a quote may rest on, and the law."""

    people: PeopleRecords
    enrollments: Chronicle
    contributions: Chronicle
    offers: Offers
    counties: Mapping[str, str | None]
    law: LawBook
    memory: Memory = field(default_factory=Memory)

    def registration(self, resident_id: int, key: int, *, known_at: datetime.datetime) -> Registration | None:
        """Return an enrollment by its key as it stood at the moment; null = not on record yet."""
        row = self.enrollments.records_at(resident_id, known_at).get(key)
        return None if row is None else Registration(*row)

    def insured_years(self, resident_id: int, *, known_at: datetime.datetime) -> frozenset[int]:
        """Return the coverage years the resident was known to have paid for."""
        standing = {
            key
            for key, row in self.enrollments.records_at(resident_id, known_at).items()
            if Registration(*row).status == EnrollmentStatus.ACTIVE
        }
        return frozenset(
            year
            for enrollment, year, state in self.contributions.at(resident_id, known_at)
            if state == ContributionState.PAID and enrollment in standing
        )

    def aid_facts(self, pk: int, *, known_at: datetime.datetime, digest: str) -> AidFacts:
        """Return what the aid of a paid year rested on at the moment; somebody not registered then is missing.

        :param digest: of the policy that is meant, where the moment fell into a change of the law
        """
        known = self.people.known(pk, known_at=known_at)
        if known is None:
            return AidFacts(PersonFacts(), Chronicle(), {}, {})
        recorded = self.people.last_recorded(pk, known_at=known_at)
        return AidFacts(
            people=PersonFacts({pk: known}),
            residents=self.people.residents,
            counties=self.counties,
            recorded={(pk, category): at for category, at in recorded.items()},
            law=self.law,
            known_at=known_at,
            digest=digest,
        )

    def facts(self, ask: Ask, *, known_at: datetime.datetime, digest: str = "") -> QuoteFacts:
        """Return the facts of one ask as they were on record at the moment; somebody not registered then is missing.

        :param digest: of the policy that is meant, where the moment fell into a change of the law
        """
        pk = ask.resident_id
        person = self.people.person(pk, known_at=known_at)
        known = self.people.known(pk, known_at=known_at)
        if person is None or known is None:
            return QuoteFacts(self.memory, {}, {}, PersonFacts(), {}, {}, {}, {})
        paid = self.insured_years(pk, known_at=known_at)
        spells = self.people.insured_spells(pk, known_at=known_at)
        offered = sum(
            (
                yuan
                for at, year, yuan in self.offers.get(pk, ())
                if at <= known_at and year == ask.coverage_year
            ),
            ZERO,
        )
        then = known.places.on(ask.paid_on)
        policy = self._policy(then.living_path, ask.coverage_year, known_at, digest)
        return QuoteFacts(
            memory=self.memory,
            places={
                pk: Whereabouts(then.living_area_id, then.living_path, then.pooling_area_id, person.died_on)
            },
            policies={} if policy is None else {(then.living_area_id, ask.coverage_year): policy},
            people=PersonFacts({pk: known}),
            counties=self.counties,
            insured={
                pk: paid | years_under(((each.starts_on, each.ends_on) for each in spells), until=ask.paid_on)
            },
            paid_years={pk: paid},
            offers={(pk, ask.coverage_year): offered},
        )

    def _policy(self, path: str, year: int, known_at: datetime.datetime, digest: str) -> Policy | None:
        codes = path.strip("/").split("/")[::-1]
        try:
            return self.law.policy(areas=codes, year=year, at=known_at, digest=digest)
        except DomainError:
            return None


def quote_records(*, resident_ids: Collection[int], law: LawBook | None = None) -> QuoteRecords:
    """Return all that was ever recorded of the residents that a quote may rest on, in nine queries and the law's own.

    :param law: shared by the chunks of a run; null = read anew
    """
    people = people_records(resident_ids=resident_ids)
    paths = {version.row[PATH] for versions in people.residents.versions.values() for version in versions}
    return QuoteRecords(
        people=people,
        enrollments=chronicle(
            Enrollment,
            ["coverage_year", "status", "population", "pooling_area_id"],
            owners=resident_ids,
        ),
        contributions=chronicle(
            ContributionPeriod, ["enrollment_id", "coverage_year", "state"], owners=resident_ids
        ),
        offers=_offers(resident_ids),
        counties=_counties(paths),
        law=law or law_book(),
    )


def _offers(resident_ids: Collection[int]) -> Offers:
    found: defaultdict[int, list[tuple[datetime.datetime, int, Decimal]]] = defaultdict(list)
    rows = ThirdPartySupport.objects.filter(resident__in=resident_ids).order_by("pk")
    for pk, at, year, yuan in rows.values_list("resident", "recorded_at", "coverage_year", "offered"):
        found[pk].append((at or LONG_AGO, year, yuan))
    return found


def _counties(paths: Iterable[str]) -> dict[str, str | None]:
    return counties_at({path: path for path in paths})
