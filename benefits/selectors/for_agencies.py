"""What an agency may read of claims and alerts, and for which facilities it files."""

from collections.abc import Collection

from django.db.models import Prefetch, Q, QuerySet

from benefits.models import Alert, AlertAnswer, Claim, Facility, PayoutAdjustment
from exchange.models import Agency, AgencyKind
from exchange.selectors import residents_of


def claims_for(agency: Agency) -> QuerySet[Claim]:
    """Return the claims of the agency's own facilities, wherever their people live by now.

    For another agency than a hospital those of people who live in its area, too.
    """
    theirs = Q(facility__agency=agency)
    if agency.kind != AgencyKind.HOSPITAL:
        theirs |= Q(resident__in=residents_of(agency))
    return Claim.objects.filter(theirs).select_related("resident", "facility", "replaces")


def adjustments_for(agency: Agency) -> QuerySet[PayoutAdjustment]:
    """Return what is to be paid on top or recovered of the claims of the agency's own facilities."""
    own = PayoutAdjustment.objects.filter(claim__facility__agency=agency)
    return own.select_related("claim__facility")


def people_billed(agency: Agency, *, numbers: Collection[str], resident_ids: Collection[int]) -> set[int]:
    """Return which of the people the agency's own facilities have a claim of, among those of these numbers."""
    own = Claim.objects.filter(number__in=numbers, resident__in=resident_ids, facility__agency=agency)
    return set(own.values_list("resident_id", flat=True))


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
