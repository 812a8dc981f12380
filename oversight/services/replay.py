"""Replay decisions: every figure decided, computed again from what was known then, beside what was stored (复算)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from benefits.models import Claim, IncentiveRevision, IncentiveState
from benefits.services.replay import replay_claim
from benefits.services.replay_states import people_with_undated_claims, replay_benefits, replay_state
from enrollment.models import ContributionPeriod
from enrollment.services.replay import replay_contribution, replay_contributions, replay_grant
from hardship.models import AssistanceGrant
from policy.law_books import LawBook, law_book
from policy.replays import Replayed
from registry.models import Area, Resident
from registry.selectors import areas_under

CHUNK = 500


@dataclass(slots=True)
class Undated:
    """Decisions taken before their moment was kept; nobody can say what was known then."""

    contributions: int = 0
    claims: int = 0
    states: int = 0

    def __int__(self) -> int:
        """How many they are together."""
        return self.contributions + self.claims + self.states


@dataclass(frozen=True, slots=True)
class Replay:
    """A run over some people: how many decisions there are by outcome comes out as they are replayed."""

    resident_ids: list[int]
    coverage_year: int | None
    law: LawBook = field(default_factory=law_book)

    def decisions(self) -> Iterator[Replayed]:
        """Yield every decision, replayed; the queries of a chunk do not depend on what is in it."""
        for start in range(0, len(self.resident_ids), CHUNK):
            part = self.resident_ids[start : start + CHUNK]
            for replayed in (replay_contributions, replay_benefits):
                yield from replayed(resident_ids=part, coverage_year=self.coverage_year, law=self.law)

    def undated(self) -> Undated:
        """Return how many figures were decided before moments were kept; years taken over are not decided here."""
        found = Undated()
        for start in range(0, len(self.resident_ids), CHUNK):
            part = self.resident_ids[start : start + CHUNK]
            of: dict[str, Any] = {"resident__in": part}
            states = IncentiveState.objects.filter(resident_id__in=part)
            if self.coverage_year is not None:
                of["coverage_year"] = self.coverage_year
                states = states.filter(year=self.coverage_year)
            undecided = ContributionPeriod.objects.filter(decided_at=None, **of).exclude(policy_key="")
            untold = Q(decided_at=None) | Q(resident_id__in=people_with_undated_claims(part))
            found.contributions += undecided.count()
            found.claims += Claim.objects.filter(reckoned_at=None, **of).count()
            found.states += states.filter(untold).count()
        return found


Decision = ContributionPeriod | AssistanceGrant | Claim | IncentiveState | IncentiveRevision


def replay(decision: Decision) -> Replayed | None:
    """Return the decision that stands on a record, replayed; null = its moment was not kept."""
    match decision:
        case ContributionPeriod():
            return replay_contribution(decision)
        case AssistanceGrant():
            return replay_grant(decision)
        case Claim():
            return replay_claim(decision)
        case IncentiveState() | IncentiveRevision():
            return replay_state(decision)


def replay_of(
    *, area: Area | None = None, coverage_year: int | None = None, sample: int | None = None
) -> Replay:
    """Return a run over the people who live in an area.

    :param area: null = everybody
    :param coverage_year: of the decisions; null = every year
    :param sample: so many people at random; null = all
    """
    people = Resident.objects.all()
    if area is not None:
        people = people.filter(living_area__in=areas_under(area))
    ordered = people.order_by("pk") if sample is None else people.order_by("?")[:sample]
    return Replay(sorted(ordered.values_list("pk", flat=True)), coverage_year)
