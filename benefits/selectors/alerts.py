"""Alerts as agencies and staff see them."""

import datetime
from collections.abc import Iterator, Sequence

from django.db.models import OuterRef, Q, QuerySet, Subquery

from benefits.models import WAITING, Alert, AlertState
from exchange.models import Acknowledgement, Agency
from registry.selectors import Viewer, scope_filter


def alerts_for(agency: Agency) -> QuerySet[Alert]:
    """Return the alerts that concern the agency's kind in its area, each with `acknowledged_at`, null = not yet."""
    receipt = Acknowledgement.objects.filter(event=OuterRef("event"), agency=agency)
    return (
        Alert.objects.filter(
            event__agency_kinds__contains=[agency.kind], area__path__startswith=agency.area.path
        )
        .select_related("resident", "area", "event")
        .annotate(acknowledged_at=Subquery(receipt.values("at")[:1]))
    )


def scoped_alerts(user: Viewer) -> QuerySet[Alert]:
    """Return the alerts of the areas `user` may see."""
    return Alert.objects.filter(scope_filter(user))


def is_late(today: datetime.date) -> Q:
    """Return the condition that some step should have been done before `today` and was not."""
    to_acknowledge = Q(state=AlertState.SENT, acknowledge_due_on__lt=today)
    to_visit = Q(state__in=(AlertState.SENT, AlertState.ACKNOWLEDGED), visit_due_on__lt=today)
    to_answer = Q(state__in=WAITING, answer_due_on__lt=today)
    return to_acknowledge | to_visit | to_answer


def push_rows(alerts: QuerySet[Alert], headings: Sequence[str]) -> Iterator[list[str]]:
    """Yield the waiting ones of the alerts as rows of the push list (推送表), the agency's columns left empty."""
    waiting = (
        alerts.filter(state__in=WAITING).select_related("event", "resident").order_by("area__path", "pk")
    )
    for alert in waiting.iterator(chunk_size=2000):
        told = _told(alert)
        yield [told.get(heading, "") for heading in headings]


def _told(alert: Alert) -> dict[str, str]:
    said = alert.event.payload
    return {
        "预警号": str(alert.pk),
        "姓名": alert.resident.name,
        "证件号码": alert.resident.masked_id_number,
        "县（市、区）": said.get("county", ""),
        "乡镇（街道）": said.get("town", ""),
        "村（社区）": said.get("village", ""),
        "人员类别": "、".join(each["label"] for each in said.get("categories", ())),
        "预警类型": alert.rule_label,
        "总费用": said.get("total", ""),
        "基本支付": said.get("basic_paid", ""),
        "大病支付": said.get("critical_illness_paid", ""),
        "救助支付": said.get("assistance_paid", ""),
        "个人负担": str(alert.amount),
        "统计区间": f"{said.get('from', '')} 至 {said.get('to', '')}",
        "推送日期": alert.pushed_on.isoformat(),
        "反馈期限": alert.answer_due_on.isoformat() if alert.answer_due_on else "",
    }
