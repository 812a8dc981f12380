"""Settle a whole year anew, because what it stands on changed."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from benefits.models import Claim, ClaimState
from benefits.selectors.laws import Laws
from benefits.services.person_years import locked_years, place_of, read_from, reckon_years, save_years
from benefits.services.running_totals import no_totals
from benefits.services.withdraw_alerts import withdraw_groundless
from registry.services import lock_residents


@transaction.atomic
def resettle_year(
    *, resident_id: int, coverage_year: int, user: AbstractBaseUser | None, reason: str
) -> list[int]:
    """Settle a person's whole year anew in date order and return the keys of the claims whose figures changed.

    Used when what the year stands on changed: the incentives before it, or the policy.
    """
    lock_residents([resident_id])
    key = (resident_id, coverage_year)
    claims = Claim.objects.filter(resident=resident_id, coverage_year=coverage_year, state=ClaimState.SETTLED)
    first = claims.order_by("discharged_on", "number").first()
    if first is None:
        return []
    years = locked_years({key: first.pooling_area_id})
    read_from(years, places={key: place_of(first)})
    years[key].start = no_totals()
    reckon_years(years, added={}, laws=Laws())
    changed = save_years(years.values(), reason=reason, user=user)
    if changed:
        withdraw_groundless(resident_ids=[resident_id], coverage_year=coverage_year, reason=reason, user=user)
    return changed
