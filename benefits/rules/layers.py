"""What one of the three layers pays for a claim, or why it says nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from policy.errors import RuleNotPublished
from policy.money import ZERO
from policy.trace import Step, Traced
from policy.words import place_name


@dataclass(frozen=True, slots=True)
class Layer:
    """What one layer pays.

    :param amount: yuan; None where the documents are silent
    :param base: the expense it looked at, yuan
    :param not_published: the refusal in a sentence; empty where there is a rule
    :param detail: tilt or group that held; empty for none
    :param cap: the yearly cap that held; None = none
    """

    amount: Decimal | None
    steps: tuple[Step, ...]
    base: Decimal = ZERO
    not_published: str = ""
    detail: str = ""
    cap: Decimal | None = None

    @property
    def paid(self) -> Decimal:
        """Yuan paid; nothing where the documents are silent."""
        return ZERO if self.amount is None else self.amount

    @property
    def traced(self) -> Traced[Decimal | None]:
        """The amount with its working."""
        return Traced(self.amount, self.steps)


def layer(name: str, work: Callable[[], Layer]) -> Layer:
    """Return the layer worked out, or recorded as not published."""
    try:
        return work()
    except RuleNotPublished as silence:
        step = Step("文件未规定，本层不支付", place_name(silence.rule))
        return Layer(None, (step,), not_published=silence.message, detail=name)
