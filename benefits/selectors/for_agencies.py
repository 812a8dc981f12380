"""What an agency may read of claims and alerts, and for which facilities it files."""

from collections.abc import Collection

from django.db.models import Prefetch, QuerySet

from benefits.models import Alert, AlertAnswer, Claim, Facility, PayoutAdjustment
from exchange.models import Agency, AgencyKind
from exchange.selectors import residents_of


def claims_for(agency: Agency) -> QuerySet[Claim]:
    """Return the claims of people who live in the agency's area; for a hospital only its own facilities'."""
    claims = Claim.objects.filter(resident__in=residents_of(agency)).select_related(
        "resident", "facility", "replaces"
    )
    return claims.filter(facility__agency=agency) if agency.kind == AgencyKind.HOSPITAL else claims


def adjustments_for(agency: Agency) -> QuerySet[PayoutAdjustment]:
    """Return what is to be paid on top or recovered of the claims of the agency's own facilities."""
    own = claims_for(agency).filter(facility__agency=agency)
    return PayoutAdjustment.objects.filter(claim__in=own).select_related("claim__facility")


def facilities_of_others(agency: Agency, codes: Collection[str]) -> set[str]:
    """Return which of the codes are facilities of another agency, or of none."""
    listed = Facility.objects.filter(code__in=codes)
    return set(listed.exclude(agency=agency).values_list("code", flat=True))


def alerts_for(agency: Agency) -> QuerySet[Alert]:
    """Return the alerts of the agency's area that its kind is told of, each with the agency's `own_answers`."""
    own = AlertAnswer.objects.filter(agency=agency).order_by("pk")
    return (
        Alert.objects.filter(
            area__path__startswith=agency.area.path, event__agency_kinds__contains=[agency.kind]
        )
        .select_related("resident", "area")
        .prefetch_related(Prefetch("answers", own, to_attr="own_answers"))
    )
