"""The law of a journey: policies shipped or in files, overridden, moved to other years, as approved versions.

The resolved documents are written out as one text without parents, so that everything below reads it as it reads any
approved version. A policy assumed for another year has its days and fiscal years moved along; years that a rule counts
from (`start_year` of incentives and the like) stay.
"""

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from oversight.services.worked_cases.format import CaseInvalid
from policy.dates import last_day_of_month
from policy.errors import PolicyNotFound
from policy.loader import file_reader, read_shipped, resolved
from policy.models import PolicyStatus, PolicyVersion
from registry.batch.history import update_with_history

MOVED_FIGURES = ("fiscal_year_for_coverage",)
STAYING = ("category", "document", "checked")
PATHS = ("share_of", "path")
YEAR_KEY = re.compile(r"(?<![0-9])(20[0-9]{2})(?![0-9])")
MOST_YEARS = 60


@dataclass(frozen=True, slots=True)
class LawText:
    """One policy of a journey.

    :param fiscal_years: years it says something about the government's money of
    """

    area: str
    year: int
    title: str
    text: str
    fiscal_years: frozenset[int]


def laws_of(body: Mapping[str, Any], folder: Path) -> list[LawText]:
    """Return the policies a journey names in `policy`, `policy_for_years` and `years`.

    :raises CaseInvalid: if it names none, or the span of years makes no sense
    :raises DomainError: as the loader does
    """
    named = body.get("policy", [])
    names = [named] if isinstance(named, str) else named
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise CaseInvalid("要写 policy：一个政策，或政策的列表")
    overrides = body.get("set", {})
    found = {}
    for name in names:
        for law in _each_year(name, folder, overrides, body.get("policy_for_years")):
            found[law.area, law.year] = law
    for year, name in _years(body.get("years", {})).items():
        law = law_text(str(name), folder, overrides, year=year)
        found[law.area, law.year] = law
    return [found[key] for key in sorted(found)]


def law_text(
    named: str, folder: Path, overrides: Mapping[str, Any] | None = None, *, year: int | None = None
) -> LawText:
    """Return a policy, shipped ("230100/2025") or in a file beside the case file, as one text.

    :param year: coverage year it is assumed for; null = its own
    :raises PolicyNotFound: if there is none of that name
    """
    if named.endswith(".toml"):
        path = folder / named
        if not path.is_file():
            raise PolicyNotFound(f"找不到政策文件 {path}。", key=str(path))
        _, tree = resolved(str(path), file_reader(path), overrides)
    else:
        _, tree = resolved(named, read_shipped, overrides)
    by = 0 if year is None else year - int(tree["year"])
    tree = {name: part for name, part in tree.items() if name != "inherits"}
    if by:
        tree = {name: part if name in STAYING else _moved(part, by) for name, part in tree.items()}
        tree["year"] = year
    text = "\n".join(f"{_key(name)} = {_toml(part)}" for name, part in tree.items())
    fiscal = tree.get("financing", {}).get("fiscal", {})
    return LawText(
        str(tree["area"]), int(tree["year"]), str(tree["title"]), text, frozenset(map(int, fiscal))
    )


def set_aside_approved() -> None:
    """Set aside every approved version there is: a journey knows only its own law."""
    approved = PolicyVersion.objects.filter(status=PolicyStatus.APPROVED)
    update_with_history(approved, {"status": PolicyStatus.SUPERSEDED}, reason="worked case")


def adopt(laws: Iterable[LawText]) -> None:
    """Make each text the approved version of its area and year, in place of the one before."""
    for law in laws:
        same = PolicyVersion.objects.filter(area=law.area, year=law.year)
        update_with_history(
            same.filter(status=PolicyStatus.APPROVED),
            {"status": PolicyStatus.SUPERSEDED},
            reason="worked case",
        )
        last = same.order_by("-number").values_list("number", flat=True).first() or 0
        PolicyVersion.objects.create(
            area=law.area,
            year=law.year,
            number=last + 1,
            title=law.title,
            text=law.text,
            status=PolicyStatus.APPROVED,
            approved_at=timezone.now(),
        )


def _each_year(name: str, folder: Path, overrides: Mapping[str, Any], span: object) -> list[LawText]:
    if span is None:
        return [law_text(name, folder, overrides)]
    match span:
        case [int(first), int(last)] if first <= last < first + MOST_YEARS:
            return [law_text(name, folder, overrides, year=year) for year in range(first, last + 1)]
    raise CaseInvalid(f"policy_for_years 应写 [首年, 末年]，最多 {MOST_YEARS} 年，写的是 {span!r}")


def _years(written: object) -> dict[int, object]:
    if not isinstance(written, dict) or not all(str(year).isdigit() for year in written):
        raise CaseInvalid('years 应写 { 2026 = "230100/2025" } 这样的表')
    return {int(year): name for year, name in written.items()}


def _moved(node: Any, by: int) -> Any:
    """Return a part of a policy `by` years later."""
    if isinstance(node, dict):
        return {_moved_name(name, by): _moved_part(name, part, by) for name, part in node.items()}
    if isinstance(node, list):
        return [_moved(part, by) for part in node]
    if isinstance(node, datetime.date):
        return _moved_day(node, by)
    return node


def _moved_part(name: str, part: Any, by: int) -> Any:
    if name in MOVED_FIGURES and isinstance(part, dict) and isinstance(part.get("value"), int):
        return {**part, "value": part["value"] + by}
    if name in PATHS and isinstance(part, str):
        return _moved_name(part, by)
    return _moved(part, by)


def _moved_name(name: str, by: int) -> str:
    return YEAR_KEY.sub(lambda year: str(int(year[1]) + by), name)


def _moved_day(day: datetime.date, by: int) -> datetime.date:
    """Return the same day of the other year; the last day of February stays the last."""
    first = day.replace(year=day.year + by, day=1)
    last = last_day_of_month(first)
    return last if day == last_day_of_month(day) else first.replace(day=min(day.day, last.day))


def _key(name: str) -> str:
    return json.dumps(str(name), ensure_ascii=False)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_toml(part)}" for name, part in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
