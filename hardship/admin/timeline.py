"""The picture of a person's identities over the years: one bar a recognition, one line a category."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from hardship.models import Recognition

WIDTH = 960
LEFT = 170
LINE = 28
TOP = 26
BAR = 16
FEWEST_YEARS = 4
COLORS = ("#0369a1", "#15803d", "#b45309", "#7e22ce", "#be123c", "#0f766e", "#4338ca", "#a16207")


@dataclass(frozen=True, slots=True)
class Bar:
    """A recognition as drawn."""

    x: float
    width: float
    color: str
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A category and its bars."""

    label: str
    middle: float
    bars: tuple[Bar, ...]

    @property
    def top(self) -> float:
        """Where the bars begin."""
        return self.middle - BAR / 2


@dataclass(frozen=True, slots=True)
class Scale:
    """Days to pixels: from the first to the last day shown."""

    first: datetime.date
    last: datetime.date

    def x(self, day: datetime.date) -> float:
        """Return where a day stands; days outside stand at the edge."""
        inside = min(max(day, self.first), self.last)
        share = (inside - self.first).days / (self.last - self.first).days
        return round(LEFT + share * (WIDTH - LEFT - 10), 1)


def picture(recognitions: Sequence[Recognition], *, today: datetime.date) -> SafeString:
    """Return the picture as SVG; nothing for a person without identities."""
    if not recognitions:
        return SafeString("")
    starts = min(row.valid_from.year for row in recognitions)
    ends = max([today.year, *(row.valid_to.year for row in recognitions if row.valid_to)])
    scale = Scale(datetime.date(min(starts, ends - FEWEST_YEARS + 1), 1, 1), datetime.date(ends + 1, 1, 1))
    labels = list(dict.fromkeys(row.category.label for row in recognitions))
    lanes = [
        Lane(
            label,
            TOP + LINE * place + LINE / 2,
            tuple(
                _bar(row, scale, COLORS[place % len(COLORS)])
                for row in recognitions
                if row.category.label == label
            ),
        )
        for place, label in enumerate(labels)
    ]
    years = [(year, scale.x(datetime.date(year, 1, 1))) for year in range(scale.first.year, scale.last.year)]
    return render_to_string(
        "admin/openyibao/timeline.html",
        {
            "width": WIDTH,
            "height": TOP + LINE * len(lanes) + 8,
            "bottom": TOP + LINE * len(lanes),
            "top": TOP - 6,
            "lanes": lanes,
            "years": years,
            "today": scale.x(today),
            "label_x": LEFT - 10,
        },
    )


def _bar(row: Recognition, scale: Scale, color: str) -> Bar:
    start = scale.x(row.valid_from)
    end = scale.x(row.valid_to) if row.valid_to else scale.x(scale.last)
    until = row.valid_to or "至今"
    return Bar(start, max(end - start, 2), color, f"{row.category.label}：{row.valid_from} 至 {until}")
