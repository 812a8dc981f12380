"""Take alerts back whose ground a correction took away, and tell the agencies.

What an agency has found stands: an answered alert is not taken back, or the help it led to would undo it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from benefits.models import WAITING, Alert, AlertState, Claim
from benefits.rules.alerts import alert_rule_for
from benefits.selectors.burdens import burden_of, claims_up_to, month_up_to
from benefits.selectors.coverage import covers_of
from benefits.selectors.laws import Laws
from benefits.services.alert_cases import close_overdue
from exchange.services.outbox import NewEvent, publish_many
from hardship.selectors import person_facts
from policy.errors import DomainError
from policy.policy import Policy
from policy.schema.benefits import AlertRule
from registry.batch.history import rewrite_with_history

WITHDRAWN = "alert.withdrawn"
Grounds = Callable[[Sequence[Alert], Laws], Iterator[Alert]]


def withdraw_groundless(
    *, resident_ids: Collection[int], coverage_year: int, reason: str, user: AbstractBaseUser | None
) -> list[Alert]:
    """Withdraw the unanswered alerts of these people whose burden is not over the threshold any more; return them.

    Measured as at the alert's own day, by the rule it was raised by. Part of the caller's transaction.

    :param coverage_year: whose claims changed; twelve months may reach from a later year into it
    """
    standing = _waiting(resident_ids).filter(coverage_year__gte=coverage_year)
    return _withdraw(standing, _not_over, reason=reason, user=user)


@transaction.atomic
def withdraw_unwatched(
    *, resident_ids: Collection[int], reason: str, user: AbstractBaseUser | None = None
) -> list[Alert]:
    """Withdraw the unanswered alerts of people whom another rule watches, by the identities known now; return them.

    Only where they are not over that rule's threshold either: who is, needs the visit all the same.
    """
    return _withdraw(_waiting(resident_ids), _not_watched, reason=reason, user=user)


def _waiting(resident_ids: Collection[int]) -> QuerySet[Alert]:
    return Alert.objects.filter(resident__in=resident_ids, state__in=WAITING)


def _withdraw(
    standing: QuerySet[Alert], groundless: Grounds, *, reason: str, user: AbstractBaseUser | None
) -> list[Alert]:
    alerts = standing.select_related("resident__pooling_area", "event").order_by("pk")
    laws = Laws()
    by_day: defaultdict[object, list[Alert]] = defaultdict(list)
    for alert in alerts.select_for_update(of=("self",)):
        by_day[alert.measured_on].append(alert)
    found = [alert for same_day in by_day.values() for alert in groundless(same_day, laws)]
    for alert in found:
        alert.state = AlertState.WITHDRAWN
    rewrite_with_history(found, fields=["state"], reason=f"撤回预警：{reason}"[:100], user=user)
    publish_many(events=[_event(alert, reason) for alert in found])
    close_overdue(found, text=f"预警已撤回：{reason}", user=user)
    return found


def _not_over(alerts: Sequence[Alert], laws: Laws) -> Iterator[Alert]:
    """Yield those of one day's alerts whose own rule would not warn any more."""
    month = month_up_to(alerts[0].measured_on)
    claims = claims_up_to(resident_ids={alert.resident_id for alert in alerts}, month=month)
    for alert in alerts:
        rule = _rule(alert, laws)
        if rule is None:  # the rule is gone from the documents: what was said under it stands
            continue
        burden = burden_of(claims.get(alert.resident_id, []), rule, year=alert.coverage_year, month=month)
        if burden.of(rule.measure.value) <= alert.threshold:
            yield alert


def _not_watched(alerts: Sequence[Alert], laws: Laws) -> Iterator[Alert]:
    """Yield those of one day's alerts whose people another rule watches that would not warn."""
    day, people = alerts[0].measured_on, {alert.resident_id for alert in alerts}
    known = person_facts(resident_ids=people)
    covers = covers_of(resident_ids=people, years=[day.year])
    claims = claims_up_to(resident_ids=people, month=month_up_to(day))
    for alert in alerts:
        if _rule(alert, laws) is None:
            continue
        policy, cover = (
            laws.of(alert.resident.pooling_area_id, alert.coverage_year),
            covers.of(alert.resident_id, day.year),
        )
        person = known.on(
            alert.resident_id,
            day=day,
            coverage_year=alert.coverage_year,
            population="resident" if cover is None else cover.population,
        )
        name, rule = alert_rule_for(policy.alerts, person=person) or ("", None)
        if name != alert.rule and not _warns(rule, alert, claims.get(alert.resident_id, ())):
            yield alert


def _warns(rule: AlertRule | None, alert: Alert, claims: Iterable[Claim]) -> bool:
    """Return whether a rule would warn of the alert's person as at its day, or nobody can say."""
    if rule is None:
        return False
    burden = burden_of(claims, rule, year=alert.coverage_year, month=month_up_to(alert.measured_on))
    return rule.threshold is None or burden.of(rule.measure.value) > rule.threshold.value


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
