"""Settle claims once more, each as it was settled then, and hold the figures against those stored.

Every time a claim's figures were decided is one decision: when it came, and again whenever a late claim, a reversal or
another year end moved it (docs/decisions/0007). Its history keeps them all. A decision rests on the bill, the
person as known when the claim came, the law and the incentives of its moment, and the claims that stood before it in
the year then; these are replayed first, so that no stored total is taken for granted.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from benefits.models import Claim, ClaimState
from benefits.selectors.laws import Laws
from benefits.services.claim_records import ClaimRecords, NotOnRecord, claim_records
from benefits.services.person_facts import facts_kept, with_later
from benefits.services.person_years import Key, Place, place_of
from benefits.services.reckon import DECIDED, YearLaw, reckon
from benefits.services.running_totals import RunningTotals, no_totals, totals_from
from policy.errors import DomainError
from policy.law_books import LawBook
from policy.replays import Replayed

KIND = "claim"
FIGURES = tuple(name for name in DECIDED if name not in {"totals_before", "policy_digest"})


@dataclass(slots=True)
class _Decision:
    """A row of the history in which a claim's figures were new.

    :ivar after: the year's totals after it, once replayed
    """

    row: Any
    place: Place
    after: RunningTotals | None = None


@dataclass(slots=True)
class _Life:
    """One claim over time: its decisions in order, and when it was reversed."""

    decisions: list[_Decision] = field(default_factory=list)
    reversed_at: datetime.datetime | None = None

    def standing_at(self, moment: datetime.datetime) -> _Decision | None:
        """Return the decision that held at the moment; null = not here yet, or reversed."""
        if self.reversed_at is not None and self.reversed_at <= moment:
            return None
        known = [each for each in self.decisions if each.row.reckoned_at <= moment]
        return known[-1] if known else None


@dataclass(frozen=True, slots=True)
class ClaimReplays:
    """Settlements replayed, and what the years of people added up to at any moment, by the same replays.

    :param years: person → year → its claims
    :param records: what they rest on; null = there were none
    """

    decisions: list[Replayed] = field(default_factory=list)
    years: Mapping[int, Mapping[int, Collection[_Life]]] = field(default_factory=dict)
    records: ClaimRecords | None = None

    def totals(self, resident_id: int, *, at: datetime.datetime) -> dict[int, RunningTotals]:
        """Return year → totals of the claims that stood at the moment; a year without any is left out.

        :raises NotOnRecord: if the rules refuse one of them now
        """
        found = {}
        for year, lives in self.years.get(resident_id, {}).items():
            standing = (life.standing_at(at) for life in lives)
            last = max(filter(None, standing), key=lambda each: each.place, default=None)
            if last is not None and last.after is None:
                raise NotOnRecord("当时的结算不能复算", resident_id=resident_id)
            if last is not None and last.after is not None:
                found[year] = last.after
        return found


def replayed_claims(
    *, resident_ids: Collection[int], coverage_year: int | None = None, law: LawBook | None = None
) -> ClaimReplays:
    """Return every settlement of these people, replayed, by person, year and moment.

    The number of queries does not depend on how many people or claims there are.

    :param coverage_year: null = every year
    """
    years = _lives(resident_ids, coverage_year)
    if not years:
        return ClaimReplays()
    records = claim_records(resident_ids=resident_ids, years={year for _, year in years}, law=law)
    decisions = [each for lives in years.values() for each in _replayed_year(lives, records)]
    by_person: defaultdict[int, dict[int, Collection[_Life]]] = defaultdict(dict)
    for (resident_id, year), lives in years.items():
        by_person[resident_id][year] = lives.values()
    return ClaimReplays(decisions, by_person, records)


def replay_claim(claim: Claim) -> Replayed | None:
    """Return the decision that stands on a claim, replayed; null = its moment was not kept."""
    replayed = replayed_claims(resident_ids=[claim.resident_id], coverage_year=claim.coverage_year).decisions
    keys = claim.history.filter(reckoned_at=claim.reckoned_at).values_list("history_id", flat=True)
    own = set(keys)
    return next((each for each in replayed if each.key in own), None)


def _lives(resident_ids: Collection[int], coverage_year: int | None) -> Mapping[Key, Mapping[int, _Life]]:
    """Return each person-year's claims over time; claims whose moments were not kept are left out."""
    rows = Claim.history.filter(
        resident__in=resident_ids, reckoned_at__isnull=False, known_at__isnull=False
    ).exclude(history_type="-")
    if coverage_year is not None:
        rows = rows.filter(coverage_year=coverage_year)
    years: defaultdict[Key, dict[int, _Life]] = defaultdict(dict)
    for row in rows.order_by("resident_id", "coverage_year", "history_date", "history_id"):
        life = years[row.resident_id, row.coverage_year].setdefault(row.id, _Life())
        if row.state == ClaimState.REVERSED:
            life.reversed_at = life.reversed_at or row.history_date
        if not life.decisions or life.decisions[-1].row.reckoned_at != row.reckoned_at:
            life.decisions.append(_Decision(row, place_of(row)))
    return years


def _replayed_year(lives: Mapping[int, _Life], records: ClaimRecords) -> Iterator[Replayed]:
    decisions = [each for life in lives.values() for each in life.decisions]
    for each in sorted(decisions, key=lambda decision: (decision.row.reckoned_at, decision.place)):
        yield _replayed(each, lives.values(), records)


def _replayed(decision: _Decision, lives: Iterable[_Life], records: ClaimRecords) -> Replayed:
    row = decision.row
    claim: Claim = row.instance
    stored = _figures(claim)
    refusal = ""
    try:
        _settle_again(claim, decision, lives, records)
    except DomainError as refused:
        refusal = refused.message
        decision.after = None
    return Replayed(
        kind=KIND,
        key=row.history_id,
        resident_id=row.resident_id,
        coverage_year=row.coverage_year,
        decided_at=row.reckoned_at,
        policy_key=row.policy_key,
        stored=stored,
        replayed=None if refusal else _figures(claim),
        refusal=refusal,
        trace=[] if refusal else [step for layer in claim.trace.values() for step in layer],
    )


def _settle_again(claim: Claim, decision: _Decision, lives: Iterable[_Life], records: ClaimRecords) -> None:
    """Set the claim's figures to what the rules say about what was known.

    :raises DomainError: if there was no policy then, or its documents are silent
    """
    moment = decision.row.reckoned_at
    before = _before(decision, lives)
    start = no_totals() if before is None else before.after or totals_from(claim.totals_before)
    policy = records.policy(claim, at=moment)
    person = records.person(claim)
    claim.facility = records.facilities[claim.facility_id]
    facts = facts_kept(person)
    for layer in claim.person_facts.get("later", {}):
        facts = with_later(facts, layer, records.brought_up_to_date(claim, layer, until=moment))
    claim.person_facts, claim.categories = facts, sorted(person.categories)
    year = claim.coverage_year
    law = YearLaw(
        Laws(policies={(claim.pooling_area_id, year): policy}),
        year,
        records.incentives(claim.resident_id, year - 1, at=moment),
    )
    decision.after = reckon([claim], start=start, law=law)


def _before(decision: _Decision, lives: Iterable[_Life]) -> _Decision | None:
    """Return the last decision that stood before this one in date order when it was taken."""
    moment = decision.row.reckoned_at
    standing = (life.standing_at(moment) for life in lives)
    earlier = [each for each in standing if each is not None and each.place < decision.place]
    return max(earlier, key=lambda each: each.place, default=None)


def _figures(claim: Claim) -> dict[str, Any]:
    figures = {name: getattr(claim, name) for name in FIGURES}
    return figures | {
        "totals_before": totals_from(claim.totals_before),
        "person_facts": claim.person_facts,
        "categories": claim.categories,
    }
