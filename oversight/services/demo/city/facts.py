"""What `city.toml` says of the demo city."""

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("city.toml")


@dataclass(frozen=True, slots=True)
class County:
    """A real county and how many live in it, and in its towns' streets, compared with the others.

    :param fiscal_class: assumed; a key of the policy's splits
    """

    code: str
    name: str
    people: int
    urban: float
    fiscal_class: str


@dataclass(frozen=True, slots=True)
class Combination:
    """Identities that at least one person of every city holds together."""

    categories: tuple[str, ...]
    eliminated: bool


@dataclass(frozen=True, slots=True)
class FacilityFacts:
    """A made-up hospital, and the code of the demo agency that files its claims; empty = none does."""

    code: str
    name: str
    grade: str
    area: str
    agency: str = ""


@dataclass(frozen=True)
class CityFacts:
    """The settings, typed where they are used in more than one place."""

    area: str
    coverage_year: int
    known_until: datetime.date
    counties: tuple[County, ...]
    combinations: tuple[Combination, ...]
    facilities: tuple[FacilityFacts, ...]
    rates: Mapping[str, Any]

    def rate(self, path: str) -> Any:
        """Return the setting at a dotted path."""
        found: Any = self.rates
        for name in path.split("."):
            found = found[name]
        return found


@cache
def city_facts() -> CityFacts:
    """Return the settings of the shipped demo city."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return CityFacts(
        area=told["area"],
        coverage_year=told["coverage_year"],
        known_until=told["known_until"],
        counties=tuple(County(code, **county) for code, county in told["county"].items()),
        combinations=tuple(
            Combination(tuple(one["categories"]), one.get("eliminated", False))
            for one in told["hardship"]["combination"]
        ),
        facilities=tuple(FacilityFacts(**one) for one in told["facility"]),
        rates=told,
    )
