"""Reads: what is due, what an agency may see, how far a job is."""

import datetime
from collections.abc import Collection

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from exchange.models import (
    Acknowledgement,
    Agency,
    Delivery,
    DeliveryStatus,
    InboundBatch,
    InboundRow,
    JobChunk,
    OutboundEvent,
)
from registry.models import Area, Resident
from registry.selectors import Viewer, scope_filter

UNFINISHED = (DeliveryStatus.PENDING, DeliveryStatus.FAILED)


def agency_covers(agency: Agency, area: Area) -> bool:
    """Return whether `area` is the agency's own or lies below it."""
    return area.path.startswith(agency.area.path)


def residents_of(agency: Agency) -> QuerySet[Resident]:
    """Return who lives in the agency's area: the one place that decides whom an agency may ask about."""
    return Resident.objects.filter(living_area__path__startswith=agency.area.path)


def events_for(agency: Agency, *, acknowledged: bool | None = None) -> QuerySet[OutboundEvent]:
    """Return the events that concern the agency's kind in its area, each with `acknowledged_at`, null = not yet.

    :param acknowledged: only those it has, or only those it has not; null = all
    """
    receipt = Acknowledgement.objects.filter(event=OuterRef("pk"), agency=agency)
    events = OutboundEvent.objects.filter(
        agency_kinds__contains=[agency.kind], area__path__startswith=agency.area.path
    )
    if acknowledged is not None:
        events = events.filter(Exists(receipt) if acknowledged else ~Exists(receipt))
    return events.select_related("area").annotate(acknowledged_at=Subquery(receipt.values("at")[:1]))


def deliveries_due(now: datetime.datetime) -> QuerySet[Delivery]:
    """Return what may be sent, longest due first; of one subject only the earliest unfinished one per endpoint."""
    earlier = Delivery.objects.filter(
        endpoint=OuterRef("endpoint"),
        subject=OuterRef("subject"),
        pk__lt=OuterRef("pk"),
        status__in=UNFINISHED,
    )
    return (
        Delivery.objects.filter(
            ~Exists(earlier), status__in=UNFINISHED, next_attempt_at__lte=now, endpoint__is_active=True
        )
        .select_related("event__area", "endpoint__agency")
        .order_by("next_attempt_at", "pk")
    )


def delivery_counts(events: QuerySet[OutboundEvent]) -> dict[str, int]:
    """Return how many of the events' deliveries were made, delivered, acknowledged and given up."""
    deliveries = Delivery.objects.filter(event__in=events)
    return deliveries.aggregate(
        total=Count("pk"),
        delivered=Count("pk", filter=Q(status=DeliveryStatus.DELIVERED)),
        acknowledged=Count("pk", filter=Q(acknowledged_at__isnull=False)),
        dead=Count("pk", filter=Q(status=DeliveryStatus.DEAD)),
    )


def outcome_counts(batch: InboundBatch) -> dict[str, int]:
    """Return how many rows of a batch have each outcome."""
    rows = InboundRow.objects.filter(batch=batch).values_list("outcome").annotate(rows=Count("pk"))
    return dict(rows.order_by("outcome"))


def scoped_batches(user: Viewer) -> QuerySet[InboundBatch]:
    """Return the batches of the areas `user` may see."""
    return InboundBatch.objects.filter(scope_filter(user))


def chunks_left(*, job_id: int, statuses: Collection[str]) -> QuerySet[JobChunk]:
    """Return a job's chunks in these states, in order."""
    return JobChunk.objects.filter(job=job_id, status__in=statuses).order_by("seq")
