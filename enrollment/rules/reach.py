"""How far back the conditions of a policy look: the ages, births and ends of employee cover they can tell apart."""

from collections.abc import Iterable, Iterator

from policy.conditions import Age, AllOf, AnyOf, Condition, EmployeeMonths, Event, Not

DAYS_A_MONTH = 31
FOR_EVER = 366 * 200
COVER = "employee_cover_end"


def simple_parts(value: object) -> Iterator[Condition]:
    """Yield the conditions inside a leaf's value that have no parts of their own."""
    match value:
        case AnyOf(parts=parts) | AllOf(parts=parts):
            for part in parts:
                yield from simple_parts(part)
        case Not(part=part):
            yield from simple_parts(part)
        case Age() | Event():
            yield value


def turning_points(age: Age) -> Iterator[int]:
    """Yield the ages at which the condition changes its answer."""
    if age.at_least is not None:
        yield age.at_least
    if age.at_most is not None:
        yield age.at_most + 1


def reach(event: Event) -> int:
    """Return after how many days the event holds for nobody any more."""
    reaches = []
    if event.within_days is not None:
        reaches.append(event.within_days)
    if event.within_months is not None:
        reaches.append((event.within_months + 1) * DAYS_A_MONTH)
    if event.in_coverage_year:
        reaches.append(0)  # births of the coverage year are told apart by themselves
    return min(reaches, default=FOR_EVER)


def reach_of(condition: Condition) -> int:
    """Return how long after birth a condition that starts benefits at birth may hold; without a bound, for ever."""
    births = [
        reach(part) for part in simple_parts(condition) if isinstance(part, Event) and part.name == "birth"
    ]
    return max(births, default=FOR_EVER)


def cover_reach(asked: Iterable[object]) -> int:
    """Return how many days after employee cover ended some condition still asks about it, or about its months."""
    values = list(asked)
    if any(_asks_old_cover(value) for value in values):
        return FOR_EVER
    parts = [part for value in values for part in simple_parts(value)]
    return max((reach(part) for part in parts if isinstance(part, Event) and part.name == COVER), default=0)


def _asks_old_cover(value: object) -> bool:
    """Return whether cover that ended long ago may change a condition's answer."""
    if _needs_recent_cover(value):
        return False
    match value:
        case AnyOf(parts=parts) | AllOf(parts=parts):
            return any(_asks_old_cover(part) for part in parts)
        case Not(part=part):
            return _asks_old_cover(part)
        case Event(name=name):
            return name == COVER
        case _:
            return isinstance(value, EmployeeMonths)


def _needs_recent_cover(value: object) -> bool:
    """Return whether a condition can hold only for somebody whose cover ended not long ago."""
    match value:
        case AllOf(parts=parts):
            return any(_needs_recent_cover(part) for part in parts)
        case AnyOf(parts=parts):
            return bool(parts) and all(_needs_recent_cover(part) for part in parts)
        case Event(name=name):
            return name == COVER and reach(value) < FOR_EVER
        case _:
            return False
