"""Filters of differences: where, how long they have waited."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from oversight.models import Difference, DifferenceState
from oversight.selectors.reconciliations import LATE_DAYS, OVERDUE_DAYS
from registry.models import Area, AreaLevel
from registry.selectors import scoped_areas


class Place(DropdownFilter):
    """Those of a county or a town of the user's, with all below it."""

    title = "区县、乡镇"
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Return the user's counties, each followed by its towns."""
        levels = [AreaLevel.COUNTY, AreaLevel.INDUSTRY, AreaLevel.TOWN]
        areas = scoped_areas(request.user).filter(level__in=levels).order_by("path")
        return [
            (area.code, f"　{area.name}" if area.level == AreaLevel.TOWN else area.name) for area in areas
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Difference]) -> QuerySet[Difference]:
        """Keep those of the place."""
        if not self.value():
            return queryset
        area = Area.objects.filter(code=self.value()).first()
        return queryset.filter(area__path__startswith=area.path) if area else queryset.none()


class Waiting(DropdownFilter):
    """Those that have waited so long."""

    title = "已等"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the ages that are marked."""
        return [(str(days), f"超过 {days} 天") for days in (LATE_DAYS, OVERDUE_DAYS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Difference]) -> QuerySet[Difference]:
        """Keep those that still wait and were found before then."""
        days = self.value()
        if days not in (str(LATE_DAYS), str(OVERDUE_DAYS)):
            return queryset
        before = timezone.localdate() - datetime.timedelta(days=int(days))
        return queryset.filter(state=DifferenceState.OPEN, found_on__lt=before)
