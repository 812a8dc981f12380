"""An adapter: the name a rule goes by in case files, its inputs, its outputs, and the call itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from oversight.services.worked_cases.inputs import Given, Input
from oversight.services.worked_cases.outcome import plain
from policy.policy import Policy
from policy.trace import Step, Traced


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule answered: outputs by name, and the working."""

    values: Mapping[str, object]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Adapter:
    """A rule as case files know it.

    :param label: what it answers, in Chinese
    :param gives: output → what it is
    :param example: a whole case, shown in the documentation and run by a test
    """

    rule: str
    label: str
    takes: tuple[Input, ...]
    gives: Mapping[str, str]
    call: Callable[[Policy, Given], Answer]
    example: str


ALWAYS = {
    "cites": "计算过程所引条款（列出的都须出现）",
    "doubts": "计算过程中非 stated 的把握程度（列出的都须出现）",
}


def fields(traced: Traced[Any], **more: object) -> Answer:
    """Return an answer whose outputs are the fields of the traced result, and `more`."""
    values = plain(traced.value)
    if not isinstance(values, dict):
        raise TypeError(f"a result with fields is wanted: {values!r}")
    return Answer({**values, **more}, traced.steps)


def figure(name: str, traced: Traced[Any], **more: object) -> Answer:
    """Return an answer with the traced result under `name`, and `more`."""
    return Answer({name: plain(traced.value), **more}, traced.steps)
