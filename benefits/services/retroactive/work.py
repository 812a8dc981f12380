"""Plan what a change of identities means for settled claims and year ends, and do it (追溯变更)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.rules.settled_claims import Fate, settled_claim_fate
from benefits.selectors.laws import Laws
from benefits.selectors.touched import TouchedClaim, touched_claims, touched_years
from benefits.services.closing_lock import hold_off_closing
from benefits.services.person_facts import identities_of, with_later
from benefits.services.person_years import (
    Key,
    PersonYear,
    Place,
    locked_years,
    read_from,
    reckon_years,
    save_years,
)
from benefits.services.reckon import RECKONED
from benefits.services.refresh_states import refresh_states
from benefits.services.withdraw_alerts import withdraw_groundless
from hardship.selectors import IdentityChange
from hardship.selectors.changes import Difference
from policy.conditions import Identity
from policy.errors import DomainError
from policy.trace import Step, Traced

LAYERS = ("critical_illness", "medical_assistance")


@dataclass(frozen=True, slots=True)
class PlannedClaim:
    """A claim to be settled by other identities.

    :param fates: layer → what the documents say; a layer that knows the truth already is left out
    """

    claim: TouchedClaim
    fates: Mapping[str, Traced[Fate]]

    def layers(self, fates: Collection[Fate]) -> list[str]:
        """Return the layers whose fate is one of these."""
        return [layer for layer, fate in self.fates.items() if fate.value in fates]


@dataclass(frozen=True, slots=True)
class Work:
    """What some changes touch.

    :param claims: by key
    :param years: resident → first year whose state counted otherwise
    :param area_of_year: resident → the pooling area that closed it
    """

    changes: Sequence[IdentityChange]
    claims: Mapping[int, PlannedClaim]
    years: Mapping[int, int]
    area_of_year: Mapping[int, int]
    laws: Laws = field(default_factory=Laws)

    @property
    def residents(self) -> set[int]:
        """Return whose figures may move."""
        return {each.claim.resident_id for each in self.claims.values()} | self.years.keys()

    @property
    def first_year(self) -> int:
        """The first coverage year in which anything may move; only for work there is."""
        return min([each.claim.coverage_year for each in self.claims.values()] + list(self.years.values()))

    def fates(self) -> set[Fate]:
        """Return the fates that occur; a year end is always worked out anew."""
        found = {fate.value for each in self.claims.values() for fate in each.fates.values()}
        return found | ({Fate.CHANGED} if self.years else set())


def plan_work(changes: Sequence[IdentityChange], *, before: date) -> Work:
    """Return what changes touch of what was settled; a number of queries that does not grow with them."""
    laws = Laws()
    planned = {each.pk: _planned(each, laws) for each in touched_claims(changes, before=before)}
    years = touched_years(changes)
    return Work(
        changes,
        claims={pk: each for pk, each in planned.items() if each.fates},
        years={pk: each.year for pk, each in years.items()},
        area_of_year={pk: each.area_id for pk, each in years.items()},
        laws=laws,
    )


def redo(work: Work, *, fates: Collection[Fate], reason: str, user: AbstractBaseUser | None) -> None:
    """Settle anew the layers with one of these fates, and what stands on them: totals, year ends, caps, alerts.

    Part of the caller's transaction.
    """
    hold_off_closing()
    claims = [each for each in work.claims.values() if each.layers(fates)]
    _resettle(claims, work, fates=fates, reason=reason, user=user)
    first = dict(work.years) if Fate.CHANGED in fates else {}
    for each in claims:
        claim = each.claim
        first[claim.resident_id] = min(claim.coverage_year, first.get(claim.resident_id, claim.coverage_year))
    for year, people in _by_year(first.items()).items():
        refresh_states(resident_ids=people, year=year, reason=reason, user=user)
    settled = {(each.claim.resident_id, each.claim.coverage_year) for each in claims}
    for year, people in _by_year(settled).items():
        withdraw_groundless(resident_ids=people, coverage_year=year, reason=reason, user=user)


def later_identities(
    known: Iterable[Identity], differences: Mapping[str, Difference]
) -> tuple[Identity, ...]:
    """Return the identities a settlement knew with those of the changed categories as they turn out to be."""
    kept = [each for each in known if each.category not in differences]
    found = [each.now for each in differences.values() if each.now is not None]
    return tuple(sorted((*kept, *found), key=lambda identity: identity.category))


def _planned(claim: TouchedClaim, laws: Laws) -> PlannedClaim:
    layers = [
        layer
        for layer in LAYERS
        if later_identities(known := identities_of(dict(claim.facts), layer), claim.differences) != known
    ]
    return PlannedClaim(claim, {layer: _fate(claim, layer, laws) for layer in layers})


def _fate(claim: TouchedClaim, layer: str, laws: Laws) -> Traced[Fate]:
    try:
        policy = laws.of(claim.pooling_area_id, claim.coverage_year)
        section = policy.critical_illness if layer == "critical_illness" else policy.medical_assistance
    except DomainError as silent:
        return Traced(Fate.ASKS, (Step("文件没有规定，由人决定", reading=silent.message),))
    return settled_claim_fate(section, is_error=claim.is_error)


def _resettle(
    claims: Sequence[PlannedClaim],
    work: Work,
    *,
    fates: Collection[Fate],
    reason: str,
    user: AbstractBaseUser | None,
) -> None:
    if not claims:
        return
    areas: dict[Key, int] = {}
    places: dict[Key, Place] = {}
    for each in claims:
        claim = each.claim
        key = (claim.resident_id, claim.coverage_year)
        areas.setdefault(key, claim.pooling_area_id)
        places[key] = min(places.get(key, _place(claim)), _place(claim))
    years = locked_years(areas)
    read_from(years, places=places)
    _put_truth(years.values(), work, fates)
    reckon_years(years, added={}, laws=work.laws)
    save_years(years.values(), reason=reason, user=user, fields=(*RECKONED, "person_facts"))


def _put_truth(years: Iterable[PersonYear], work: Work, fates: Collection[Fate]) -> None:
    """Let the layers concerned see the identities as they turn out to be."""
    for claim in (claim for year in years for claim in year.settled):
        planned = work.claims.get(claim.pk)
        for layer in planned.layers(fates) if planned else ():
            assert planned is not None
            known = identities_of(claim.person_facts, layer)
            claim.person_facts = with_later(
                claim.person_facts, layer, later_identities(known, planned.claim.differences)
            )


def _place(claim: TouchedClaim) -> Place:
    return claim.discharged_on, claim.number


def _by_year(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    people: defaultdict[int, list[int]] = defaultdict(list)
    for resident_id, year in sorted(pairs):
        people[year].append(resident_id)
    return people
