"""Settle claims (费用结算): basic insurance, critical illness insurance, medical assistance, in date order."""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from benefits.models import Claim, ClaimLine
from benefits.services.bills import NewClaim
from benefits.services.claim_checks import CheckedClaims, check_claims
from benefits.services.claim_corrections import in_turns, reverse_originals, take_out, withdraw_after
from benefits.services.claim_drafts import (
    ClaimOutcome,
    ClaimResult,
    Drafts,
    Source,
    draft_claims,
    lines_of,
)
from benefits.services.closing_lock import hold_people_and_closing
from benefits.services.person_years import (
    Key,
    PersonYear,
    key_of,
    locked_years,
    place_of,
    read_from,
    reckon_years,
    save_years,
)
from benefits.services.refresh_states import refresh_states
from benefits.services.withdraw_alerts import withdraw_groundless
from exchange.models import InboundBatch
from registry.batch.copying import copy_rows
from registry.batch.history import write_one_with_history, write_with_history
from registry.models import Area

__all__ = ["ClaimOutcome", "ClaimResult", "expected_outcomes", "settle_claims", "worked_out"]

CHUNK = 1000
TRIES = 3


def settle_claims(
    *,
    claims: Sequence[NewClaim],
    user: AbstractBaseUser | None,
    batch: InboundBatch | None = None,
    within: Area | None = None,
    until: datetime.date | None = None,
) -> list[ClaimOutcome]:
    """Settle claims and return their outcomes in the order given; a refused one stops no other.

    A person's claims of a year settle in the order of discharge and number, whatever the order of arrival: one that
    comes late is settled at its place, and those after it anew, with the difference in their history. The same number
    with the same content again changes nothing. One that corrects another takes its place: that one is reversed, and
    what followed is settled anew once, with the correction. It may come in one call with the one it corrects.

    :param within: area whose list the claims come by: what it does not handle is refused; null = they may be anybody's
    :param until: today, where they come from outside: a bill of a later day is refused; null = any day may be told
    """
    source = Source(user, batch, within.path if within else "", until)
    outcomes: dict[int, ClaimOutcome] = {}
    for turn in in_turns(claims):
        order = sorted(turn, key=lambda at: (claims[at].resident_id, claims[at].discharged_on))
        for first in range(0, len(order), CHUNK):
            part = order[first : first + CHUNK]
            found = _settle_chunk([claims[at] for at in part], source)
            outcomes |= dict(zip(part, found, strict=True))
    return [outcomes[at] for at in range(len(claims))]


def expected_outcomes(
    claims: Sequence[NewClaim],
    *,
    within: Area,
    until: datetime.date | None = None,
    foretold: Mapping[str, Claim] = MappingProxyType({}),
) -> list[ClaimOutcome]:
    """Return what `settle_claims` would say to each claim now, no money worked out; a claim is stored nowhere.

    :param claims: none of them corrects another of them
    :param within: as in `settle_claims`; :param until: too
    :param foretold: claims by number that will be settled before, which these may correct
    """
    return draft_claims(
        claims, check_claims(claims), Source(within=within.path, until=until), foretold=foretold
    ).outcomes


@transaction.atomic
def worked_out(claim: NewClaim) -> ClaimOutcome:
    """Return what settling the claim would come to now, its figures with it; nothing is written."""
    settling = _drafted([claim], Source())
    _work_out(settling)
    return settling.drafts.outcomes[0]


@dataclass(frozen=True, slots=True)
class _Settling:
    """Claims on their way, and the years they move, all unsaved."""

    checked: CheckedClaims
    drafts: Drafts
    years: dict[Key, PersonYear]

    @property
    def corrections(self) -> list[Claim]:
        """The new claims that correct another."""
        return [draft for draft in self.drafts.claims if draft.replaces is not None]


def _settle_chunk(claims: Sequence[NewClaim], source: Source) -> list[ClaimOutcome]:
    """Settle up to a chunk of claims; once more if somebody stored one of the numbers meanwhile.

    One alone that corrects none finds its number taken before anything is written, and needs no savepoint.
    """
    is_plain = len(claims) == 1 and not claims[0].replaces
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(savepoint=not is_plain):
                settling = _drafted(claims, source)
                _reverse_corrected(settling, source)
                _work_out(settling)
                if _store(settling.drafts, source, is_plain=is_plain):
                    _follow(settling, source)
                    return settling.drafts.outcomes
        except IntegrityError as clash:
            if not left or "claim_number" not in str(clash):
                raise
    raise AssertionError("unreachable")


def _drafted(claims: Sequence[NewClaim], source: Source) -> _Settling:
    """Hold the people and return their claims drafted, with the years they move from the first place that changes."""
    hold_people_and_closing({claim.resident_id for claim in claims})
    checked = check_claims(claims)
    drafts = draft_claims(claims, checked, source)
    moved = _by_year([*drafts.claims, *drafts.corrected])
    years = locked_years({key: of_year[0].pooling_area_id for key, of_year in moved.items()})
    read_from(years, places={key: min(map(place_of, of_year)) for key, of_year in moved.items()})
    take_out(years, drafts.corrected)
    return _Settling(checked, drafts, years)


def _work_out(settling: _Settling) -> None:
    """Set the figures of the new claims and of what follows them, each at its place in its year."""
    added = _by_year(settling.drafts.claims)
    reckon_years(settling.years, added=added, laws=settling.checked.laws)


def _reverse_corrected(settling: _Settling, source: Source) -> None:
    """Reverse what is corrected, before anything is worked out: a decision rests on what stood at its moment."""
    if settling.corrections:
        why = {each.claim.number: each.claim.reason for each in settling.checked.accepted}
        reverse_originals(settling.corrections, why=why, user=source.user)


def _store(drafts: Drafts, source: Source, *, is_plain: bool) -> bool:
    """Write new claims with their history and lines; return false if the number of the plain one is taken.

    :raises IntegrityError: if a number is taken otherwise
    """
    reason = source.reason("结算")
    if is_plain and drafts.new:
        ((draft, found),) = drafts.new
        if write_one_with_history(draft, key="number", reason=reason, user=source.user) is None:
            return False
        ClaimLine.objects.bulk_create(lines_of(draft, found.claim))
        return True
    write_with_history(drafts.claims, reason=reason, user=source.user)
    lines = [line for draft, found in drafts.new for line in lines_of(draft, found.claim)]
    copy_rows(lines)
    return True


def _follow(settling: _Settling, source: Source) -> None:
    """Store what the new claims moved: later claims, totals, incentives, and the claims they correct."""
    if not settling.years:
        return
    reason = source.reason("补录结算后重新结算")
    changed = save_years(settling.years.values(), reason=reason, user=source.user)
    for year in sorted({year for _, year in settling.years}):
        people = [resident for resident, of in settling.years if of == year]
        refresh_states(resident_ids=people, year=year, reason=reason, user=source.user)
    withdraw_after(settling.corrections, user=source.user)
    if changed:
        _withdraw_moved(settling, set(changed), source)


def _withdraw_moved(settling: _Settling, changed: Collection[int], source: Source) -> None:
    """Take back the warnings of stays that cost their people less, now that an earlier one comes before them."""
    moved = [key for key, year in settling.years.items() if any(each.pk in changed for each in year.settled)]
    withdraw_groundless(
        resident_ids={resident for resident, _ in moved},
        coverage_year=min(year for _, year in moved),
        reason=source.reason("补录结算后重新结算"),
        user=source.user,
    )


def _by_year(claims: Iterable[Claim]) -> dict[Key, list[Claim]]:
    found: dict[Key, list[Claim]] = {}
    for claim in claims:
        found.setdefault(key_of(claim), []).append(claim)
    return found
