"""Reads: what is due, what an agency may see, how far a job is."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from exchange.models import (
    Acknowledgement,
    Agency,
    BatchStatus,
    Delivery,
    DeliveryStatus,
    ExpectedList,
    InboundBatch,
    InboundRow,
    JobChunk,
    ListAgreement,
    OutboundEvent,
    RowOutcome,
)
from registry.models import Area, AreaLevel, Resident
from registry.selectors import Viewer, area_chain, scope_filter

UNFINISHED = (DeliveryStatus.PENDING, DeliveryStatus.FAILED)


def agency_covers(agency: Agency, area: Area) -> bool:
    """Return whether `area` is the agency's own or lies below it."""
    return area.path.startswith(agency.area.path)


def residents_of(agency: Agency) -> QuerySet[Resident]:
    """Return who lives in the agency's area: the one place that decides whom an agency may ask about."""
    return Resident.objects.filter(living_area__path__startswith=agency.area.path)


def events_for(agency: Agency, *, acknowledged: bool | None = None) -> QuerySet[OutboundEvent]:
    """Return the events for the agency, or its kind in its area, each with `acknowledged_at`, null = not yet.

    :param acknowledged: only those it has, or only those it has not; null = all
    """
    receipt = Acknowledgement.objects.filter(event=OuterRef("pk"), agency=agency)
    events = OutboundEvent.objects.filter(
        Q(agency=None) | Q(agency=agency),
        agency_kinds__contains=[agency.kind],
        area__path__startswith=agency.area.path,
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


def agreements_on(day: datetime.date) -> QuerySet[ListAgreement]:
    """Return the agreements about lists in force on a day; one counts for the whole month it begins in."""
    month_ends = (day.replace(day=1) + datetime.timedelta(days=31)).replace(day=1)
    return ListAgreement.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=day), starts_on__lt=month_ends
    ).order_by("pk")


def recent_expected_lists(today: datetime.date) -> QuerySet[ExpectedList]:
    """Return the expected lists of the last twelve months, the latest month first."""
    earliest = today.replace(day=1, year=today.year - 1)
    return ExpectedList.objects.filter(month__gt=earliest).order_by("-month", "pk")


def agreed_endings_share(*, kind: str, area: Area, on: datetime.date) -> Decimal | None:
    """Return which share of what stands a list of `area` may end on one person's word.

    That of the nearest area with an agreement about it; where several agencies send the kind, the smallest.

    :returns: null = nothing was agreed about it
    """
    chain = area_chain(area)
    agreed = agreements_on(on).filter(kind=kind, area__code__in=chain, endings_share__isnull=False)
    shares = dict(agreed.order_by("-endings_share").values_list("area__code", "endings_share"))
    return next((shares[code] for code in chain if code in shares), None)


def agreed_endings_below(*, kind: str, area: Area, on: datetime.date) -> dict[Area, Decimal | None]:
    """Return the counties below `area`, and what else there agreed on a share, in order of code → its share.

    As for a list of its own: the smallest that the nearest area with an agreement about it agreed on; null = nobody.
    """
    agreed = agreements_on(on).filter(kind=kind, endings_share__isnull=False)
    shares = dict(agreed.order_by("-endings_share").values_list("area__path", "endings_share"))
    counted = Q(level__in=[AreaLevel.COUNTY, AreaLevel.INDUSTRY]) | Q(path__in=shares)
    below = Area.objects.filter(counted, path__startswith=area.path).exclude(pk=area.pk).order_by("code")
    return {each: _nearest(shares, each.path) for each in below}


def _nearest(shares: Mapping[str, Decimal | None], path: str) -> Decimal | None:
    nearest = max((above for above in shares if path.startswith(above)), key=len, default="")
    return shares.get(nearest)


def agreed_sender(*, kind: str, area: Area, mode: str, on: datetime.date) -> Agency | None:
    """Return the agency that agreed to send such a list for the area; null = none, or several."""
    agreed = agreements_on(on).filter(kind=kind, area=area, mode=mode).select_related("agency")
    senders = {each.agency_id: each.agency for each in agreed}
    return senders.popitem()[1] if len(senders) == 1 else None


def outcome_counts(batch: InboundBatch) -> dict[str, int]:
    """Return how many rows of a batch have each outcome."""
    rows = InboundRow.objects.filter(batch=batch).values_list("outcome").annotate(rows=Count("pk"))
    return dict(rows.order_by("outcome"))


def scoped_batches(user: Viewer) -> QuerySet[InboundBatch]:
    """Return the batches of the areas `user` may see."""
    return InboundBatch.objects.filter(scope_filter(user))


def rows_to_decide(batches: QuerySet[InboundBatch]) -> int:
    """Return how many rows of the batches in force contradict the records and wait for a decision."""
    conflicts = Cast(KeyTextTransform(RowOutcome.CONFLICT.value, "counts"), IntegerField())
    counted = batches.filter(status=BatchStatus.APPLIED, counts__has_key=RowOutcome.CONFLICT.value)
    return counted.aggregate(rows=Sum(conflicts))["rows"] or 0


def chunks_left(*, job_id: int, statuses: Collection[str]) -> QuerySet[JobChunk]:
    """Return a job's chunks in these states, in order."""
    return JobChunk.objects.filter(job=job_id, status__in=statuses).order_by("seq")


def rows_of_people_in(rows: QuerySet[InboundRow], area: Area) -> QuerySet[InboundRow]:
    """Return those of the rows whose person is registered as living in `area`, also by a number given up."""
    return rows.alias(path=_living_path()).filter(path__startswith=area.path)


def outcomes_by_area(batch: InboundBatch, *, below: Area) -> list[tuple[Area | None, Counter[str]]]:
    """Return outcomes of a batch's rows by the areas directly below `below` that people live in, in order of code.

    Rows of people who live directly in `below` count for it; nothing = those of people who live elsewhere or whom
    nobody knows, last.
    """
    rows = InboundRow.objects.filter(batch=batch).annotate(path=_living_path()).order_by()
    parts = {area.path: area for area in (*Area.objects.filter(parent=below).order_by("code"), below)}
    found: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for path, outcome, count in rows.values_list("path", "outcome").annotate(rows=Count("pk")):
        found[_part_of(path, parts)][outcome] += count
    return [(parts[path] if path else None, found[path]) for path in (*parts, None) if path in found]


def _living_path() -> Coalesce:
    """Return where whoever has the number of a row lives, or else who gave it up last; null = nobody ever had it."""
    now = Resident.objects.filter(id_index=OuterRef("key"))
    former = (
        Resident.history.filter(id_index=OuterRef(OuterRef("key"))).order_by("-history_date").values("id")[:1]
    )
    before = Resident.objects.filter(pk=Subquery(former))
    return Coalesce(*(Subquery(each.values("living_area__path")[:1]) for each in (now, before)))


def _part_of(path: str | None, parts: Mapping[str, Area]) -> str | None:
    """Return the longest of the paths that `path` lies on."""
    holding = [part for part in parts if path is not None and path.startswith(part)]
    return max(holding, key=len, default=None)
