"""A receipt of the push, however it comes, is a receipt of the alert (签收)."""

import datetime
import uuid
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from benefits.models import Alert, AlertState
from benefits.services.alert_cases import close_overdue
from benefits.services.alerts import RAISED
from exchange.models import Acknowledgement, Agency
from exchange.services.receipts import when_acknowledged
from registry.batch.history import rewrite_with_history


@when_acknowledged(RAISED)
@transaction.atomic
def acknowledge_alerts(*, event_ids: Collection[uuid.UUID], agency: Agency, at: datetime.datetime) -> int:
    """Let alerts whose event an agency has be acknowledged, those that have come no further; return how many."""
    sent = Alert.objects.filter(event__in=event_ids, state=AlertState.SENT).order_by("pk")
    alerts = list(sent.select_for_update(of=("self",)))
    for alert in alerts:
        alert.state, alert.acknowledged_on = AlertState.ACKNOWLEDGED, timezone.localdate(at)
    rewrite_with_history(alerts, fields=["state", "acknowledged_on"], reason=f"签收 {agency.name}"[:100])
    close_overdue(alerts, text=f"{agency.name}已签收", user=None)
    return len(alerts)


def note_receipts() -> int:
    """Acknowledge the alerts whose receipts were kept before receipts did so by themselves; return how many."""
    waiting = Alert.objects.filter(state=AlertState.SENT).values("event")
    receipts = Acknowledgement.objects.filter(event__in=waiting).select_related("agency").order_by("at", "pk")
    return sum(
        acknowledge_alerts(event_ids=[receipt.event_id], agency=receipt.agency, at=receipt.at)
        for receipt in receipts
    )
