"""Take a claim back (冲正), and settle anew what stood on it."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from benefits.models import Claim, ClaimState
from benefits.rules.adjustment_words import resettled_after
from benefits.selectors.laws import Laws
from benefits.services.adjustments import keep_adjustments
from benefits.services.closing_lock import hold_off_closing
from benefits.services.manual_stages import note_reversals
from benefits.services.person_years import (
    locked_years,
    place_of,
    read_from,
    reckon_years,
    save_years,
)
from benefits.services.refresh_states import refresh_states
from benefits.services.withdraw_alerts import withdraw_groundless
from policy.errors import DomainError
from registry.batch.history import rewrite_with_history
from registry.services import lock_residents


class ClaimAlreadyReversed(DomainError):
    """A claim is reversed once."""

    code = "claim_already_reversed"


class ReasonMissing(DomainError):
    """Whoever moves money says why."""

    code = "reason_missing"


@transaction.atomic
def void_claim(*, claim: Claim, user: AbstractBaseUser | None, reason: str) -> list[int]:
    """Reverse a claim, settle those after it in the year anew, and return the keys of those whose figures changed.

    The reversed claim keeps its figures; the year's totals are those of the claims that stand, so that an increase of
    the cap it had used is no longer used.

    :raises ClaimAlreadyReversed: if somebody reversed it before
    :raises ReasonMissing: if no reason is given
    """
    if not reason.strip():
        raise ReasonMissing("冲正必须填写原因")
    hold_off_closing()
    lock_residents([claim.resident_id])
    key = (claim.resident_id, claim.coverage_year)
    years = locked_years({key: claim.pooling_area_id})
    read_from(years, places={key: place_of(claim)})
    year = years[key]
    standing = next((each for each in year.settled if each.pk == claim.pk), None)
    if standing is None:
        raise ClaimAlreadyReversed("该结算单已冲正，不能重复冲正", number=claim.number)
    year.settled.remove(standing)
    standing.state = ClaimState.REVERSED
    rewrite_with_history([standing], fields=["state"], reason=f"冲正：{reason}"[:100], user=user)
    keep_adjustments([(standing, year.paid[standing.pk])], reason=f"冲正：{reason}", user=user)
    reckon_years(years, added={}, laws=Laws())
    note_reversals([claim.pk], reason=f"冲正：{reason}"[:100], user=user)
    changed = save_years([year], reason=resettled_after(claim.number, reason)[:100], user=user)
    claim.state = ClaimState.REVERSED
    refresh_states(
        resident_ids=[claim.resident_id],
        year=claim.coverage_year,
        reason=f"冲正 {claim.number}：{reason}"[:200],
        user=user,
    )
    withdraw_groundless(
        resident_ids=[claim.resident_id],
        coverage_year=claim.coverage_year,
        reason=f"冲正 {claim.number}",
        user=user,
    )
    return changed
