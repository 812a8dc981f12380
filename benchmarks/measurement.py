"""What a measurement says, and how to take one."""

import json
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """A figure against what it is measured by; `bar` is what the ratio, without `against` the value, must not pass."""

    name: str
    value: float
    unit: str
    bar: float
    against: float | None = None

    def line(self) -> str:
        """Return the measurement as one JSON line."""
        ratio = None if self.against is None else round(self.value / self.against, 2)
        holds = (self.value if ratio is None else ratio) <= self.bar
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 3),
                "unit": self.unit,
                "against": None if self.against is None else round(self.against, 3),
                "ratio": ratio,
                "bar": self.bar,
                "holds": holds,
            }
        )


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def of_a_process(
    name: str, found: Mapping[str, float], *, seconds: float, megabytes: float
) -> Iterator[Measurement]:
    """Yield what `measured` found of a process against its bars: time, time of its processor, peak of memory."""
    yield Measurement(name, found["seconds"], "s", seconds)
    yield Measurement(f"{name}_on_its_processor", found["cpu_seconds"], "s", seconds)
    yield Measurement(f"{name}_memory", found["peak_mb"], "MB", megabytes)


def exponent(found: Sequence[tuple[float, float]]) -> float:
    """Return the power of its size by which a figure grows, fitted to pairs of both; 1 = in proportion."""
    sizes, figures = zip(*found, strict=True)
    return statistics.linear_regression(list(map(math.log, sizes)), list(map(math.log, figures))).slope


def size(usual: int) -> int:
    """Return how many people to measure with: BENCH_SIZE, or the usual number."""
    return int(os.environ.get("BENCH_SIZE", usual))
