"""The picture of identities: by category what held and, below it, when we knew; and the decisions taken."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from hardship.admin.two_clocks import Life
from registry.admin.panels import Mark

WIDTH = 960
LEFT = 170
LINE = 46
TOP = 26
BAR = 14
KNOWN = 33  # below the top of a lane, where the line of knowledge runs
ARROW = 8
FEWEST_YEARS = 4
# at least 3:1 on white and on the dark ground alike
COLORS = ("#0284c7", "#15803d", "#b45309", "#9333ea", "#e11d48", "#0f766e", "#6366f1", "#a16207")


@dataclass(frozen=True, slots=True)
class Bar:
    """A recognition as drawn: when it held, and from when to when we knew of it; it may go on beyond the picture."""

    x: float
    width: float
    goes_on: bool
    known_x: float
    known_end: float
    changes: tuple[float, ...]
    is_struck: bool
    title: str

    @property
    def end(self) -> float:
        """Where the bar ends."""
        return round(self.x + self.width, 1)

    @property
    def tip(self) -> float:
        """Where the arrow of one that goes on ends."""
        return round(self.end + ARROW, 1)


@dataclass(frozen=True, slots=True)
class Lane:
    """A category and its bars."""

    label: str
    top: float
    color: str
    bars: tuple[Bar, ...]

    @property
    def bar_top(self) -> float:
        """Where the bars begin."""
        return self.top + 8

    @property
    def bar_bottom(self) -> float:
        """Where the bars end."""
        return self.bar_top + BAR

    @property
    def bar_middle(self) -> float:
        """Where a bar is struck through, and the label stands."""
        return self.bar_top + BAR / 2

    @property
    def known(self) -> float:
        """Where the line of knowledge runs."""
        return self.top + KNOWN


@dataclass(frozen=True, slots=True)
class Scale:
    """Days to pixels: from the first day shown to the one after the last."""

    first: datetime.date
    last: datetime.date

    def x(self, day: datetime.date) -> float:
        """Return where a day stands; days outside stand at the edge."""
        inside = min(max(day, self.first), self.last)
        share = (inside - self.first).days / (self.last - self.first).days
        return round(LEFT + share * (WIDTH - LEFT - 10), 1)


def picture(
    lives: Sequence[Life], *, day: datetime.date, known_on: datetime.date, marks: Sequence[Mark] = ()
) -> SafeString:
    """Return the picture as SVG; nothing for a person without identities.

    :param day: marked as the day looked at
    :param known_on: what was recorded later is not drawn
    :param marks: decisions, drawn as ticks below
    """
    if not lives:
        return SafeString("")
    scale = _scale(lives, day, known_on)
    labels = list(dict.fromkeys(life.category for life in lives))
    lanes = [
        Lane(
            label,
            TOP + LINE * place,
            COLORS[place % len(COLORS)],
            tuple(_bar(life, scale, known_on) for life in lives if life.category == label),
        )
        for place, label in enumerate(labels)
    ]
    bottom = TOP + LINE * len(lanes)
    years = [(year, scale.x(datetime.date(year, 1, 1))) for year in range(scale.first.year, scale.last.year)]
    return render_to_string(
        "admin/openyibao/timeline.html",
        {
            "width": WIDTH,
            "height": bottom + (34 if marks else 10),
            "bottom": bottom,
            "top": TOP - 6,
            "lanes": lanes,
            "years": _apart(years),
            "day": scale.x(day),
            "day_text": day,
            "known": scale.x(known_on),
            "known_text": known_on,
            "label_x": LEFT - 10,
            "left": LEFT,
            "right": WIDTH - 10,
            "marks": [(scale.x(mark.on), mark.kind, f"{mark.on} {mark.title}") for mark in marks],
            "marks_y": bottom + 16,
        },
    )


def _scale(lives: Sequence[Life], day: datetime.date, known_on: datetime.date) -> Scale:
    """Return whole years, at most to the end of the year after the last beginning: a term may run for a lifetime."""
    starts = min(min(life.valid_from.year, life.recorded_on.year) for life in lives)
    said = max([day.year, known_on.year, *(life.valid_from.year for life in lives)])
    ends = min(said + 1, max([said, *(life.valid_to.year for life in lives if life.valid_to)]))
    return Scale(
        datetime.date(min(starts, ends - FEWEST_YEARS + 1, day.year), 1, 1), datetime.date(ends + 1, 1, 1)
    )


def _apart(years: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Leave years out where there are so many that their names would touch."""
    step = -(-len(years) // 16)
    return years[::step]


def _bar(life: Life, scale: Scale, known_on: datetime.date) -> Bar:
    start = scale.x(life.valid_from)
    end = scale.x(life.valid_to) if life.valid_to else scale.x(scale.last)
    until = life.struck_on or known_on
    said = f"{life.category}：{life.valid_from} 至 {life.valid_to or '今'}；{life.recorded_on} 登记"
    said += "".join(f"，{on} 变更" for on in life.changed_on)
    said += f"，{life.struck_on} 作废" if life.struck_on else ""
    return Bar(
        x=start,
        width=max(end - start, 2),
        goes_on=life.valid_to is None or life.valid_to > scale.last,
        known_x=scale.x(life.recorded_on),
        known_end=scale.x(until),
        changes=tuple(scale.x(on) for on in life.changed_on),
        is_struck=life.struck_on is not None,
        title=said,
    )
