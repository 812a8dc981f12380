"""What the scheduled jobs go over, and for when."""

import datetime
from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

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


def months_to_scan(today: datetime.date) -> list[str]:
    """Return the month before the one `today` lies in, after last December while its claims may still come in."""
    before = today.replace(day=1) - datetime.timedelta(days=1)
    december = [f"{before.year - 1}-12"] if before.month <= LATE_MONTHS else []
    return [*december, f"{before:%Y-%m}"]
