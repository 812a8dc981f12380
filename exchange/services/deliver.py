"""Send what is due: each delivery by one worker at a time, in order per subject, again until it arrives or is dead.

A worker claims a few deliveries by moving `next_attempt_at` past the time it may need (its lease) and commits before
it posts: no transaction waits for a partner's server, and a worker that dies leaves the claim to run out.
"""

import datetime
import random
import uuid
from dataclasses import dataclass

import httpx
from django.db import transaction
from django.utils import timezone

from exchange.models import (
    Acknowledgement,
    Agency,
    Delivery,
    DeliveryAttempt,
    DeliveryStatus,
)
from exchange.rules.backoff import LEAST_JITTER, MOST_JITTER, retry_delay
from exchange.selectors import deliveries_due, events_for
from exchange.services.outbox import queue_deliveries
from exchange.services.post_webhook import TIMEOUT_SECONDS, Answer, post_webhook, webhook_client
from exchange.services.receipts import record_receipts
from policy.errors import DomainError

RUN_SIZE = 500
CLAIM_SIZE = 25
LEASE = datetime.timedelta(seconds=CLAIM_SIZE * 3 * TIMEOUT_SECONDS)


class EventNotForAgency(DomainError):
    """The event does not exist or does not concern the agency."""

    code = "event_not_found"


@dataclass(slots=True)
class DeliveryCounts:
    """What one run did; `released` were put off because their endpoint was not answering."""

    queued: int = 0
    delivered: int = 0
    acknowledged: int = 0
    failed: int = 0
    dead: int = 0
    released: int = 0

    @property
    def handled(self) -> int:
        """How many were due; as many as the limit means that there may be more."""
        return self.delivered + self.failed + self.dead + self.released


def deliver_outbox(*, limit: int = RUN_SIZE) -> DeliveryCounts:
    """Fan fresh events out, then send what is due."""
    queued = queue_deliveries()
    counts = deliver_due(limit=limit)
    counts.queued = queued
    return counts


def deliver_due(*, limit: int) -> DeliveryCounts:
    """Send up to `limit` due deliveries; never inside a transaction of the caller's.

    After an endpoint failed once, its other deliveries of this run wait as long as the failed one, without counting
    an attempt.
    """
    counts = DeliveryCounts()
    silent: dict[int, datetime.datetime] = {}
    left = limit
    with webhook_client() as client:
        while left > 0 and (claimed := _claim(min(CLAIM_SIZE, left))):
            left -= len(claimed)
            for delivery in claimed:
                _send(delivery, client=client, silent=silent, counts=counts)
    return counts


@transaction.atomic
def acknowledge_event(*, event_id: uuid.UUID, agency: Agency) -> Acknowledgement:
    """Record that an agency has an event; said again it keeps the first time.

    :raises EventNotForAgency: if the event is not one of the agency's
    """
    event = events_for(agency).filter(pk=event_id).first()
    if event is None:
        raise EventNotForAgency("未找到该事件")
    known = Acknowledgement.objects.filter(event=event, agency=agency).first()
    record_receipts([known or Acknowledgement(event=event, agency=agency, at=timezone.now())])
    return known or Acknowledgement.objects.get(event=event, agency=agency)


@transaction.atomic
def replay_deliveries(*, delivery_ids: list[int]) -> int:
    """Try dead deliveries again from the first attempt; return how many. Others are left alone."""
    dead = Delivery.objects.filter(pk__in=delivery_ids, status=DeliveryStatus.DEAD)
    return dead.update(status=DeliveryStatus.PENDING, attempts=0, next_attempt_at=timezone.now())


@transaction.atomic
def _claim(size: int) -> list[Delivery]:
    now = timezone.now()
    claimed = list(deliveries_due(now).select_for_update(skip_locked=True, of=("self",))[:size])
    Delivery.objects.filter(pk__in=[each.pk for each in claimed]).update(next_attempt_at=now + LEASE)
    return claimed


def _send(
    delivery: Delivery,
    *,
    client: httpx.Client,
    silent: dict[int, datetime.datetime],
    counts: DeliveryCounts,
) -> None:
    if delivery.endpoint_id in silent:
        Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=silent[delivery.endpoint_id])
        counts.released += 1
        return
    answer = post_webhook(delivery, client=client)
    with transaction.atomic():
        _record(delivery, answer, counts=counts)
    if not answer.is_received:
        silent[delivery.endpoint_id] = delivery.next_attempt_at


def _record(delivery: Delivery, answer: Answer, *, counts: DeliveryCounts) -> None:
    DeliveryAttempt.objects.create(
        delivery=delivery,
        at=answer.at,
        status_code=answer.status_code,
        error=answer.error,
        duration_ms=answer.duration_ms,
    )
    delivery.attempts += 1
    delivery.last_status_code, delivery.last_error = answer.status_code, answer.error
    if answer.is_received:
        delivery.status, delivery.delivered_at = DeliveryStatus.DELIVERED, answer.at
        counts.delivered += 1
    else:
        _put_off(delivery, counts=counts)
    if answer.is_received and answer.acknowledged:
        agency = delivery.endpoint.agency
        record_receipts([Acknowledgement(event=delivery.event, agency=agency, at=answer.at)])
        delivery.acknowledged_at = delivery.acknowledged_at or answer.at
        counts.acknowledged += 1
    delivery.save(
        update_fields=[
            "attempts", "last_status_code", "last_error", "status", "delivered_at", "next_attempt_at",
            "acknowledged_at",
        ]
    )  # fmt: skip


def _put_off(delivery: Delivery, *, counts: DeliveryCounts) -> None:
    delay = retry_delay(delivery.attempts, jitter=random.uniform(LEAST_JITTER, MOST_JITTER))  # noqa: S311
    if delay is None:
        delivery.status, delivery.next_attempt_at = DeliveryStatus.DEAD, timezone.now()
        counts.dead += 1
    else:
        delivery.status, delivery.next_attempt_at = DeliveryStatus.FAILED, timezone.now() + delay
        counts.failed += 1
