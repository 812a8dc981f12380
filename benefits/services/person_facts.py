"""What a settlement knew of a person, kept with the claim so that settling anew knows the same.

`later` holds, by layer, the identities a decision of afterwards put in the place of those known then, which stay.
"""

import datetime
from collections.abc import Iterable
from typing import Any

from policy.conditions import Identity, Person


def facts_kept(person: Person) -> dict[str, Any]:
    """Return the person as JSON, what is empty left out; the day and year are the claim's own."""
    facts = {
        "born_on": person.born_on.isoformat() if person.born_on else None,
        "identities": _as_json(person.identities),
        "population": person.population,
        "has_local_hukou": person.has_local_hukou,
        "held_at_previous_year_end": sorted(person.held_at_previous_year_end),
        "events": {name: day.isoformat() for name, day in person.events.items()},
        "employee_months": person.employee_months,
    }
    return {name: value for name, value in facts.items() if value not in (None, [], {}, 0) or value is False}


def person_of(facts: dict[str, Any], *, day: datetime.date, coverage_year: int, layer: str = "") -> Person:
    """Return the person as the settlement of `day` knew them.

    :param layer: "critical_illness" or "medical_assistance": with what was decided of it later; empty = as known then
    """
    return Person(
        day=day,
        coverage_year=coverage_year,
        born_on=_day(facts.get("born_on")),
        identities=identities_of(facts, layer),
        population=facts.get("population", "resident"),
        has_local_hukou=facts.get("has_local_hukou"),
        held_at_previous_year_end=frozenset(facts.get("held_at_previous_year_end", ())),
        events={name: datetime.date.fromisoformat(day) for name, day in facts.get("events", {}).items()},
        employee_months=facts.get("employee_months", 0),
    )


def identities_of(facts: dict[str, Any], layer: str = "") -> tuple[Identity, ...]:
    """Return the identities a layer was settled by."""
    kept = facts.get("later", {}).get(layer, facts.get("identities", ()))
    return tuple(Identity(each["category"], _day(each["since"]), each["attributes"]) for each in kept)


def with_later(facts: dict[str, Any], layer: str, identities: Iterable[Identity]) -> dict[str, Any]:
    """Return the facts with other identities for a layer from now on."""
    return facts | {"later": facts.get("later", {}) | {layer: _as_json(identities)}}


def _as_json(identities: Iterable[Identity]) -> list[dict[str, Any]]:
    return [
        {
            "category": identity.category,
            "since": identity.since.isoformat() if identity.since else None,
            "attributes": dict(identity.attributes),
        }
        for identity in identities
    ]


def _day(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None
