"""An identity as a row states it: a name, and what the columns beside the name say."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hardship.rules.identity_names import Meaning
from hardship.rules.listed_identities import Said
from policy.conditions import Scalar


@dataclass(frozen=True, slots=True)
class ListedIdentity:
    """An identity as a row says it.

    :param name: made alike; what it means is asked later
    :param since: first day; null = the row does not say
    :param until: last day, as on a certificate; null = without term
    :param carrying: attributes and days are those of a category that carries this attribute; empty = of any
    """

    name: str
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    since: datetime.date | None = None
    until: datetime.date | None = None
    carrying: str = ""

    def contradicts(self, meaning: Meaning) -> bool:
        """Return whether its name says otherwise than the columns (已消除风险的… beside 否)."""
        by_name, by_column = meaning.attributes.get(self.carrying), self.attributes.get(self.carrying)
        return by_name is not None and by_column is not None and by_name != by_column

    def said(self, meaning: Meaning) -> Said:
        """Return what it says if its name means `meaning`; columns that are not about such an identity say nothing."""
        if self.carrying and self.carrying not in meaning.carries:
            return Said(meaning.category, meaning.attributes)
        return Said(meaning.category, {**meaning.attributes, **self.attributes}, self.since, self.until)

    def as_kept(self) -> dict[str, Any]:
        """Return it as a row keeps it."""
        carrying = {"carrying": self.carrying} if self.carrying else {}
        return {
            "name": self.name,
            "attributes": dict(self.attributes),
            "since": _text(self.since),
            "until": _text(self.until),
            **carrying,
        }


def identity_kept(kept: Mapping[str, Any]) -> ListedIdentity:
    """Return the identity that a row keeps."""
    return ListedIdentity(
        kept["name"], kept["attributes"], _day(kept["since"]), _day(kept["until"]), kept.get("carrying", "")
    )


def _text(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)
