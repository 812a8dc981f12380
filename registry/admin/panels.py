"""Where the apps above hang their parts: sections of a resident's file, panels of the first page.

Imports go down, so the page below cannot name them: an upper app's admin module calls `section` or `panel`, and the
page asks whoever came.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString

from registry.models import Resident

SectionContent = Callable[[Resident, HttpRequest], SafeString]
PanelContent = Callable[[HttpRequest], SafeString]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a resident's file (一人一档)."""

    place: int
    slug: str
    title: str
    content: SectionContent


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the first page; `permission` is what seeing it takes."""

    place: int
    title: str
    permission: str
    is_wide: bool
    content: PanelContent


@dataclass(frozen=True, slots=True)
class Mark:
    """A decision about a person, as ticks of a picture show it; `kind` is a colour of its own: quote, paid, claim.

    :param on: its day; `known_at` the moment it was recorded, before which nobody knew
    """

    on: datetime.date
    kind: str
    title: str
    known_at: datetime.datetime


MarksContent = Callable[[Resident], Iterable[Mark]]

_marks: list[MarksContent] = []
_sections: dict[str, Section] = {}
_panels: dict[str, Panel] = {}


def section(*, place: int, slug: str, title: str) -> Callable[[SectionContent], SectionContent]:
    """Hang a section into the resident's file at its place; a constant number of queries, please."""

    def hang(content: SectionContent) -> SectionContent:
        _sections[slug] = Section(place, slug, title, content)
        return content

    return hang


def marks(content: MarksContent) -> MarksContent:
    """Hang decisions about a person into the pictures of their file; a constant number of queries, please."""
    _marks.append(content)
    return content


def marks_of(resident: Resident) -> list[Mark]:
    """Return the decisions about a person in their order."""
    return sorted((mark for content in _marks for mark in content(resident)), key=lambda mark: mark.on)


def panel(
    *, place: int, title: str, permission: str, is_wide: bool = False
) -> Callable[[PanelContent], PanelContent]:
    """Hang a panel into the first page at its place."""

    def hang(content: PanelContent) -> PanelContent:
        _panels[title] = Panel(place, title, permission, is_wide, content)
        return content

    return hang


def sections() -> list[Section]:
    """Return the sections in order."""
    return sorted(_sections.values(), key=lambda part: part.place)


def panels_for(request: HttpRequest) -> list[Panel]:
    """Return the panels the user may see, in order."""
    allowed = [part for part in _panels.values() if request.user.has_perm(part.permission)]
    return sorted(allowed, key=lambda part: part.place)
