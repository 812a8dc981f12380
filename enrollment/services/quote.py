"""Quotes: what a payment on a day would cost and give. Reads only; facts first, then figures without the database.

`load_facts` reads all that many asks need in a number of queries that does not grow with them; `QuoteFacts.quote` then
computes one ask, each distinct situation once (`enrollment/rules/likeness.py`).
"""

import datetime
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum

from enrollment.rules.dues import Circumstances
from enrollment.rules.likeness import Likeness
from enrollment.selectors.insured import basic_insured_years, insured_years, missed_years
from enrollment.selectors.policies import policies_for
from enrollment.selectors.whereabouts import Whereabouts, whereabouts
from enrollment.services.quoted import Quote, quoted
from hardship.models import ThirdPartySupport
from hardship.selectors import PersonFacts, counties_at, person_facts
from policy.conditions import Person
from policy.errors import PolicyNotFound
from policy.money import ZERO
from policy.policy import Policy

__all__ = [
    "Ask",
    "Memory",
    "Quote",
    "QuoteFacts",
    "load_facts",
    "place_on",
    "quote",
    "quote_for_facts",
    "quoted",
]

YEARS_AFTER_BIRTH = 2  # a newborn's two premiums lie in the year of birth and the one after


class Ask(NamedTuple):
    """A question: what this person would owe, paying on this day.

    :param population: class of insured; null = as the facts say
    :param offered: yuan third parties offer; null = what is on record
    """

    resident_id: int
    coverage_year: int
    paid_on: datetime.date
    population: str | None = None
    bought_back_months: int = 0
    offered: Decimal | None = None


@dataclass(slots=True)
class Memory:
    """Figures by likeness, shared by the chunks of one run."""

    likeness: dict[str, Likeness] = field(default_factory=dict)
    quotes: dict[object, Quote] = field(default_factory=dict)


@dataclass(slots=True)
class QuoteFacts:
    """Facts of many asks.

    :ivar places: where the residents are by what was said last
    :ivar counties: path of an area → code of the county at or above it
    :ivar by_record: quotes by what is on record of those who asked
    """

    memory: Memory
    places: dict[int, Whereabouts]
    policies: dict[tuple[int, int], Policy]
    people: PersonFacts
    counties: Mapping[str, str | None]
    insured: dict[int, frozenset[int]]
    paid_years: dict[int, frozenset[int]]
    offers: dict[tuple[int, int], Decimal]
    by_record: dict[Hashable, Quote] = field(default_factory=dict)

    def place(self, ask: Ask) -> Whereabouts:
        """Return where the person lived on the pay day; somebody may have moved between it and now."""
        return place_on(self.people, self.places[ask.resident_id], ask)

    def policy(self, ask: Ask) -> Policy:
        """Return the policy that holds for the person and year where they lived on the pay day.

        :raises PolicyNotFound: if no area at or above theirs has one
        """
        return self.policy_at(self.place(ask), ask.coverage_year)

    def policy_at(self, place: Whereabouts, coverage_year: int) -> Policy:
        """Return the policy of a year at a place of one of the asks.

        :raises PolicyNotFound: if no area at or above it has one
        """
        policy = self.policies.get((place.living_area_id, coverage_year))
        if policy is None:
            codes = place.path.strip("/").split("/")[::-1]
            raise PolicyNotFound(
                f"{codes[0]} 及其上级没有已生效的 {coverage_year} 年度政策，请先录入并复核该年度文件。",
                areas=codes,
                year=coverage_year,
            )
        return policy

    def quote(self, ask: Ask) -> Quote:
        """Return what a payment on the day would cost and give.

        :raises DomainError: no policy, or the documents are silent
        """
        return self.quote_by(self.policy(ask), ask)

    def quote_by(self, policy: Policy, ask: Ask) -> Quote:
        """Return what a payment on the day would cost and give by `policy`, which is that of the ask.

        :raises DomainError: the documents are silent
        """
        likeness = self._likeness(policy)
        record = self._record(ask, likeness)
        known = self.by_record.get(record)
        if known is None:
            known = self.by_record[record] = self._by_likeness(ask, policy, likeness)
        return known

    def _record(self, ask: Ask, likeness: Likeness) -> Hashable:
        """Return what the records say of the person and the ask: of whom they say the same is quoted once.

        What people share is one object (`person_facts`); what is somebody's own makes them like nobody else.
        """
        pk = ask.resident_id
        known = self.people.people[pk]
        paid = self.paid_years.get(pk)
        return (
            id(likeness),
            ask.coverage_year,
            ask.paid_on,
            ask.population,
            ask.bought_back_months,
            self._offered(ask),
            known.born_on
            if paid
            else likeness.birth(known.born_on, day=ask.paid_on, coverage_year=ask.coverage_year),
            paid,
            self.insured.get(pk),
            id(known.places),
            known.pooled_at,
            id(known.spells),
            id(known.insured),
            known.discharged_on,
            known.spouse_discharged_on,
        )

    def _likeness(self, policy: Policy) -> Likeness:
        name = policy.key + policy.digest
        found = self.memory.likeness.get(name)
        return found or self.memory.likeness.setdefault(name, Likeness(policy))

    def _by_likeness(self, ask: Ask, policy: Policy, likeness: Likeness) -> Quote:
        person = self.people.on(
            ask.resident_id,
            day=ask.paid_on,
            coverage_year=ask.coverage_year,
            population=ask.population or "resident",
        )
        circumstances = self._circumstances(ask, policy, person)
        key = likeness.key(person, circumstances)
        known = self.memory.quotes.get(key)
        if known is None:
            known = self.memory.quotes[key] = quoted(policy, person=person, circumstances=circumstances)
        return known

    def _offered(self, ask: Ask) -> Decimal:
        if ask.offered is not None:
            return ask.offered
        return self.offers.get((ask.resident_id, ask.coverage_year), ZERO)

    def _circumstances(self, ask: Ask, policy: Policy, person: Person) -> Circumstances:
        waiting = policy.enrollment.waiting
        missed = 0
        if waiting is not None:
            missed = missed_years(
                self.insured.get(ask.resident_id, frozenset()),
                coverage_year=ask.coverage_year,
                count_from_year=waiting.count_from_year.value if waiting.count_from_year else None,
            )
        paid = self.paid_years.get(ask.resident_id, frozenset())
        born_on = person.born_on
        is_young = born_on is not None and 0 < ask.coverage_year - born_on.year <= YEARS_AFTER_BIRTH
        return Circumstances(
            county=self.counties[self.place(ask).path],
            missed_years=missed,
            bought_back_months=ask.bought_back_months,
            paid_birth_year=is_young and born_on is not None and born_on.year in paid,
            offered=self._offered(ask),
        )


def load_facts(asks: Iterable[Ask], *, memory: Memory | None = None) -> QuoteFacts:
    """Return the facts of the asks; queries grow with the number of policies, not of people or days.

    Whoever is not registered is missing in `places`.

    :param memory: figures of earlier chunks of the same run
    """
    asked = list(asks)
    places = whereabouts(ask.resident_id for ask in asked)
    wanted = [ask for ask in asked if ask.resident_id in places]
    people = person_facts(resident_ids=places.keys())
    asked_of = [place_on(people, places[ask.resident_id], ask) for ask in wanted]
    paths = {place.living_area_id: place.path for place in asked_of}
    policies = policies_for(paths=paths, years={ask.coverage_year for ask in wanted})
    waiting = any(p.data.enrollment and p.data.enrollment.waiting for p in policies.values())
    return QuoteFacts(
        memory=memory or Memory(),
        places=places,
        policies=policies,
        people=people,
        counties=counties_at({path: path for path in paths.values()}),
        insured=_basic_years(wanted) if waiting else {},
        paid_years=_paid_years(people, wanted),
        offers=_offers(wanted),
    )


def place_on(people: PersonFacts, now: Whereabouts, ask: Ask) -> Whereabouts:
    """Return where a person lived on the pay day."""
    then = people.people[ask.resident_id].places.on(ask.paid_on)
    if then.living_area_id == now.living_area_id:
        return now
    return Whereabouts(then.living_area_id, then.living_path, then.pooling_area_id, now.died_on, now.name)


def quote(
    *,
    resident_ids: Iterable[int],
    coverage_year: int,
    paid_on: datetime.date,
    population: str | None = None,
    support: Mapping[int, Decimal] | None = None,
    bought_back_months: int = 0,
) -> dict[int, Quote]:
    """Return resident id → what a payment arriving on `paid_on` would cost and give. Nothing is written.

    :param support: resident id → yuan a third party offers; who is not named goes by what is on record
    :raises PolicyNotFound: if somebody's area has no policy for the year
    :raises RuleNotPublished: if the documents are silent on the day or on somebody's aid
    """
    offered = support or {}
    asks = [
        Ask(pk, coverage_year, paid_on, population, bought_back_months, offered.get(pk))
        for pk in dict.fromkeys(resident_ids)
    ]
    facts = load_facts(asks)
    return {ask.resident_id: facts.quote(ask) for ask in asks}


def quote_for_facts(*, policy: Policy, person: Person, circumstances: Circumstances | None = None) -> Quote:
    """Return what somebody who is not registered would owe, paying on `person.day`.

    :raises RuleNotPublished: if the documents are silent on the day or on the person's aid
    """
    return quoted(policy, person=person, circumstances=circumstances or Circumstances())


def _paid_years(people: PersonFacts, asks: list[Ask]) -> dict[int, frozenset[int]]:
    """Return the years paid for by people so young that the year of birth may still matter."""
    first = min((ask.coverage_year for ask in asks), default=0)
    young = [pk for pk, known in people.people.items() if known.born_on.year >= first - YEARS_AFTER_BIRTH]
    return insured_years(resident_ids=young) if young else {}


def _basic_years(asks: list[Ask]) -> dict[int, frozenset[int]]:
    return basic_insured_years(
        resident_ids={ask.resident_id for ask in asks}, until=max(ask.paid_on for ask in asks)
    )


def _offers(asks: list[Ask]) -> dict[tuple[int, int], Decimal]:
    rows = (
        ThirdPartySupport.objects.filter(
            resident__among={ask.resident_id for ask in asks},
            coverage_year__in={ask.coverage_year for ask in asks},
        )
        .values_list("resident", "coverage_year")
        .annotate(offered=Sum("offered"))
    )
    return {(resident, year): offered for resident, year, offered in rows}
