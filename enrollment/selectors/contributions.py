"""Contributions and payments as pages and upper apps read them."""

from django.db.models import QuerySet

from enrollment.models import ContributionPeriod, Payment, PaymentState
from registry.models import Area, Resident
from registry.selectors import areas_under


def contributions_of(resident: Resident) -> QuerySet[ContributionPeriod]:
    """Return a resident's contributions with registration, grant, payments and shares, the latest year first."""
    return (
        ContributionPeriod.objects.filter(resident=resident)
        .select_related("enrollment__pooling_area", "grant")
        .prefetch_related("payments", "subsidy_shares")
        .order_by("-coverage_year", "-pk")
    )


def held_payments(*, area: Area) -> QuerySet[Payment]:
    """Return the payments that wait for a decision: of people below `area`, and of lists of areas below it."""
    below = areas_under(area)
    held = Payment.objects.filter(state=PaymentState.HELD)
    return (
        held.filter(resident__living_area__in=below) | held.filter(resident=None, batch__area__in=below)
    ).order_by("pk")
