"""Background work of enrollment."""

from celery import shared_task
from django.utils import timezone

from enrollment.services.follow_identities import follow_identities_up_to


@shared_task(acks_late=True)
def follow_identity_changes(**_: object) -> dict[str, int]:
    """Quote anew and ask about whoever's identities changed since the last run; running it twice is harmless."""
    return follow_identities_up_to(until=timezone.now())
