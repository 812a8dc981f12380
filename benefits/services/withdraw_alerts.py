"""Take alerts back whose ground a correction took away, and tell the agencies."""

from collections.abc import Collection

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.models import Alert, AlertState
from benefits.selectors.burdens import burden_of, claims_up_to, month_of
from benefits.selectors.laws import Laws
from exchange.services.outbox import NewEvent, publish_many
from policy.errors import DomainError
from policy.policy import Policy
from registry.batch.history import rewrite_with_history

WITHDRAWN = "alert.withdrawn"


def withdraw_groundless(
    *, resident_ids: Collection[int], coverage_year: int, reason: str, user: AbstractBaseUser | None
) -> list[Alert]:
    """Withdraw the standing alerts of these people whose burden is not over the threshold any more; return them.

    Measured as at the alert's own month, by the rule it was raised by. Part of the caller's transaction.
    """
    standing = Alert.objects.filter(resident__in=resident_ids, coverage_year=coverage_year).exclude(
        state=AlertState.WITHDRAWN
    )
    alerts = list(standing.select_related("resident__pooling_area", "event").order_by("pk"))
    laws = Laws()
    groundless = [alert for alert in alerts if not _has_ground(alert, laws)]
    for alert in groundless:
        alert.state = AlertState.WITHDRAWN
    rewrite_with_history(groundless, fields=["state"], reason=f"撤回预警：{reason}"[:100], user=user)
    publish_many(events=[_event(alert, reason) for alert in groundless])
    return groundless


def _has_ground(alert: Alert, laws: Laws) -> bool:
    policy = _policy(alert, laws)
    rule = None if policy is None or policy.data.alerts is None else policy.data.alerts.rule.get(alert.rule)
    if rule is None:  # the rule is gone from the documents: what was said under it stands
        return True
    month = month_of(alert.month)
    claims = claims_up_to(resident_ids=[alert.resident_id], month=month).get(alert.resident_id, [])
    burden = burden_of(claims, rule, year=alert.coverage_year, month=month)
    return burden.of(rule.measure.value) > alert.threshold


def _policy(alert: Alert, laws: Laws) -> Policy | None:
    try:
        return laws.of(alert.resident.pooling_area_id, alert.coverage_year)
    except DomainError:  # moved to where no policy is loaded
        return None


def _event(alert: Alert, reason: str) -> NewEvent:
    return NewEvent(
        kind=WITHDRAWN,
        area_id=alert.area_id,
        agency_kinds=alert.event.agency_kinds,
        subject=f"resident:{alert.resident_id}",
        payload={"alert": alert.pk, "raised": str(alert.event_id), "reason": reason},
        dedupe_key=f"alert-withdrawn:{alert.pk}:{alert.event_id}",
    )
