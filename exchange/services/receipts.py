"""Receipts (签收): what an agency's word that it has an event does, however it comes: by webhook, call, list or page.

    @when_acknowledged("alert.raised")
    def acknowledge_alerts(*, event_ids, agency, at): …

The app that publishes a kind of event says it once; its `ready()` imports the module.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from django.db import transaction

from exchange.models import Acknowledgement, Agency, Delivery


class Acknowledged(Protocol):
    """Note, in the transaction of the receipt, that an agency has events of the kind; said twice it is harmless."""

    def __call__(self, *, event_ids: Collection[uuid.UUID], agency: Agency, at: datetime.datetime) -> int:
        """Do it; return how much changed."""


_noted: dict[str, Acknowledged] = {}


def when_acknowledged(kind: str) -> Callable[[Acknowledged], Acknowledged]:
    """Register what the receipt of a kind of event does.

    :raises ValueError: if there is something already
    """

    def register(note: Acknowledged) -> Acknowledged:
        if kind in _noted:
            raise ValueError(f"{kind} is noted already")
        _noted[kind] = note
        return note

    return register


@transaction.atomic
def record_receipts(receipts: Sequence[Acknowledgement]) -> None:
    """Keep that agencies have events, and let the apps concerned note it; said again a receipt keeps its first time.

    Set-based: a few queries an agency. What the event is about is locked before the receipt is written, as by whoever
    changes it.
    """
    by_agency: defaultdict[Agency, list[Acknowledgement]] = defaultdict(list)
    for receipt in receipts:
        by_agency[receipt.agency].append(receipt)
    for agency, theirs in sorted(by_agency.items(), key=lambda pair: pair[0].pk):
        at = theirs[0].at
        by_kind: defaultdict[str, list[uuid.UUID]] = defaultdict(list)
        for receipt in theirs:
            by_kind[receipt.event.kind].append(receipt.event_id)
        for kind, event_ids in sorted(by_kind.items()):
            if kind in _noted:
                _noted[kind](event_ids=event_ids, agency=agency, at=at)
        Acknowledgement.objects.bulk_create(theirs, ignore_conflicts=True)
        Delivery.objects.filter(
            event__in=[receipt.event_id for receipt in theirs],
            endpoint__agency=agency,
            acknowledged_at__isnull=True,
        ).update(acknowledged_at=at)
