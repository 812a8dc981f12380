"""How conditions are written in policy files: small tables and lists, parsed at load."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from policy.conditions import (
    Age,
    AllOf,
    AnyOf,
    Anyone,
    Condition,
    EmployeeMonths,
    Event,
    Holds,
    Hukou,
    NewlyRecognized,
    Not,
    Population,
)

SHAPES = (
    '"category" | "anyone" | { any = […] } | { all = […] } | { not = … } | { category, where, level_at_most } | '
    "{ age_at_least, age_at_most } | { population } | { hukou } | { event, in_coverage_year, within_days, "
    "within_months, from_month_end } | { employee_months_at_least } | { newly_recognized = […] }"
)


KINDS: dict[str, type] = {
    "any": list,
    "all": list,
    "category": str,
    "where": dict,
    "level_at_most": int,
    "age_at_least": int,
    "age_at_most": int,
    "population": str,
    "hukou": str,
    "event": str,
    "in_coverage_year": bool,
    "within_days": int,
    "within_months": int,
    "from_month_end": bool,
    "employee_months_at_least": int,
    "newly_recognized": list,
}


def parsed(raw: Any) -> Condition:
    """Return the condition written as `raw` in a policy file.

    :raises ValueError: if it has none of the shapes in `SHAPES`
    """
    if isinstance(raw, Condition):
        return raw
    if isinstance(raw, str):
        return Anyone() if raw == "anyone" else Holds(raw)
    if not isinstance(raw, dict) or not raw:
        raise ValueError(f"不是条件：{raw!r}；可写 {SHAPES}")
    for keys, build in _SHAPES:
        if keys[0] in raw and set(raw) <= set(keys) and all(_is_of_kind(key, raw[key]) for key in raw):
            condition: Condition = build(raw)
            return condition
    raise ValueError(f"不是条件：{raw!r}；可写 {SHAPES}")


def _is_of_kind(key: str, part: Any) -> bool:
    """Return whether a key's value is of its kind; a flag is no number, and a list of categories holds words."""
    wanted = KINDS.get(key, object)
    if key == "hukou":
        return part in ("inside", "outside")
    if key == "newly_recognized":
        return isinstance(part, list) and bool(part) and all(isinstance(one, str) for one in part)
    return isinstance(part, wanted) and (wanted is not int or not isinstance(part, bool))


def _joined(kind: type[AnyOf] | type[AllOf], raw: Any) -> AnyOf | AllOf:
    if not isinstance(raw, list) or not raw:
        raise ValueError(f"any、all 要写列表，至少一个条件：{raw!r}")
    return kind(tuple(parsed(part) for part in raw))


_SHAPES: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("any",), lambda raw: _joined(AnyOf, raw["any"])),
    (("all",), lambda raw: _joined(AllOf, raw["all"])),
    (("not",), lambda raw: Not(parsed(raw["not"]))),
    (
        ("category", "where", "level_at_most"),
        lambda raw: Holds(raw["category"], raw.get("where", {}), raw.get("level_at_most")),
    ),
    (("age_at_least", "age_at_most"), lambda raw: Age(raw["age_at_least"], raw.get("age_at_most"))),
    (("age_at_most",), lambda raw: Age(at_most=raw["age_at_most"])),
    (("population",), lambda raw: Population(raw["population"])),
    (("hukou",), lambda raw: Hukou(raw["hukou"] == "inside")),
    (
        ("event", "in_coverage_year", "within_days", "within_months", "from_month_end"),
        lambda raw: Event(
            raw["event"],
            raw.get("in_coverage_year", False),
            raw.get("within_days"),
            raw.get("within_months"),
            raw.get("from_month_end", False),
        ),
    ),
    (("employee_months_at_least",), lambda raw: EmployeeMonths(raw["employee_months_at_least"])),
    (("newly_recognized",), lambda raw: NewlyRecognized(frozenset(raw["newly_recognized"]))),
)


ConditionField = Annotated[Condition, BeforeValidator(parsed)]
