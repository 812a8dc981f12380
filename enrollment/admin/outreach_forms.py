"""What the work list of outreach asks: which people, and what was found out about them."""

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from enrollment.admin.labels import STANDINGS
from enrollment.models import ContactOutcome, ContactWay, ReasonSource, WhyNot
from enrollment.rules.standing import Standing
from enrollment.selectors.outreach import colleagues_for
from enrollment.selectors.standings import Narrowed, Task
from enrollment.services.outreach import ContactSaid, ReasonSaid
from policy.admin.display import name_of
from policy.admin.house import DayInput
from policy.models import PolicyStatus, PolicyVersion
from registry.models import Area, Resident
from registry.selectors import Viewer, area_chain, scoped_areas

WHICH = {
    **{str(code): label for code, label in STANDINGS.items()},
    "uninsured": "未参保（含失联、放弃、其他）",
    "contradicted": "原因与登记不符",
    "done": "已完成（含视为已参保）",
    "not_counted": "不计入任务",
    "listed": "全部任务人员",
}
UNINSURED = (Standing.WAITING, Standing.LOST, Standing.REFUSED, Standing.OTHER)
GROUPS = {"hardship": "困难群众", "all": "全部居民"}
CONTACTS = {"": "不限", "never": "没有联系过", **dict(ContactOutcome.choices)}


class PeopleForm(forms.Form):
    """Which people of a year's task."""

    area = forms.ModelChoiceField(Area.objects.none(), label="地区", widget=UnfoldAdminSelectWidget)
    year = forms.TypedChoiceField(label="参保年度", coerce=int, widget=UnfoldAdminSelectWidget)
    group = forms.ChoiceField(label="人群", choices=GROUPS.items(), widget=UnfoldAdminSelectWidget)
    which = forms.ChoiceField(label="参保情况", choices=WHICH.items(), widget=UnfoldAdminSelectWidget)
    contact = forms.ChoiceField(
        label="联系情况", choices=CONTACTS.items(), required=False, widget=UnfoldAdminSelectWidget
    )
    assignee = forms.ChoiceField(label="负责人", required=False, widget=UnfoldAdminSelectWidget)
    day = forms.DateField(
        label="截至日期", required=False, widget=DayInput, help_text="不填为今天，已过的年度为年底"
    )

    def __init__(self, data: Any, *, user: Viewer) -> None:
        self.user = user
        mine = scoped_areas(user)
        years = coverage_years()
        told = {
            "year": str(years[0]) if years else "",
            "group": "hardship",
            "which": str(Standing.WAITING),
            **{name: value for name, value in data.items() if value},
        }
        chosen = mine.filter(pk=told["area"]).first() if told.get("area", "").isdecimal() else None
        chosen = chosen or first_area(user)
        if chosen is not None and not told.get("area"):
            told["area"] = str(chosen.pk)
        super().__init__(told)
        self.set_choices(mine, chosen, years)

    def set_choices(self, mine: Any, chosen: Area | None, years: Iterable[int]) -> None:
        """Offer the areas around the chosen one, the years with a policy, and colleagues."""
        area, year, assignee = (self.fields[name] for name in ("area", "year", "assignee"))
        assert isinstance(area, forms.ModelChoiceField)
        area.queryset = mine
        area.choices = [(each.pk, each.name) for each in around(mine, chosen)] if chosen else []
        assert isinstance(year, forms.TypedChoiceField)
        assert isinstance(assignee, forms.ChoiceField)
        year.choices = [(each, f"{each}") for each in years]
        people = colleagues_for(chosen) if chosen else User.objects.none()
        named = [(str(each.pk), name_of(each)) for each in people]
        assignee.choices = [("", "不限"), ("none", "没有分派"), *named]

    def clean_day(self) -> datetime.date | None:
        """Refuse a day that has not come."""
        day: datetime.date | None = self.cleaned_data["day"]
        if day is not None and day > timezone.localdate():
            raise forms.ValidationError("截至日期不能晚于今天。")
        return day

    def narrowed(self, task: Task) -> Narrowed:
        """Return the condition."""
        data = self.cleaned_data
        which = data["which"]
        return Narrowed(
            standings=standings_meant(which, task),
            hardship_only=data["group"] == "hardship",
            contradicted=which == "contradicted",
            contact=data["contact"],
            assignee=data["assignee"],
        )

    def query(self) -> dict[str, str]:
        """Return what an address says of it."""
        data = self.cleaned_data
        told = {**data, "area": data["area"].pk}
        return {name: str(value) for name, value in told.items() if value not in (None, "")}


class DayForm(forms.Form):
    """Asks for a day that has come."""

    def __init__(self, *args: Any, task: Task, user: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task, self.user = task, user


class ReasonForm(DayForm):
    """Asks why people are not insured."""

    reason = forms.ChoiceField(
        label="未参保原因", choices=WhyNot.choices, initial=WhyNot.LOST, widget=UnfoldAdminSelectWidget
    )
    stated_on = forms.DateField(label="核实日期", widget=DayInput)
    source = forms.ChoiceField(label="核实方式", choices=ReasonSource.choices, widget=UnfoldAdminSelectWidget)
    document = forms.CharField(
        label="凭据",
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="在外参保、参军、服刑、死亡的必须填写，如参保凭证号、入伍通知书。",
    )
    note = forms.CharField(
        label="备注", max_length=200, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )

    def rows(self, resident_ids: Iterable[int]) -> list[ReasonSaid]:
        """Return the same reason of each."""
        return [ReasonSaid(resident_id=pk, **self.cleaned_data) for pk in resident_ids]


class ContactForm(DayForm):
    """Asks what came of speaking to people."""

    contacted_on = forms.DateField(label="联系日期", widget=DayInput)
    way = forms.ChoiceField(label="联系方式", choices=ContactWay.choices, widget=UnfoldAdminSelectWidget)
    outcome = forms.ChoiceField(
        label="联系结果", choices=ContactOutcome.choices, widget=UnfoldAdminSelectWidget
    )
    note = forms.CharField(
        label="备注", max_length=200, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )

    def said(self) -> ContactSaid:
        """Return what was said."""
        return ContactSaid(**self.cleaned_data)


class AssignForm(DayForm):
    """Asks who looks after people."""

    assignee = forms.ModelChoiceField(User.objects.none(), label="负责人", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues_for(self.task.area)
        field.label_from_instance = name_of  # type: ignore[method-assign,assignment]


class EndForm(DayForm):
    """Asks since when a reason no longer holds, and why."""

    on = forms.DateField(label="自哪天起不再成立", widget=DayInput)
    why = forms.CharField(label="事由", max_length=60, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))


def standings_meant(which: str, task: Task) -> tuple[str, ...]:
    """Return the standings a word of `WHICH` stands for; none = all."""
    if which in ("listed", "contradicted"):
        return ()
    if which == "uninsured":
        return tuple(map(str, UNINSURED))
    if which == "done":
        return tuple(map(str, (Standing.INSURED_HERE, *covered_by(task.rules.counted_as_insured.value))))
    if which == "not_counted":
        return tuple(task.rules.not_counted.value)
    return (which,)


def covered_by(reasons: Iterable[str]) -> tuple[str, ...]:
    """Return the standings that reasons of the policy name; employee cover counts wherever it is."""
    named = tuple(reasons)
    return (*named, Standing.EMPLOYEE_ELSEWHERE.value) if Standing.EMPLOYEE in named else named


def coverage_years() -> list[int]:
    """Return the years some policy is approved for, the latest first."""
    years = PolicyVersion.objects.filter(status=PolicyStatus.APPROVED).order_by("-year")
    return list(years.values_list("year", flat=True).distinct())


def first_area(user: Viewer) -> Area | None:
    """Return where a user begins: the widest area of theirs, for those who see all the first with people."""
    mine = scoped_areas(user)
    if getattr(user, "is_superuser", False):
        people = Resident.objects.filter(pooling_area=OuterRef("pk"))
        mine = mine.filter(Exists(people), is_pooling_area=True)
    return mine.order_by("path").first()


def around(mine: Any, area: Area) -> list[Area]:
    """Return the areas of the user's above and next below an area, and itself."""
    above = mine.filter(code__in=area_chain(area))
    return list((above | mine.filter(parent=area)).order_by("path"))


def today_first(day: datetime.date) -> dict[str, datetime.date]:
    """Return what the day fields of every form begin with."""
    return dict.fromkeys(("stated_on", "contacted_on", "on"), day)
