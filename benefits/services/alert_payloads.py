"""What agencies are told about an alert: the columns of the bureau's push list, the identity number masked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benefits.models import Alert
from benefits.selectors.burdens import Burden
from hardship.models import Category
from hardship.selectors import counties_of
from policy.conditions import Person
from registry.models import Area, AreaLevel, Resident

LEVELS = (AreaLevel.COUNTY, AreaLevel.TOWN, AreaLevel.VILLAGE)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """People with the places they live in, by name."""

    residents: Mapping[int, Resident]
    counties: Mapping[int, Area]
    places: Mapping[str, Area]
    labels: Mapping[str, str]

    def area_of(self, resident_id: int) -> Area:
        """Return the county a person lives in; where there is none, the pooling area."""
        return self.counties.get(resident_id) or self.residents[resident_id].pooling_area

    def names(self, resident_id: int) -> dict[str, str]:
        """Return county, town and village by name, as far as there are any."""
        codes = self.residents[resident_id].living_area.path.strip("/").split("/")
        places = [self.places[code] for code in codes]
        return {place.level: place.name for place in places if place.level in LEVELS}


def whereabouts(resident_ids: Collection[int]) -> Whereabouts:
    """Return the people with their places; a few queries however many."""
    residents = Resident.objects.select_related("living_area", "pooling_area").in_bulk(resident_ids)
    codes = {code for each in residents.values() for code in each.living_area.path.strip("/").split("/")}
    places = {area.code: area for area in Area.objects.filter(code__in=codes)}
    county_codes = counties_of(resident_ids=resident_ids)
    return Whereabouts(
        residents=residents,
        counties={pk: places[code] for pk, code in county_codes.items() if code is not None},
        places=places,
        labels=dict(Category.objects.values_list("code", "label")),
    )


def alert_payload(alert: Alert, *, person: Person, burden: Burden, where: Whereabouts) -> dict[str, Any]:
    """Return the event's data; money as text."""
    resident = where.residents[alert.resident_id]
    return {
        "alert": alert.pk,
        "rule": alert.rule,
        "label": alert.rule_label,
        "month": alert.month,
        "resident": alert.resident_id,
        "name": resident.name,
        "masked_id_number": resident.masked_id_number,
        **where.names(alert.resident_id),
        "categories": [
            {"code": code, "label": where.labels.get(code, code)} for code in sorted(person.categories)
        ],
        "amount": _money(alert.amount),
        "threshold": _money(alert.threshold),
        "from": burden.span.first.isoformat(),
        "to": burden.span.last.isoformat(),
        **{name: _money(figure) for name, figure in burden.figures.items()},
        "answer_due_on": None if alert.answer_due_on is None else alert.answer_due_on.isoformat(),
        "policy": alert.policy_key,
        "clauses": sorted({step["clause"] for step in alert.trace if step.get("clause")}),
    }


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
