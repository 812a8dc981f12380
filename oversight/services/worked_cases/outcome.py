"""What came of a case, and how expected and got are held against each other."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path

from pydantic import BaseModel

from policy.trace import Step

NOTHING = ("none", "无")
MISSING = "（没有这一项）"


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not as expected."""

    what: str
    expected: object
    got: object


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case.

    :param error: why it could not be run at all
    :param differences: empty and no error = passed
    :param steps: the working of what was got
    """

    name: str
    file: Path
    differences: tuple[Difference, ...] = ()
    error: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything named came out as expected."""
        return not self.differences and not self.error


def plain(value: object) -> object:
    """Return a result as tables, lists and scalars, so that a case file can name its parts."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    elif is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    match value:
        case Enum():
            return value.value
        case dict():
            return {str(plain(key)): plain(part) for key, part in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
        case set() | frozenset():
            return frozenset(map(str, value))
        case _:
            return value


def differences(expected: object, got: object, what: str = "") -> Iterator[Difference]:
    """Yield every place where `got` is not as expected; only what is expected is looked at.

    Tables are compared key by key, lists item by item; a set only has to contain what is listed. Numbers compare as
    amounts, whether written 400, 400.00 or "400.00"; "none" expects that there is nothing.
    """
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key, part in expected.items():
            yield from differences(part, got.get(key, MISSING), f"{what}.{key}" if what else str(key))
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for number, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from differences(one, other, f"{what}[{number}]")
    elif isinstance(expected, list) and isinstance(got, frozenset):
        if not {str(part) for part in expected} <= got:
            yield Difference(what, expected, sorted(got))
    elif not _same(expected, got):
        yield Difference(what, expected, got)


def _same(expected: object, got: object) -> bool:
    if got is None:
        return expected in NOTHING
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(got, Decimal | int):
        return _number(expected) == got
    if isinstance(got, datetime.date):
        return str(expected) == got.isoformat()
    return (
        not isinstance(expected, Mapping | list)
        and not isinstance(got, dict | list)
        and str(expected) == str(got)
    )


def _number(written: object) -> Decimal | None:
    if not isinstance(written, int | Decimal | str):
        return None
    try:
        return Decimal(written)
    except InvalidOperation:
        return None
