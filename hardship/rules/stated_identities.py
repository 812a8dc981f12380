"""An identity as a row states it: a name, and what the columns beside the name say."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hardship.rules.identity_names import Meaning
from hardship.rules.listed_identities import Said, Turn
from policy.conditions import Scalar


@dataclass(frozen=True, slots=True)
class ListedIdentity:
    """An identity as a row says it.

    :param name: made alike; what it means is asked later
    :param since: first day; null = the row does not say
    :param until: last day, as on a certificate; null = none said
    :param is_open: it is said to have no last day (长期)
    :param is_month: of `since` only the month is stated
    :param carrying: attributes and days are those of a category that carries this attribute; empty = of any
    :param turn: since when it is so, and how it was before; null = the row does not say that it was otherwise
    """

    name: str
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    since: datetime.date | None = None
    until: datetime.date | None = None
    carrying: str = ""
    turn: Turn | None = None
    is_open: bool = False
    is_month: bool = False

    def contradicts(self, meaning: Meaning) -> bool:
        """Return whether its name says otherwise than the columns (已消除风险的… beside 否)."""
        by_name, by_column = meaning.attributes.get(self.carrying), self.attributes.get(self.carrying)
        return by_name is not None and by_column is not None and by_name != by_column

    def said(self, meaning: Meaning) -> Said:
        """Return what it says if its name means `meaning`; columns that are not about such an identity say nothing."""
        if self.carrying and self.carrying not in meaning.carries:
            return Said(meaning.category, meaning.attributes)
        turn = self.turn and Turn(self.turn.on, {**meaning.attributes, **self.turn.before})
        attributes = {**meaning.attributes, **self.attributes}
        return Said(
            meaning.category,
            attributes,
            self.since,
            self.until,
            turn=turn,
            is_open=self.is_open,
            is_month=self.is_month,
        )

    def as_kept(self) -> dict[str, Any]:
        """Return it as a row keeps it."""
        turn = self.turn and {"on": _text(self.turn.on), "before": dict(self.turn.before)}
        said = {"carrying": self.carrying, "turn": turn, "is_open": self.is_open, "is_month": self.is_month}
        more = {name: value for name, value in said.items() if value}
        return {
            "name": self.name,
            "attributes": dict(self.attributes),
            "since": _text(self.since),
            "until": _text(self.until),
            **more,
        }


def identity_kept(kept: Mapping[str, Any]) -> ListedIdentity:
    """Return the identity that a row keeps."""
    turn = kept.get("turn")
    return ListedIdentity(
        kept["name"],
        kept["attributes"],
        _day(kept["since"]),
        _day(kept["until"]),
        kept.get("carrying", ""),
        turn and Turn(datetime.date.fromisoformat(turn["on"]), turn["before"]),
        kept.get("is_open", False),
        kept.get("is_month", False),
    )


def _text(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)
