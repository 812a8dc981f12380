"""What the scheduled jobs go over, and for when."""

import datetime
from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

from benefits.rules.alerts import is_scanned_on
from benefits.selectors.laws import Laws
from policy.dates import days_after, last_day_of_month
from policy.errors import PolicyNotFound
from policy.schema.benefits import AlertRule
from registry.models import Area, Resident

LATE_MONTHS = 3


def areas_with_people(*, codes: Collection[str] | None = None) -> QuerySet[Area]:
    """Return the pooling areas somebody belongs to, or those of them named."""
    areas = Area.objects.filter(
        Exists(Resident.objects.filter(pooling_area=OuterRef("pk"))), is_pooling_area=True
    )
    return (areas if codes is None else areas.filter(code__in=codes)).order_by("code")


def year_before(today: datetime.date) -> int:
    """Return the year before the one `today` lies in."""
    return today.year - 1


def days_to_scan(area: Area, today: datetime.date) -> list[datetime.date]:
    """Return as at which days a pooling area is scanned `today`: yesterday, if a rule of it is scanned then.

    After a month's end December comes before it, while claims of the old year may still come in. Where the year has no
    policy, or its policy no alerts, there is none.
    """
    yesterday = days_after(today, -1)
    days = [day for day in (_december_before(yesterday), yesterday) if day is not None]
    return [day for day in days if any(is_scanned_on(rule, day) for rule in _rules(area, day.year))]


def _december_before(day: datetime.date) -> datetime.date | None:
    is_late = day == last_day_of_month(day) and day.month <= LATE_MONTHS
    return datetime.date(day.year - 1, 12, 31) if is_late else None


def _rules(area: Area, year: int) -> Collection[AlertRule]:
    try:
        alerts = Laws({area.pk: area.path}).of(area.pk, year).data.alerts
    except PolicyNotFound:
        return ()
    return () if alerts is None else alerts.rule.values()
