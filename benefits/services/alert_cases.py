"""Alerts nobody answers in time (超期): the agency is told again, and staff get a case to ask after it."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet

from benefits.models import WAITING, Alert, AlertState
from benefits.rules.alert_states import STEPS, late_step
from benefits.selectors.alerts import is_late
from casework.services import NewCase, open_cases
from casework.services.answered import close_answered
from exchange.services.outbox import NewEvent, publish_many
from registry.batch.history import rewrite_with_history

KIND = "alert_overdue"
OVERDUE = "alert.overdue"
CHUNK = 2000
MISSING = {
    AlertState.ACKNOWLEDGED.value: "签收",
    AlertState.VISITED.value: "入户核查",
    AlertState.ANSWERED.value: "反馈结果",
}


def mind_overdue(*, today: datetime.date) -> Counter[str]:
    """Ask after the alerts of which a step is late, each step once; return how many by step.

    Told the agencies by an event and the staff of the area by a case, both set-based; running it twice is harmless.
    """
    told: Counter[str] = Counter()
    last = 0
    while alerts := _chunk(last, today=today):
        last = alerts[-1].pk
        told += _ask_after([alert.pk for alert in alerts], today=today)
    return told


def close_overdue(alerts: Sequence[Alert], *, text: str, user: AbstractBaseUser | None) -> None:
    """Close the cases about steps of these alerts that are done by now, or need not be done any more."""
    answers = {_key(alert, step): text for alert in alerts if alert.overdue_step for step in _settled(alert)}
    if answers:
        close_answered(answers=answers, user=user)


def _settled(alert: Alert) -> Sequence[str]:
    if alert.state not in STEPS:  # withdrawn
        return STEPS[1:]
    return STEPS[1 : STEPS.index(alert.state) + 1]


def _chunk(after: int, *, today: datetime.date) -> list[Alert]:
    return list(_late(today).filter(pk__gt=after).order_by("pk").only("pk")[:CHUNK])


def _late(today: datetime.date) -> QuerySet[Alert]:
    """Return the alerts of which some step may be late and was not asked after."""
    told_all = Q(overdue_step=AlertState.ANSWERED)
    told_visit = Q(overdue_step=AlertState.VISITED) & (Q(answer_due_on=None) | Q(answer_due_on__gte=today))
    return Alert.objects.filter(is_late(today), state__in=WAITING).exclude(told_all | told_visit)


@transaction.atomic
def _ask_after(alert_ids: Sequence[int], *, today: datetime.date) -> Counter[str]:
    locked = Alert.objects.filter(pk__in=alert_ids).select_related("event", "resident").order_by("pk")
    late = dict(_found(locked.select_for_update(of=("self",)), today=today))
    events, cases = [], []
    for alert, day in late.items():
        events.append(_event(alert, day))
        cases.append(_case(alert, day))
    rewrite_with_history(list(late), fields=["overdue_step"], reason="预警超期催办")
    publish_many(events=events)
    open_cases(cases=cases)
    return Counter(alert.overdue_step for alert in late)


def _found(alerts: QuerySet[Alert], *, today: datetime.date) -> Iterator[tuple[Alert, datetime.date]]:
    """Yield the alerts of which a step is late that was not asked after, with its last day."""
    for alert in alerts:
        found = late_step(alert.state, alert.due, today=today)
        if found is not None and found[0] != alert.overdue_step:
            alert.overdue_step = found[0]
            yield alert, found[1]


def _case(alert: Alert, day: datetime.date) -> NewCase:
    missing = MISSING[alert.overdue_step]
    return NewCase(
        kind=KIND,
        title=f"预警超期未{missing}：{alert.resident.name}（{alert.rule_label} {alert.month}）",
        area_id=alert.area_id,
        resident_id=alert.resident_id,
        subject_ref=f"alert:{alert.pk}",
        reason=f"应于 {day} 前{missing}，至今没有收到，已再次通知部门。请联系部门；部门办理后本工单自动办结。",
        dedupe_key=_key(alert, alert.overdue_step),
    )


def _event(alert: Alert, day: datetime.date) -> NewEvent:
    return NewEvent(
        kind=OVERDUE,
        area_id=alert.area_id,
        agency_kinds=alert.event.agency_kinds,
        subject=f"resident:{alert.resident_id}",
        payload={
            "alert": alert.pk,
            "raised": str(alert.event_id),
            "step": alert.overdue_step,
            "due_on": day.isoformat(),
        },
        dedupe_key=f"alert-overdue:{alert.pk}:{alert.event_id}:{alert.overdue_step}",
    )


def _key(alert: Alert, step: str) -> str:
    return f"{KIND}:{alert.pk}:{alert.event_id}:{step}"
