"""Filters of recognitions: on which day they hold, which end soon, and where people live."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from hardship.models import Recognition
from registry.models import Area, AreaLevel
from registry.selectors import scoped_areas

SOON_DAYS = (30, 60, 90)


class HoldsOn(TextFilter):
    """Those that hold on a day."""

    title = "某日有效（如 2025-03-31）"
    parameter_name = "on"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Recognition]) -> QuerySet[Recognition]:
        """Keep those that hold on the day; what is no day keeps all."""
        day = _day(self.value())
        return queryset.filter(holding(day)) if day else queryset


class Term(DropdownFilter):
    """Whether they hold today, and for how long yet."""

    title = "期限"
    parameter_name = "term"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        soon = [(str(days), f"{days} 天内到期") for days in SOON_DAYS]
        return [("now", "今天有效"), *soon, ("over", "已终止"), ("later", "尚未开始")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Recognition]) -> QuerySet[Recognition]:
        """Keep those of the term chosen."""
        today, chosen = timezone.localdate(), self.value()
        if chosen is None:
            return queryset
        conditions = {
            "now": holding(today),
            "over": Q(valid_to__lte=today),
            "later": Q(valid_from__gt=today),
            **{str(days): ending(today, within=days) for days in SOON_DAYS},
        }
        return queryset.filter(conditions[chosen]) if chosen in conditions else queryset


class LivesIn(DropdownFilter):
    """Those of people of a county or a town of the user's."""

    title = "居住地区"
    parameter_name = "area"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Return the counties and towns of the user's areas, a county followed by its towns."""
        levels = [AreaLevel.COUNTY, AreaLevel.TOWN, AreaLevel.INDUSTRY]
        areas = scoped_areas(request.user).filter(level__in=levels).order_by("path")
        return [
            (area.code, f"　{area.name}" if area.level == AreaLevel.TOWN else area.name) for area in areas
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Recognition]) -> QuerySet[Recognition]:
        """Keep those of people who live there."""
        if not self.value():
            return queryset
        area = Area.objects.filter(code=self.value()).first()
        if area is None:
            return queryset.none()
        return queryset.filter(resident__living_area__path__startswith=area.path)


def holding(day: datetime.date) -> Q:
    """Return the condition of recognitions that hold on a day."""
    return Q(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)


def ending(today: datetime.date, *, within: int) -> Q:
    """Return the condition of recognitions that hold today or later and end in so many days."""
    return Q(valid_to__gt=today, valid_to__lte=today + datetime.timedelta(days=within))


def _day(text: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat((text or "").strip())
    except ValueError:
        return None
