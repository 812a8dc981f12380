"""The monthly scan (双预警): who newly crossed a threshold, told to the agencies in the same transaction."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction

from benefits.batch.alert_candidates import candidates
from benefits.models import Alert, AlertState
from benefits.rules.alerts import AlertDecision, alert_due, alert_rule_for
from benefits.selectors.burdens import Burden, burden_of, claims_up_to, month_of
from benefits.selectors.coverage import covers_of
from benefits.selectors.laws import Laws
from benefits.services.alert_payloads import alert_payload, whereabouts
from exchange.services.outbox import NewEvent, publish_many
from hardship.selectors import person_facts
from policy.conditions import Person
from policy.dates import Period, days_after
from policy.errors import DomainError
from policy.policy import Policy
from policy.trace import Traced
from registry.batch.copying import assign_keys
from registry.batch.history import rewrite_with_history, write_with_history
from registry.models import Area, Resident

CHUNK = 2000
RAISED = "alert.raised"
RENEWED = ("month", "amount", "threshold", "state", "event", "answer_due_on", "policy_key", "trace", "area")


class MonthNotOver(DomainError):
    """A month is scanned once it is over."""

    code = "month_not_over"


@dataclass
class Scan:
    """What one scan found.

    :param checked: people whose totals made them worth a look
    :param warned_before: of those over a threshold, whom the agencies know of already
    :param raised: new warnings by the rule's label
    """

    month: str
    policy_key: str
    checked: int = 0
    warned_before: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    alerts: list[Alert] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Month:
    text: str
    days: Period
    policy: Policy
    today: datetime.date

    @property
    def year(self) -> int:
        return self.days.last.year


@dataclass(frozen=True, slots=True)
class _Found:
    person: Person
    decision: AlertDecision
    burden: Burden
    traced: Traced[AlertDecision | None]
    period: str


@transaction.atomic
def scan_month(
    *,
    area: Area,
    month: str,
    wet_run: bool,
    today: datetime.date,
    user: AbstractBaseUser | None = None,
) -> Scan:
    """Warn of everybody in a pooling area who newly crossed a threshold as at the month's end; nobody twice.

    Claims count by day of discharge, people by the identities they hold on the month's last day; the dead are left
    out. Alerts and events are written together or not at all, and only with `wet_run`.

    :param month: "2025-03", over by `today`
    :raises MonthNotOver: if it is not
    :raises PolicyNotFound: if the year has no policy
    :raises RuleNotPublished: if the documents know no alerts
    """
    days = month_of(month)
    if today <= days.last:
        raise MonthNotOver(f"{month} 尚未结束，{days_after(days.last, 1):%Y-%m-%d}起才能扫描", month=month)
    policy = Laws({area.pk: area.path}).of(area.pk, days.last.year)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"alerts:{area.pk}"])
    scanned = _Month(month, days, policy, today)
    people = candidates(area=area, year=scanned.year, month=days, rules=policy.alerts.rule.values())
    scan = Scan(month, policy.key, checked=len(people))
    for first in range(0, len(people), CHUNK):
        found = dict(_decided(people[first : first + CHUNK], scanned, scan))
        scan.raised.update(each.decision.label for each in found.values())
        if wet_run and found:
            scan.alerts += _raised(found, scanned, user=user)
    return scan


def _decided(ids: Sequence[int], month: _Month, scan: Scan) -> Iterator[tuple[int, _Found]]:
    """Give everybody the rule warns of; a constant number of queries."""
    section, living = month.policy.alerts, _living(ids, month.days.last)
    known = person_facts(resident_ids=living)
    covers = covers_of(resident_ids=living, years=[month.year])
    claims = claims_up_to(resident_ids=living, month=month.days)
    warned = _warned(living, month)
    for pk in living:
        cover = covers.of(pk, month.year)
        person = known.on(
            pk,
            day=month.days.last,
            coverage_year=month.year,
            population="resident" if cover is None else cover.population,
        )
        rule_found = alert_rule_for(section, person=person)
        if rule_found is None:
            continue
        name, rule = rule_found
        burden = burden_of(claims.get(pk, ()), rule, year=month.year, month=month.days)
        period = str(month.year) if rule.repeat.value == "once_per_year" else month.text
        if (pk, name, period) in warned:
            scan.warned_before += burden.of(rule.measure.value) > rule.threshold.value
            continue
        traced = alert_due(
            section,
            person=person,
            burdens={rule.measure.value: burden.of(rule.measure.value)},
            already_warned=(),
        )
        if traced.value is not None:
            yield pk, _Found(person, traced.value, burden, traced, period)


def _living(ids: Collection[int], day: datetime.date) -> list[int]:
    living = Resident.objects.filter(pk__in=ids).exclude(died_on__lte=day)
    return list(living.order_by("pk").values_list("pk", flat=True))


def _warned(ids: Collection[int], month: _Month) -> set[tuple[int, str, str]]:
    """Return who was warned of by which rule for which period, warnings withdrawn left out."""
    alerts = Alert.objects.filter(resident__in=ids, coverage_year=month.year)
    standing = alerts.exclude(state=AlertState.WITHDRAWN)
    return set(standing.values_list("resident_id", "rule", "period"))


def _raised(found: dict[int, _Found], month: _Month, *, user: AbstractBaseUser | None) -> list[Alert]:
    """Write alerts and their events; a warning once withdrawn is raised again in its own row."""
    where = whereabouts(found)
    withdrawn = {
        (alert.resident_id, alert.rule, alert.period): alert
        for alert in Alert.objects.filter(
            resident__in=found, coverage_year=month.year, state=AlertState.WITHDRAWN
        )
    }
    alerts: list[Alert] = []
    again: list[Alert] = []
    for pk, each in found.items():
        old = withdrawn.get((pk, each.decision.rule, each.period))
        alert = old or Alert(resident_id=pk, rule=each.decision.rule, period=each.period)
        (again if old else alerts).append(alert)
        _fill(alert, each, month)
        alert.area = where.area_of(pk)
    assign_keys(alerts)
    everyone = [*alerts, *again]
    events = publish_many(
        events=[
            NewEvent(
                kind=RAISED,
                area_id=alert.area_id,
                agency_kinds=found[alert.resident_id].decision.recipients,
                subject=f"resident:{alert.resident_id}",
                payload=alert_payload(
                    alert,
                    person=found[alert.resident_id].person,
                    burden=found[alert.resident_id].burden,
                    where=where,
                ),
                dedupe_key=_dedupe_key(alert),
            )
            for alert in everyone
        ]
    )
    for alert, event in zip(everyone, events, strict=True):
        alert.event = event
    reason = f"预警 {month.policy.key} {month.text}"
    write_with_history(alerts, reason=reason, user=user)
    rewrite_with_history(again, fields=RENEWED, reason=f"再次{reason}", user=user)
    return everyone


def _fill(alert: Alert, found: _Found, month: _Month) -> None:
    days = month.policy.alerts.answer_days
    alert.coverage_year, alert.month = month.year, month.text
    alert.rule_label = found.decision.label
    alert.amount, alert.threshold = found.decision.amount, found.decision.threshold
    alert.state = AlertState.SENT
    alert.answer_due_on = None if days is None else days_after(month.today, days.value)
    alert.policy_key, alert.trace = month.policy.key, found.traced.as_json()


def _dedupe_key(alert: Alert) -> str:
    """Return the fact itself; after a withdrawal it is another fact."""
    key = f"alert:{alert.rule}:{alert.resident_id}:{alert.period}"
    return key if alert._state.adding else f"{key}:{alert.event_id}"
