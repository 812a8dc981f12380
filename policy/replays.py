"""A decision computed once more from what was known when it was taken, beside what was stored."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that came out otherwise; what is not there is null."""

    name: str
    stored: Any
    replayed: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One decision, replayed.

    :param kind: what was decided: "contribution" with its grant, "claim", "incentive_state"
    :param key: of the row in the history that holds the decision
    :param stored: figure → value as decided
    :param replayed: the same figures from the facts and the law of the moment; null = the rules refuse now
    :param refusal: why they refuse
    """

    kind: str
    key: int
    resident_id: int
    coverage_year: int
    decided_at: datetime.datetime
    policy_key: str
    stored: Mapping[str, Any]
    replayed: Mapping[str, Any] | None
    refusal: str = ""
    trace: Sequence[Mapping[str, str]] = field(default=())

    @property
    def equal(self) -> bool:
        """Whether every figure came out as it was decided."""
        return not self.differences

    @property
    def differences(self) -> list[Difference]:
        """The figures that came out otherwise."""
        again = self.replayed or {}
        names = [*self.stored, *(name for name in again if name not in self.stored)]
        return [
            Difference(name, self.stored.get(name), again.get(name))
            for name in names
            if self.stored.get(name) != again.get(name)
        ]
