"""Take alerts back whose ground a correction took away, and tell the agencies."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.models import Alert, AlertState
from benefits.selectors.burdens import burden_of, claims_up_to, month_of
from benefits.selectors.laws import Laws
from exchange.services.outbox import NewEvent, publish_many
from policy.errors import DomainError
from policy.policy import Policy
from policy.schema.benefits import AlertRule
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
    by_month: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_month[alert.month].append(alert)
    groundless = [alert for month in sorted(by_month) for alert in _groundless(by_month[month], laws)]
    for alert in groundless:
        alert.state = AlertState.WITHDRAWN
    rewrite_with_history(groundless, fields=["state"], reason=f"撤回预警：{reason}"[:100], user=user)
    publish_many(events=[_event(alert, reason) for alert in groundless])
    return groundless


def _groundless(alerts: Sequence[Alert], laws: Laws) -> Iterator[Alert]:
    """Yield those of one month's alerts that have no ground."""
    month = month_of(alerts[0].month)
    claims = claims_up_to(resident_ids={alert.resident_id for alert in alerts}, month=month)
    for alert in alerts:
        rule = _rule(alert, laws)
        if rule is None:  # the rule is gone from the documents: what was said under it stands
            continue
        burden = burden_of(claims.get(alert.resident_id, []), rule, year=alert.coverage_year, month=month)
        if burden.of(rule.measure.value) <= alert.threshold:
            yield alert


def _rule(alert: Alert, laws: Laws) -> AlertRule | None:
    policy = _policy(alert, laws)
    return None if policy is None or policy.data.alerts is None else policy.data.alerts.rule.get(alert.rule)


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
