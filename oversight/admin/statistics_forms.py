"""What pages of figures have in common: which area they are about, and how a chart is told."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminSelectWidget

from registry.models import Area, AreaLevel

LEVELS = (AreaLevel.PROVINCE, AreaLevel.CITY, AreaLevel.COUNTY, AreaLevel.INDUSTRY)
OPTIONS = {
    "responsive": True,
    "maintainAspectRatio": False,
    "plugins": {"legend": {"position": "top", "align": "end"}},
    "scales": {"y": {"beginAtZero": True, "ticks": {"precision": 0}}, "x": {"grid": {"display": False}}},
}
TONES = ("var(--color-primary-600)", "#f59e0b", "#16a34a", "#0891b2")


class AreaField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Asks for an area of the user's, counties at the smallest; the widest is chosen at first."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Area.objects.none(), widget=UnfoldAdminSelectWidget, **options)

    @classmethod
    def of(cls, mine: QuerySet[Area], asked: str | None) -> "AreaField":
        """Return the field for a user's areas, with the one asked for, or the widest, as its initial value."""
        areas = list(mine.filter(level__in=LEVELS).order_by("path"))
        field = cls(label="地区")
        field.queryset = mine.filter(pk__in=[area.pk for area in areas])
        field.choices = [(area.pk, area.name) for area in areas]
        field.initial = next((area for area in areas if str(area.pk) == asked), next(iter(areas), None))
        return field


def column_chart(labels: Sequence[str], series: Mapping[str, Sequence[object]]) -> dict[str, str]:
    """Return columns side by side, with legend and axis, as the chart of a page is told; nothing without labels."""
    sets = [
        {
            "label": name,
            "data": list(values),
            "backgroundColor": tone,
            "borderRadius": 3,
            "maxBarThickness": 28,
        }
        for (name, values), tone in zip(series.items(), TONES, strict=False)
    ]
    if not labels:
        return {"chart": ""}
    data = {"labels": list(labels), "datasets": sets}
    return {"chart": json.dumps(data, ensure_ascii=False), "chart_options": json.dumps(OPTIONS)}
