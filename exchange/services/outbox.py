"""Publish events in the caller's transaction, and fan them out to the endpoints that subscribed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from exchange.models import Agency, Delivery, DeliveryStatus, OutboundEvent, WebhookEndpoint
from registry.batch.copying import copy_missing
from registry.models import Area

FAN_OUT_LOCK = 0x6F757462  # one fan-out at a time keeps deliveries in the order of their events
FAN_OUT = """
WITH fresh AS (
    UPDATE {event} SET queued_at = %(now)s WHERE queued_at IS NULL
    RETURNING id, kind, area_id, agency_kinds, agency_id, subject
)
INSERT INTO {delivery} (event_id, endpoint_id, subject, status, attempts, next_attempt_at, last_error)
SELECT fresh.id, endpoint.id, fresh.subject, %(pending)s, 0, %(now)s, ''
FROM fresh
JOIN {area} AS place ON place.id = fresh.area_id
JOIN {agency} AS agency ON agency.is_active AND agency.kind = ANY (fresh.agency_kinds)
    AND agency.id = coalesce(fresh.agency_id, agency.id)
JOIN {area} AS domain ON domain.id = agency.area_id AND starts_with(place.path, domain.path)
JOIN {endpoint} AS endpoint ON endpoint.agency_id = agency.id AND endpoint.is_active
    AND (endpoint.event_kinds = '{{}}' OR fresh.kind = ANY (endpoint.event_kinds))
ORDER BY fresh.id, endpoint.id
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What agencies of these kinds must hear about a subject of an area.

    :param agency_id: the only agency of them that must hear it; null = all
    :param subject: orders what concerns one person or thing, such as "resident:42"
    :param dedupe_key: the fact itself, such as "alert:42:2025-03:severe"; said twice, it is published once
    """

    kind: str
    area_id: int
    agency_kinds: Collection[str]
    subject: str
    payload: Mapping[str, Any]
    dedupe_key: str
    agency_id: int | None = None


def publish(
    *,
    kind: str,
    area: Area,
    agency_kinds: Collection[str],
    subject: str,
    payload: Mapping[str, Any],
    dedupe_key: str,
) -> OutboundEvent | None:
    """Publish one event in the caller's transaction; null = it had been published before."""
    event = NewEvent(
        kind=kind,
        area_id=area.pk,
        agency_kinds=agency_kinds,
        subject=subject,
        payload=payload,
        dedupe_key=dedupe_key,
    )
    return next(iter(publish_many(events=[event])), None)


def publish_many(*, events: Iterable[NewEvent]) -> list[OutboundEvent]:
    """Publish events in the caller's transaction, in order; return those that are new."""
    rows = (
        OutboundEvent(
            kind=event.kind,
            area_id=event.area_id,
            agency_kinds=sorted(event.agency_kinds),
            agency_id=event.agency_id,
            subject=event.subject,
            payload=dict(event.payload),
            dedupe_key=event.dedupe_key,
        )
        for event in events
    )
    return copy_missing(rows, key="dedupe_key")


@transaction.atomic
def queue_deliveries() -> int:
    """Make a delivery of every fresh event for every endpoint that subscribed; return how many.

    An agency hears of its own area and everything below it; whoever subscribes later hears of later events only, and
    finds earlier ones through the API.
    """
    statement = FAN_OUT.format(
        event=OutboundEvent._meta.db_table,
        delivery=Delivery._meta.db_table,
        area=Area._meta.db_table,
        agency=Agency._meta.db_table,
        endpoint=WebhookEndpoint._meta.db_table,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FAN_OUT_LOCK])
        cursor.execute(statement, {"now": timezone.now(), "pending": DeliveryStatus.PENDING.value})
        return int(cursor.rowcount)
