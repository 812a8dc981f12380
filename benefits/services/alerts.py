"""The scan (双预警): who newly crossed a threshold, told to the agencies in the same transaction."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction

from benefits.batch.alert_candidates import candidates
from benefits.models import Alert, AlertState
from benefits.rules.alerts import AlertDecision, alert_due, alert_rule_for, has_warned, is_scanned_on
from benefits.selectors.burdens import Burden, burden_of, claims_up_to, month_of, month_up_to
from benefits.selectors.coverage import covers_of
from benefits.selectors.laws import Laws
from benefits.services.alert_payloads import alert_payload, whereabouts
from exchange.services.outbox import NewEvent, publish_many
from hardship.selectors import person_facts
from policy.conditions import Person
from policy.dates import Period, days_after
from policy.errors import DomainError
from policy.policy import Policy
from policy.schema.benefits import AlertRule
from policy.trace import Traced
from registry.batch.copying import assign_keys
from registry.batch.history import write_with_history
from registry.models import Area, Resident
from registry.services import lock_residents

CHUNK = 2000
RAISED = "alert.raised"
DUE = ("acknowledge_due_on", "visit_due_on", "answer_due_on")


class MonthNotOver(DomainError):
    """A scan looks at days that are over."""

    code = "month_not_over"


@dataclass
class Scan:
    """What one scan found.

    :param checked: people whose totals made them worth a look
    :param warned_before: of those over a threshold, whom the agencies know of already
    :param raised: new warnings by the rule's label
    :param unpublished: rules that could not be scanned: label -> what is missing
    """

    until: datetime.date
    policy_key: str
    checked: int = 0
    warned_before: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    unpublished: dict[str, str] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Month:
    """The days of a month up to the one that is scanned as at; `rules` are those scanned then."""

    days: Period
    policy: Policy
    rules: dict[str, AlertRule]
    today: datetime.date

    @property
    def text(self) -> str:
        return f"{self.days.last:%Y-%m}"

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


def scan_month(
    *,
    area: Area,
    month: str,
    wet_run: bool,
    today: datetime.date,
    user: AbstractBaseUser | None = None,
) -> Scan:
    """Scan a pooling area as at the end of a month, see `scan_up_to`.

    :param month: "2025-03", over by `today`
    """
    return scan_up_to(area=area, until=month_of(month).last, wet_run=wet_run, today=today, user=user)


@transaction.atomic
def scan_up_to(
    *,
    area: Area,
    until: datetime.date,
    wet_run: bool,
    today: datetime.date,
    user: AbstractBaseUser | None = None,
) -> Scan:
    """Warn of everybody in a pooling area who newly crossed a threshold as at the end of a day; nobody twice.

    Only the rules that are scanned as at that day take part. Claims count by day of discharge, people by the
    identities they hold on that day; the dead are left out. Alerts and events are written together or not at all, and
    only with `wet_run`. A rule whose threshold is not published is told of and warns of nobody.

    :param until: before `today`
    :raises MonthNotOver: if it is not
    :raises PolicyNotFound: if the year has no policy
    :raises RuleNotPublished: if the documents know no alerts, or none of their thresholds
    """
    if today <= until:
        raise MonthNotOver(
            f"{until:%Y-%m} 尚未结束，{days_after(until, 1):%Y-%m-%d}起才能扫描", month=f"{until:%Y-%m}"
        )
    policy = Laws({area.pk: area.path}).of(area.pk, until.year)
    scan = Scan(until, policy.key)
    scanned = _Month(month_up_to(until), policy, _rules(policy, until, scan), today)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"alerts:{area.pk}"])
    people = candidates(area=area, year=scanned.year, month=scanned.days, rules=scanned.rules.values())
    scan.checked = len(people)
    for first in range(0, len(people), CHUNK):
        found = dict(_decided(people[first : first + CHUNK], scanned, scan))
        if wet_run and found:
            found = _still_due(found, scanned, scan)
            scan.alerts += _raised(found, scanned, user=user)
        scan.raised.update(each.decision.label for each in found.values())
    return scan


def _rules(policy: Policy, until: datetime.date, scan: Scan) -> dict[str, AlertRule]:
    """Return the rules scanned as at a day; those without a threshold are put down with what is missing.

    :raises RuleNotPublished: if there is no rule, or each of those scanned lacks its threshold
    """
    section = policy.alerts
    if not section.rule:
        raise section.silent("rule")
    due = {name: rule for name, rule in section.rule.items() if is_scanned_on(rule, until)}
    known = {name: rule for name, rule in due.items() if rule.threshold is not None}
    for name, rule in due.items():
        if rule.threshold is None:
            base = policy.unresolved.get(f"alerts.rule.{name}.threshold")
            silence = rule.silent("threshold", f"，没有录入“{base}”，算不出" if base else "")
            scan.unpublished[rule.label] = silence.message
            if not known:
                raise silence
    return known


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
        if rule_found is None or rule_found[0] not in month.rules:
            continue
        name, rule = rule_found
        burden = burden_of(claims.get(pk, ()), rule, year=month.year, month=month.days)
        traced = alert_due(
            section,
            person=person,
            burdens={rule.measure.value: burden.of(rule.measure.value)},
            already_warned=(),
        )
        if traced.value is None:
            continue
        monthly = rule.repeat.value == "every_month"
        period = month.text if monthly else str(month.year)
        if has_warned(name, rule, {by for by, told in warned[pk] if not monthly or told == period}):
            scan.warned_before += 1
        else:
            yield pk, _Found(person, traced.value, burden, traced, period)


def _living(ids: Collection[int], day: datetime.date) -> list[int]:
    living = Resident.objects.filter(pk__in=ids).exclude(died_on__lte=day)
    return list(living.order_by("pk").values_list("pk", flat=True))


def _warned(ids: Collection[int], month: _Month) -> defaultdict[int, set[tuple[str, str]]]:
    """Return by which rules for which periods each was warned of in the year, warnings withdrawn left out."""
    alerts = Alert.objects.filter(resident__in=ids, coverage_year=month.year)
    standing = alerts.exclude(state=AlertState.WITHDRAWN)
    warned: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for pk, rule, period in standing.values_list("resident_id", "rule", "period"):
        warned[pk].add((rule, period))
    return warned


def _still_due(found: dict[int, _Found], month: _Month, scan: Scan) -> dict[int, _Found]:
    """Hold those found and decide of them once more: what was taken back meanwhile warns of nobody.

    Whoever takes a claim back from now on finds the warning, and withdraws it.
    """
    lock_residents(found)
    return dict(_decided(sorted(found), month, scan))


def _raised(found: dict[int, _Found], month: _Month, *, user: AbstractBaseUser | None) -> list[Alert]:
    """Write alerts and their events; one that was withdrawn stays as it is, beside the new one."""
    where = whereabouts(found)
    alerts = []
    for pk, each in found.items():
        alert = Alert(resident_id=pk, rule=each.decision.rule, period=each.period)
        _fill(alert, each, month)
        alert.area = where.area_of(pk)
        alerts.append(alert)
    assign_keys(alerts)
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
                dedupe_key=f"alert:{alert.pk}",
            )
            for alert in alerts
        ]
    )
    for alert, event in zip(alerts, events, strict=True):
        alert.event = event
    write_with_history(alerts, reason=f"预警 {month.policy.key} 截至{month.days.last}", user=user)
    return alerts


def _fill(alert: Alert, found: _Found, month: _Month) -> None:
    alert.coverage_year, alert.month, alert.measured_on = month.year, month.text, month.days.last
    alert.rule_label = found.decision.label
    alert.amount, alert.threshold = found.decision.amount, found.decision.threshold
    alert.pushed_on = month.today
    section = month.policy.alerts
    for name, days in zip(
        DUE, (section.acknowledge_days, section.visit_days, section.answer_days), strict=True
    ):
        setattr(alert, name, None if days is None else days_after(month.today, days.value))
    alert.policy_key, alert.trace = month.policy.key, found.traced.as_json()
