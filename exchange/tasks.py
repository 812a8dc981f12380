"""Background work of the exchange."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from exchange.services.deliver import RUN_SIZE
from exchange.services.deliver import deliver_outbox as deliver_outbox_now
from exchange.services.files import forget_files


@shared_task(acks_late=True)
def deliver_outbox(*, limit: int = RUN_SIZE, **_: object) -> dict[str, int]:
    """Send what is due, and go on in another task while there is more; running it twice sends nothing twice."""
    counts = deliver_outbox_now(limit=limit)
    if counts.handled >= limit:
        deliver_outbox.delay(limit=limit)
    return {
        "queued": counts.queued,
        "delivered": counts.delivered,
        "failed": counts.failed,
        "dead": counts.dead,
    }


@shared_task
def forget_list_files(**_: object) -> int:
    """Delete the files of lists whose time of keeping is over; return how many."""
    return forget_files(today=timezone.localdate())


def kick_delivery() -> None:
    """Have the outbox sent as soon as the caller's transaction commits; without a broker the next beat sends it."""
    transaction.on_commit(deliver_outbox.delay, robust=True)
