"""Where journeys happen: the divisions they name, real or invented, made anew beside those there are."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import CharField, F, Func, Value

from oversight.services.worked_cases.format import CaseInvalid
from registry.batch.history import update_with_history
from registry.models import Area, AreaFiscalClass, AreaLevel
from registry.services.load_areas import SHIPPED

OUTSIDE = "980000"
KEYS = ("code", "name", "level", "parent", "pooling", "fiscal_class")
NATIONAL_LENGTH = 6


@dataclass
class Places:
    """The areas of one journey.

    Areas of the same province that are there already step aside until the journey is rolled back: their codes are
    spelled otherwise meanwhile, so that nobody who lives there comes into the journey.

    :param described: code → what the journey says of an area that is not in the national table
    """

    described: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    made: dict[str, Area] = field(default_factory=dict)

    def area(self, code: str) -> Area:
        """Return the area of this code, made with all above it if need be."""
        if code not in self.made:
            self.made[code] = self._make(code)
        return self.made[code]

    def classify(self, area: Area, *, fiscal_class: str, fiscal_years: frozenset[int]) -> None:
        """Say how an area shares the fiscal subsidy in these years."""
        for year in sorted(fiscal_years):
            AreaFiscalClass.objects.update_or_create(
                area=area, fiscal_year=year, defaults={"fiscal_class": fiscal_class}
            )

    def _make(self, code: str) -> Area:
        facts = self._facts(code)
        parent = self.area(facts["parent"]) if facts["parent"] else None
        if parent is None:
            _step_aside(code)
        return Area.objects.create(
            code=code,
            name=facts["name"],
            level=facts["level"],
            parent=parent,
            path=f"{parent.path if parent else ''}{code}/",
            is_pooling_area=facts["pooling"],
        )

    def _facts(self, code: str) -> dict[str, Any]:
        """Return what is known of a code: from the journey, the national table, or the way codes are built."""
        return {**_built(code), **_shipped().get(code, {}), **self.described.get(code, {})}


def described_areas(tables: object) -> dict[str, Mapping[str, Any]]:
    """Return the areas a journey describes, by code.

    :raises CaseInvalid: if one has no code, or keys that are not known
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise CaseInvalid("areas 要写成 [[journey.areas]]")
    for table in tables:
        if unknown := sorted(set(table) - set(KEYS)):
            raise CaseInvalid(f"areas 不认识 {'、'.join(unknown)}；可写 {'、'.join(KEYS)}")
        if not isinstance(table.get("code"), str):
            raise CaseInvalid("areas 的每个地区要写 code")
        if table.get("level", AreaLevel.CITY) not in AreaLevel.values:
            raise CaseInvalid(f"areas 的 level 可写 {'、'.join(AreaLevel.values)}")
    return {table["code"]: table for table in tables}


def _built(code: str) -> dict[str, Any]:
    """Return what the way codes are built says: 990000 a province, 990100 a city that pools, 990124 a county."""
    if len(code) != NATIONAL_LENGTH:
        raise CaseInvalid(f"不认识地区 {code}；请在 [[journey.areas]] 中写明")
    if code.endswith("0000"):
        level, parent = AreaLevel.PROVINCE, ""
    elif code.endswith("00"):
        level, parent = AreaLevel.CITY, f"{code[:2]}0000"
    else:
        level, parent = AreaLevel.COUNTY, f"{code[:4]}00"
    pooling = level == AreaLevel.CITY
    return {"name": f"地区{code}", "level": level.value, "parent": parent, "pooling": pooling}


@lru_cache(maxsize=1)
def _shipped() -> dict[str, dict[str, Any]]:
    with SHIPPED.open(encoding="utf-8-sig", newline="") as lines:
        return {
            row["code"]: {
                "name": row["name"],
                "level": row["level"],
                "parent": row["parent"],
                "pooling": row["is_pooling_area"] == "1",
            }
            for row in csv.DictReader(lines)
        }


def _step_aside(root: str) -> None:
    """Spell the codes below a province with letters for digits, in one statement."""
    there = Area.objects.filter(path__startswith=f"{root}/")
    update_with_history(there, {"code": _spelled("code"), "path": _spelled("path")}, reason="worked case")


def _spelled(column: str) -> Func:
    return Func(
        F(column), Value("0123456789"), Value("abcdefghij"), function="TRANSLATE", output_field=CharField()
    )
