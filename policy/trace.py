"""The working of a figure: steps with label, figure and clause, kept wherever the figure is kept."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar

from policy.cited import Cited

T = TypeVar("T")
Figure = Decimal | datetime.date | int | str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of working.

    :param figure: yuan, a day, a count or a word; None where the step only explains
    :param clause: document and number the figure rests on; empty for plain arithmetic and facts
    :param status: stated, inferred, carried or assumed, as the policy leaf says
    :param reading: the reading chosen where the clause can be read two ways
    """

    label: str
    figure: Figure = None
    clause: str = ""
    status: str = "stated"
    reading: str = ""

    @classmethod
    def citing(cls, label: str, leaf: Cited[T], figure: Figure = None) -> "Step":
        """Return a step resting on `leaf`; its figure is the leaf's own value unless another is given."""
        shown = figure if figure is not None else leaf.figure
        return cls(label, shown, leaf.clause, str(leaf.status), leaf.reading)

    def as_json(self) -> dict[str, str]:
        """Return the step with every figure as text; empty parts are left out."""
        parts = {
            "label": self.label,
            "figure": "" if self.figure is None else str(self.figure),
            "clause": self.clause,
            "status": "" if self.status == "stated" else self.status,
            "reading": self.reading,
        }
        return {name: text for name, text in parts.items() if text}


@dataclass(frozen=True, slots=True)
class Traced(Generic[T]):
    """A result and the steps that led to it."""

    value: T
    steps: tuple[Step, ...] = field(default=())

    def as_json(self) -> list[dict[str, str]]:
        """Return the steps as they are stored and shown."""
        return [step.as_json() for step in self.steps]
