"""What a person-year adds up to."""

from benefits.models import Accumulator, Claim, ClaimState


def totals_of(*, resident_id: int, year: int) -> Accumulator:
    """Return the year's running totals; unsaved zeros where nothing was settled."""
    found = Accumulator.objects.filter(resident=resident_id, coverage_year=year).first()
    return found or Accumulator(resident_id=resident_id, coverage_year=year)


def claims_of(*, resident_id: int, year: int) -> list[Claim]:
    """Return the claims that stand in the year in the order they settle."""
    claims = Claim.objects.filter(resident=resident_id, coverage_year=year, state=ClaimState.SETTLED)
    return list(claims.select_related("facility").order_by("discharged_on", "number"))
