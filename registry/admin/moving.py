"""Where a resident lives, is registered and goes to school: the dialog of a move, and the section with all days."""

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from policy.admin.display import badge, table
from policy.admin.house import DayInput
from registry.admin.panels import section
from registry.batch.places import dated_places
from registry.models import Area, Resident, School
from registry.rules.places import DatedPlaces
from registry.selectors import scoped_areas
from registry.services import Move, PlaceKind

FROM_THE_START = "起始日不详"


class MoveForm(BaseDialogForm):
    """Asks what moved where, and since when."""

    kind = forms.ChoiceField(label="变更什么", choices=PlaceKind.choices, widget=UnfoldAdminSelectWidget)
    code = forms.CharField(
        label="新区划代码或学校代码",
        max_length=20,
        required=False,
        help_text="已离校的选“学校”，此处留空。",
        widget=UnfoldAdminTextInputWidget,
    )
    since = forms.DateField(label="起始日", help_text="在新地方的第一天。", widget=DayInput)
    document = forms.CharField(
        label="凭证",
        max_length=60,
        required=False,
        help_text="如户口簿、居住证、学籍证明。",
        widget=UnfoldAdminTextInputWidget,
    )
    is_correction = forms.BooleanField(
        label="更正：起始日以后原来登记的有误", required=False, widget=UnfoldBooleanWidget
    )
    reason = forms.CharField(label="事由", max_length=80, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))

    def clean(self) -> dict[str, Any]:
        """Look the place up; where somebody lives must be an area of the user's."""
        asked: dict[str, Any] = super().clean() or {}
        if "kind" in asked and "code" in asked:
            asked["to"] = self._place(asked["kind"], asked["code"].strip())
        return asked

    @property
    def move(self) -> Move:
        """What was asked."""
        asked = self.cleaned_data
        return Move(PlaceKind(asked["kind"]), asked["to"], asked["since"], asked["document"])

    def _place(self, kind: str, code: str) -> Area | School | None:
        if kind == PlaceKind.SCHOOL:
            school = School.objects.filter(code=code).first()
            if code and school is None:
                self.add_error("code", "没有这个学校代码，请先在“学校”登记。")
            return school
        areas = scoped_areas(self.request.user) if kind == PlaceKind.LIVING else Area.objects.all()
        area = areas.filter(code=code).first()
        if area is None:
            self.add_error("code", "没有这个区划代码，或不在您的管辖范围内；跨地区迁移由上级办理。")
        return area


@section(place=12, slug="places", title="居住、户籍、学校")
def places(resident: Resident, request: HttpRequest) -> Any:
    """List all places with the days they hold, the present ones first."""
    told = dated_places([resident.pk]).get(resident.pk)
    if told is None:
        return table(("类别", "地点", "自", "至"), [])
    areas = Area.objects.in_bulk({row[0][0] for row in (*told.living, *told.hukou)})
    schools = School.objects.in_bulk({key for key, _ in told.school if key is not None})
    lines = [
        *_lines("居住地", [(_area(areas[place[0]]), since) for place, since in told.living]),
        *_lines("户籍地", [(_area(areas[place[0]]), since) for place, since in told.hukou]),
        *_lines("学校", [(_school(schools, key), since) for key, since in _attended(told)]),
    ]
    return table(("类别", "地点", "自", "至"), lines)


def _attended(told: DatedPlaces) -> Sequence[tuple[int | None, datetime.date | None]]:
    """Return the schools; somebody who never went to one has no line."""
    return told.school if any(key is not None for key, _ in told.school) else []


def _lines(kind: str, held: Sequence[tuple[str, datetime.date | None]]) -> list[tuple[object, ...]]:
    """Return the lines of one kind, the last first: each holds until the day before the next."""
    if not held:
        return []
    ends = [since and since - datetime.timedelta(days=1) for _, since in held[1:]]
    lines: list[tuple[object, ...]] = [
        (kind, place, since or FROM_THE_START, end or badge("现在", "green"))
        for (place, since), end in zip(held, [*ends, None], strict=True)
    ]
    return lines[::-1]


def _area(area: Area) -> str:
    return f"{area.name}（{area.code}）"


def _school(schools: dict[int, School], key: int | None) -> str:
    return "不在校" if key is None else f"{schools[key].name}（{schools[key].code}）"
