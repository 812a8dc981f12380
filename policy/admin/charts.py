"""How a chart of columns is told to its page."""

import json
from collections.abc import Mapping, Sequence

OPTIONS = {
    "responsive": True,
    "maintainAspectRatio": False,
    "plugins": {"legend": {"position": "top", "align": "end"}},
    "scales": {"y": {"beginAtZero": True, "ticks": {"precision": 0}}, "x": {"grid": {"display": False}}},
}
TONES = ("var(--color-primary-600)", "#f59e0b", "#16a34a", "#0891b2")


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
