"""Alerts as agencies and staff see them."""

from django.db.models import OuterRef, QuerySet, Subquery

from benefits.models import Alert
from exchange.models import Acknowledgement, Agency
from registry.selectors import Viewer, scope_filter


def alerts_for(agency: Agency) -> QuerySet[Alert]:
    """Return the alerts that concern the agency's kind in its area, each with `acknowledged_at`, null = not yet."""
    receipt = Acknowledgement.objects.filter(event=OuterRef("event"), agency=agency)
    return (
        Alert.objects.filter(
            event__agency_kinds__contains=[agency.kind], area__path__startswith=agency.area.path
        )
        .select_related("resident", "area", "event")
        .annotate(acknowledged_at=Subquery(receipt.values("at")[:1]))
    )


def scoped_alerts(user: Viewer) -> QuerySet[Alert]:
    """Return the alerts of the areas `user` may see."""
    return Alert.objects.filter(scope_filter(user))
