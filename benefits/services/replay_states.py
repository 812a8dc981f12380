"""Work incentive states out once more, each as it was worked out then, and hold them against those stored.

Every state a year end wrote is one decision, and so is every correction of it. From what is stored only the question
is taken: whom, which year, which policy. Who was insured, who held an excluded identity and who was covered elsewhere
comes from the records of the moment; what the year's claims had paid by then from those claims, replayed first; the
state of the year before as it stood then, or, where there was none, folded up from all that was known. The rule is the
scalar one, so that a replay is also a check of the set-based twin (docs/decisions/0011).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from benefits.batch.incentives import YearEnd
from benefits.models import Accumulator, Claim, IncentiveRevision, IncentiveState
from benefits.selectors.year_facts import Histories
from benefits.services.claim_records import ClaimRecords, claim_records
from benefits.services.replay import ClaimReplays, replayed_claims
from benefits.services.running_totals import put_on_row
from benefits.services.state_records import Key, StateDecision, StateLife, kept_state, state_lives
from benefits.services.year_end_checks import expected_cap, expected_state
from enrollment.models import ContributionPeriod, ContributionState, EnrollmentStatus
from policy.errors import DomainError
from policy.law_books import LawBook
from policy.replays import Replayed
from policy.schema.incentives import Incentives
from registry.batch.chronicles import Chronicle, chronicle

STATE, REVISION = "incentive_state", "incentive_revision"


@dataclass(frozen=True, slots=True)
class _Records:
    """All that was ever recorded of some people that states may rest on."""

    lives: dict[Key, StateLife]
    claims: ClaimReplays
    people: ClaimRecords
    contributions: Chronicle

    def histories(self, resident_id: int, section: Incentives, *, decision: StateDecision) -> Histories:
        """Return what was on record of the person when the state was worked out."""
        assert decision.at is not None
        moment = decision.at
        spells = self.people.people.spells(resident_id, known_at=moment)
        elsewhere = self.people.people.insured_spells(resident_id, known_at=moment)
        money = {}
        for year, totals in self.claims.totals(resident_id, at=moment).items():
            put_on_row(row := Accumulator(), totals)
            money[resident_id, year] = row
        return Histories(
            insured={resident_id: self._insured(resident_id, decision)},
            excluded={
                resident_id: [
                    (each.valid_from, each.valid_to)
                    for each in spells
                    if each.category in section.excluded.value
                ]
            },
            covered={resident_id: [(each.starts_on, each.ends_on) for each in elsewhere]},
            money=money,
            layers=section.zero_claim_counts.value,
        )

    def _insured(self, resident_id: int, decision: StateDecision) -> frozenset[int]:
        """Return the years paid for by a registration that stood."""
        assert decision.at is not None
        registered = self.people.enrollments.records_at(resident_id, decision.at)
        return frozenset(
            year
            for year, state, enrollment in self.contributions.at(resident_id, decision.at)
            if state == ContributionState.PAID and _stands(registered.get(enrollment))
        )


def replay_benefits(
    *, resident_ids: Collection[int], coverage_year: int | None = None, law: LawBook | None = None
) -> list[Replayed]:
    """Return every settlement of these people, then every incentive state, replayed, by person, year and moment.

    The number of queries does not depend on how many people, claims or states there are.

    :param coverage_year: null = every year
    """
    lives = state_lives(resident_ids=resident_ids)
    asked = [each for (_, year), each in lives.items() if coverage_year in (None, year)]
    claims = replayed_claims(
        resident_ids=resident_ids, coverage_year=None if asked else coverage_year, law=law
    )
    found = [each for each in claims.decisions if coverage_year in (None, each.coverage_year)]
    if not asked:
        return found
    records = _Records(
        lives,
        claims,
        claims.records or claim_records(resident_ids=resident_ids, years=(), law=law),
        chronicle(ContributionPeriod, ["coverage_year", "state", "enrollment_id"], owners=resident_ids),
    )
    untold = people_with_undated_claims(resident_ids)
    return [
        *found,
        *(
            again
            for each in asked
            if each.row.resident_id not in untold
            for again in _replayed(each, records)
        ),
    ]


def replay_state(state: IncentiveState | IncentiveRevision) -> Replayed | None:
    """Return the decision a state or a correction of it came from, replayed; null = its moment was not kept.

    Of a state that was corrected since, this is the last correction.
    """
    decisions = replay_benefits(resident_ids=[state.resident_id], coverage_year=state.year)
    kinds = {REVISION} if isinstance(state, IncentiveRevision) else {STATE, REVISION}
    own = [each for each in decisions if each.kind in kinds]
    if isinstance(state, IncentiveRevision):
        own = [each for each in own if each.key == state.pk]
    return own[-1] if own else None


def people_with_undated_claims(resident_ids: Collection[int]) -> set[int]:
    """Return those of whom some claim was settled before moments were kept: what their years added up to is untold."""
    claims = Claim.objects.filter(resident__in=resident_ids, reckoned_at=None)
    return set(claims.values_list("resident_id", flat=True))


def _replayed(life: StateLife, records: _Records) -> Iterator[Replayed]:
    for decision in life.decisions():
        if decision.at is None:
            continue
        again: dict[str, Any] | None = None
        refusal = ""
        try:
            again = _again(life, decision, records)
        except DomainError as refused:
            refusal = refused.message
        revision = decision.revision
        yield Replayed(
            kind=STATE if revision is None else REVISION,
            key=life.run.pk if revision is None else revision.pk,
            resident_id=life.row.resident_id,
            coverage_year=life.row.year,
            decided_at=decision.at,
            policy_key=decision.policy_key,
            stored=decision.figures,
            replayed=again,
            refusal=refusal,
        )


def _again(life: StateLife, decision: StateDecision, records: _Records) -> dict[str, Any]:
    """Return the state the rule says of what was known.

    :raises DomainError: if there was no policy then, its documents are silent, or a claim of the person is refused
    """
    resident_id, year = life.row.resident_id, life.row.year
    assert decision.at is not None
    policy = records.people.policy_of(life.run.area_id, year, at=decision.law_at, digest=decision.digest)
    end = YearEnd.under(policy, year=year, area_id=life.run.area_id)
    histories = records.histories(resident_id, end.section, decision=decision)
    before = records.lives.get((resident_id, year - 1))
    previous = None if before is None else before.at(decision.at)
    state = expected_state(end, histories, resident_id, previous=previous)
    excluded = histories.of(resident_id, year).excluded
    return kept_state(state, excluded=excluded, next_cap=expected_cap(end, state, excluded=excluded))


def _stands(registration: Any) -> bool:
    return registration is not None and registration[1] == EnrollmentStatus.ACTIVE
