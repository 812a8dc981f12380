"""What an applied list did, chunk by chunk, and what was recorded on top of it since."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Max, Q

from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome
from hardship.models import Recognition

DONE = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.ENDED)
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Effect:
    """What some rows of a list did to the records.

    :param started: keys of the recognitions they brought
    :param before: recognition → `[valid_from, valid_to, attributes]` as it stood before them
    """

    resident_ids: Collection[int]
    started: Collection[int]
    before: Mapping[int, list[object]] = field(default_factory=dict)

    @property
    def touched(self) -> set[int]:
        """Return the keys of all recognitions they brought or changed."""
        return {*self.started, *self.before}


def effects_of(batch: InboundBatch) -> Iterator[Effect]:
    """Yield what the list did, in the order of its rows; rows held at first and applied later are among them."""
    rows = InboundRow.objects.filter(batch=batch, outcome__in=DONE).order_by("pk")
    last = 0
    while part := list(rows.filter(pk__gt=last).values_list("pk", "payload")[:AT_ONCE]):
        last = part[-1][0]
        residents = {payload["resident"] for _, payload in part}
        started = Recognition.objects.filter(batch=batch, resident__in=residents)
        yield Effect(
            resident_ids=residents,
            started=list(started.order_by("pk").values_list("pk", flat=True)),
            before={
                change["recognition"]: change["seen"]
                for _, payload in part
                for change in payload["changes"]
                if change["recognition"] is not None
            },
        )


def rerecorded(effect: Effect, *, batch: InboundBatch) -> set[int]:
    """Return the residents of whose categories something else was recorded since, in two queries."""
    own = {
        (resident_id, category): last
        for resident_id, category, last in Recognition.history.filter(
            id__in=effect.touched, history_batch=batch.pk
        )
        .order_by()
        .values_list("resident_id", "category_id")
        .annotate(last=Max("history_id"))
    }
    others = Recognition.history.filter(
        ~Q(history_batch=batch.pk) | Q(history_batch__isnull=True),
        resident_id__in=effect.resident_ids,
        history_id__gt=min(own.values(), default=0),
    )
    return {
        resident_id
        for resident_id, category, key in others.values_list("resident_id", "category_id", "history_id")
        if key > own.get((resident_id, category), key)
    }


def listed_since(batch: InboundBatch) -> dict[int, set[int]]:
    """Return the lists of the same agency kind in force since → the residents they were held against."""
    later = InboundBatch.objects.filter(
        kind=batch.kind, status=BatchStatus.APPLIED, applied_at__gt=batch.applied_at
    ).exclude(pk=batch.pk)
    found: dict[int, set[int]] = {}
    for key in later.order_by("pk").values_list("pk", flat=True):
        rows = InboundRow.objects.filter(batch=key, payload__has_key="resident")
        residents = rows.values_list("payload__resident", flat=True)
        found[key] = set(residents.iterator(chunk_size=AT_ONCE))
    return found
