"""What pages of figures have in common: which area they are about."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminSelectWidget

from registry.models import Area, AreaLevel

LEVELS = (AreaLevel.PROVINCE, AreaLevel.CITY, AreaLevel.COUNTY, AreaLevel.INDUSTRY)


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
