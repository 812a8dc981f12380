"""A person's identities by two clocks: what held on which days, and from when to when the bureau knew it."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from hardship.models import Category, Recognition
from registry.batch.chronicles import Chronicle, Version, chronicle
from registry.models import Resident

FIELDS = (
    "category_id", "category__label", "category__attributes", "valid_from", "valid_to", "attributes", "authority",
    "document",
)  # fmt: skip
DATE_INPUT = {"type": "date", "max": "9999-12-31", "form": "look"}
CHANGES = {"+": "登记", "~": "变更", "-": "作废"}


@dataclass(frozen=True, slots=True)
class Stated:
    """What a version of a recognition says."""

    code: str
    label: str
    declared: Mapping[str, Any]
    valid_from: datetime.date
    valid_to: datetime.date | None
    attributes: Mapping[str, Any]
    authority: str
    document: str

    @property
    def category(self) -> Category:
        """The category, as far as pages need it."""
        return Category(code=self.code, label=self.label, attributes=self.declared)

    @property
    def period(self) -> str:
        """Its days in words."""
        return f"{self.valid_from} 至 {self.valid_to or '今'}"

    def covers(self, day: datetime.date) -> bool:
        """Return whether the identity is held on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Life:
    """A recognition as known at a moment, and how it came to be known."""

    record: int
    stated: Stated
    recorded_on: datetime.date
    changed_on: tuple[datetime.date, ...]
    struck_on: datetime.date | None

    @property
    def category(self) -> str:
        """The category's name."""
        return self.stated.label

    @property
    def valid_from(self) -> datetime.date:
        """First day held."""
        return self.stated.valid_from

    @property
    def valid_to(self) -> datetime.date | None:
        """First day not held any more; null = still."""
        return self.stated.valid_to


@dataclass(frozen=True, slots=True)
class Look:
    """What a page asks: who held what on a day, as known on another.

    :param known_on: what was recorded by the end of that day
    :param asked: whether somebody chose one of the two
    """

    day: datetime.date
    known_on: datetime.date
    asked: bool

    @property
    def known_at(self) -> datetime.datetime:
        """The last moment of the day."""
        return timezone.make_aware(datetime.datetime.combine(self.known_on, datetime.time.max))


def look_of(request: HttpRequest) -> Look:
    """Return what the address asks; what is no day, or not there, is today."""
    today = timezone.localdate()
    day, known_on = (_day(request.GET.get(name, "")) for name in ("day", "known_at"))
    return Look(day or today, known_on or today, asked=bool(day or known_on))


def _day(text: str) -> datetime.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


class LookForm(forms.Form):
    """Asks for the two days; its fields belong to the form `look` outside of the page's own."""

    day = forms.DateField(label="于某日", widget=forms.DateInput(format="%Y-%m-%d", attrs=DATE_INPUT))
    known_at = forms.DateField(
        label="截至某日所知",
        widget=forms.DateInput(format="%Y-%m-%d", attrs=DATE_INPUT),
    )


def recorded(resident: Resident) -> Chronicle:
    """Return everything ever recorded of a person's identities, in one query."""
    return chronicle(Recognition, FIELDS, owners=[resident.pk])


def lives_of(versions: Iterable[Version], *, until: datetime.datetime) -> list[Life]:
    """Return the recognitions known by a moment, those struck out by then too, by category and first day."""
    by_record: dict[int, list[Version]] = {}
    for version in versions:
        if version.since <= until:
            by_record.setdefault(version.record, []).append(version)
    lives = [_life(record, known) for record, known in by_record.items()]
    return sorted(lives, key=lambda life: (life.stated.code, life.valid_from, life.record))


def _life(record: int, known: Sequence[Version]) -> Life:
    last = known[-1]
    days = [timezone.localdate(version.since) for version in known]
    return Life(
        record=record,
        stated=Stated(*last.row),
        recorded_on=days[0],
        changed_on=tuple(on for on, version in zip(days, known, strict=True) if version.change == "~"),
        struck_on=days[-1] if last.change == "-" else None,
    )
