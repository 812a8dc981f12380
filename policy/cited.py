"""A leaf of the law: a value with its unit, its clause and how sure we are of it."""

import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from policy.errors import RuleNotPublished

T = TypeVar("T")

Unit = Literal[
    "yuan", "yuan/person/year", "yuan/year", "yuan/stay", "/1", "date", "day", "month", "year", "person", "flag",
    "kind", "rule", "condition", "category", "bands", "ratio", "payers", "text", "as_set",
]  # fmt: skip


class Status(StrEnum):
    """How a value is known. Everything but STATED is shown to staff as doubt."""

    STATED = "stated"
    INFERRED = "inferred"
    CARRIED = "carried"
    ASSUMED = "assumed"


class Cited(BaseModel, Generic[T]):
    """A value with the clause that states it.

    :param unit: one of `Unit`; rates are shares of one ("/1"), never percent
    :param clause: document and number, e.g. "黑医保发〔2024〕45号 六(一)"
    :param reading: what was chosen where the clause can be read two ways
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: T
    unit: Unit
    clause: str = Field(min_length=1)
    status: Status = Status.STATED
    reading: str = ""

    @property
    def figure(self) -> Decimal | datetime.date | int | str | None:
        """The value as a trace shows it; None for structured values, whose steps show their own figures."""
        if isinstance(self.value, bool):
            return "是" if self.value else "否"
        return self.value if isinstance(self.value, Decimal | datetime.date | int | str) else None


class Section(BaseModel):
    """A part of a policy that knows where it stands, so that silence can be named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    _area: str = PrivateAttr(default="?")
    _year: int = PrivateAttr(default=0)
    _path: str = PrivateAttr(default="?")

    def place(self, *, area: str, year: int, path: str) -> None:
        """Tell the section and all below it the area, the year and the path they stand at."""
        self._area, self._year, self._path = area, year, path
        for name in type(self).model_fields:
            for key, part in _parts(getattr(self, name)):
                part.place(area=area, year=year, path=".".join(filter(None, (path, name, key))))

    def published(self, value: T | None, rule: str) -> T:
        """Return `value`.

        :raises RuleNotPublished: if the documents are silent on it
        """
        if value is None:
            raise self.silent(rule)
        return value

    def silent(self, rule: str, why: str = "") -> RuleNotPublished:
        """Return the error that names area, year and rule."""
        return RuleNotPublished(area=self._area, year=self._year, rule=f"{self._path}.{rule}", why=why)


def _parts(value: object) -> list[tuple[str, Section]]:
    """Return the sections directly inside a field's value with their keys."""
    if isinstance(value, Section):
        return [("", value)]
    if isinstance(value, dict):
        return [(str(key), part) for key, part in value.items() if isinstance(part, Section)]
    return []
