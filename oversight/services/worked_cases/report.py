"""Say what came of cases, and list what cases may say."""

from collections.abc import Iterable, Iterator

from oversight.services.worked_cases.adapter import ALWAYS, Adapter
from oversight.services.worked_cases.inputs import PERSON, Input
from oversight.services.worked_cases.outcome import Outcome
from policy.trace import Step

OPEN, CLOSE = "<!-- rules -->", "<!-- /rules -->"


def failure(outcome: Outcome) -> str:
    """Return the lines about a case that failed: what was expected, what was got, and the working."""
    lines = [f"FAILED {outcome.file}: {outcome.name}"]
    if outcome.error:
        lines.append(f"  error: {outcome.error}")
    lines += [
        f"  {one.what}: expected {_shown(one.expected)}, got {_shown(one.got)}" for one in outcome.differences
    ]
    if outcome.steps:
        lines += ["  trace:", *(f"    {_line(step)}" for step in outcome.steps)]
    return "\n".join(lines)


def closing(outcomes: Iterable[Outcome]) -> str:
    """Return the last line: how many passed and how many failed."""
    passed = [outcome.passed for outcome in outcomes]
    return f"{sum(passed)} passed, {len(passed) - sum(passed)} failed"


def rules_in_markdown(adapters: Iterable[Adapter]) -> str:
    """Return every rule with its inputs, its outputs and an example, and the facts about a person once."""
    parts = ["### 人的情况\n\n凡写“人的情况”的规则都可以用这些输入：\n\n" + "\n".join(input_table(PERSON))]
    parts += ["\n".join(_rule(adapter)) for adapter in adapters]
    always = "\n".join(f"| `{name}` | {what} |" for name, what in ALWAYS.items())
    parts.append(f"### 每条规则都有的结果\n\n| 结果 | 是什么 |\n|---|---|\n{always}")
    return "\n\n".join(parts) + "\n"


def with_rules(text: str, adapters: Iterable[Adapter]) -> str:
    """Return a Markdown text with the list of rules between its two marks brought up to date."""
    return between(text, OPEN, CLOSE, rules_in_markdown(adapters))


def between(text: str, opening: str, closing_mark: str, part: str) -> str:
    """Return a text with what stands between two marks replaced by `part`."""
    before, rest = text.split(opening, 1)
    return f"{before}{opening}\n{part}{closing_mark}{rest.split(closing_mark, 1)[1]}"


def _rule(adapter: Adapter) -> Iterator[str]:
    own = [one for one in adapter.takes if one not in PERSON]
    yield f"### `{adapter.rule}`：{adapter.label}\n"
    if own:
        yield from input_table(own)
        yield ""
    if len(own) < len(adapter.takes) - 1:
        yield "另可写“人的情况”。\n"
    yield "| 结果 | 是什么 |\n|---|---|"
    yield from (f"| `{name}` | {what} |" for name, what in adapter.gives.items())
    yield f"\n```toml\n{adapter.example.strip()}\n```"


def input_table(inputs: Iterable[Input]) -> list[str]:
    """Return a Markdown table of inputs."""
    rows = [
        f"| `{one.name}`{'（必填）' if one.required else ''} | {one.kind.name} | {one.what}{_also(one)} |"
        for one in inputs
    ]
    return ["| 输入 | 写法 | 是什么 |", "|---|---|---|", *rows]


def _also(one: Input) -> str:
    return f"；也可写 `{one.also}`" if one.also else ""


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_shown(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return "none" if value is None else str(value)


def _line(step: Step) -> str:
    parts = [step.label, "" if step.figure is None else str(step.figure), step.clause and f"[{step.clause}]"]
    doubt = step.status if step.status != "stated" else ""
    return "  ".join(filter(None, (*parts, doubt, step.reading)))
