"""Chance that repeats itself: one stream of it for every topic, so that a new topic leaves the others as they were."""

import datetime
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

T = TypeVar("T")
PER_HUNDRED = 100


class Dice:
    """Throws that follow from a seed and a topic alone."""

    def __init__(self, seed: int, topic: str) -> None:
        self._random = random.Random(f"{seed}/{topic}")  # noqa: S311 - made-up people, no secrets

    def chance(self, percent: float) -> bool:
        """Return True in so many of a hundred throws."""
        return self._random.random() * PER_HUNDRED < percent

    def number(self, first: int, last: int) -> int:
        """Return a whole number, both ends included."""
        return self._random.randint(first, last)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of them, all as likely."""
        return self._random.choice(choices)

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """Return `count` different ones, or all of fewer."""
        return self._random.sample(choices, min(count, len(choices)))

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Return a key, as likely as its weight."""
        return self._random.choices(list(weights), weights=list(weights.values()))[0]

    def day(self, first: datetime.date, last: datetime.date) -> datetime.date:
        """Return a day, both ends included."""
        return first + datetime.timedelta(days=self.number(0, max(0, (last - first).days)))

    def amount(self, middle: int, *, spread: float = 0.5) -> Decimal:
        """Return yuan to the fen, half of them above `middle`, few of them far away."""
        fen = int(middle * PER_HUNDRED * self._random.lognormvariate(0, spread))
        return Decimal(max(fen, 1)) / PER_HUNDRED
