"""List what journeys may say: people, areas, events with their fields, figures to expect."""

from collections.abc import Iterator

from oversight.services.worked_cases.event import Event
from oversight.services.worked_cases.expectations import FIGURES
from oversight.services.worked_cases.journey import EVENTS, UNSUPPORTED
from oversight.services.worked_cases.journey_people import PERSON
from oversight.services.worked_cases.report import between, input_table

OPEN, CLOSE = "<!-- journeys -->", "<!-- /journeys -->"


def journeys_in_markdown() -> str:
    """Return the fields of people, every event with its fields and an example, and every figure."""
    parts = ["### 人（`[journey.people.名字]`）\n\n" + "\n".join(input_table(PERSON))]
    parts += ["\n".join(_event(event)) for event in EVENTS.values()]
    if UNSUPPORTED:
        listed = "、".join(f"`{what}`（{label}）" for what, label in UNSUPPORTED.items())
        parts.append(f"### 尚不支持的事件\n\n{listed}。写了会被拒绝。")
    rows = "\n".join(f"| `{name}` | {label} |" for name, (label, _) in FIGURES.items())
    parts.append(f"### 可以核对的结果（`expect`）\n\n| 结果 | 是什么 |\n|---|---|\n{rows}")
    return "\n\n".join(parts) + "\n"


def with_journeys(text: str) -> str:
    """Return a Markdown text with the list between its two marks brought up to date."""
    return between(text, OPEN, CLOSE, journeys_in_markdown())


def _event(event: Event) -> Iterator[str]:
    yield f"### 事件 `{event.what}`：{event.label}\n"
    if event.takes:
        yield from input_table(event.takes)
        yield ""
    yield f'`{{ on = 2025-03-01, what = "{event.what}", {event.example} }}`'
