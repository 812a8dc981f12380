"""The people of a run, in force or not: a sample that is the same for everybody, or who fits a search."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from benefits.batch.incentive_differences import BEFORE, CHANGE, PERSON
from benefits.batch.incentive_facts import table
from benefits.batch.run_tables import COLUMNS, figures_of
from benefits.models import IncentiveRun, IncentiveState
from hardship.models import Recognition
from registry.models import Area, Resident
from registry.selectors import areas_under

SAMPLE = 30
CONDITIONS = {
    "resident_ids": "state.resident_id = ANY(%(resident_ids)s)",
    "name": "starts_with(person.name, %(name)s)",
    "change": f"{CHANGE} = %(change)s",
    "places": "person.living_area_id = ANY(%(places)s)",
    "category": f"""
        EXISTS (SELECT FROM {table(Recognition)} AS held
                WHERE held.resident_id = state.resident_id AND held.category_id = %(category)s
                  AND held.valid_from <= %(day)s AND (held.valid_to IS NULL OR held.valid_to > %(day)s))""",
    "after": "state.resident_id > %(after)s",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom somebody asks for; what is null is not asked.

    :param change: of the cap, in yuan
    :param after: the person after whom to go on, by key
    """

    resident_ids: Sequence[int] | None = None
    name: str | None = None
    change: Decimal | None = None
    town: Area | None = None
    category: str | None = None
    after: int | None = None

    def values(self) -> dict[str, Any]:
        """Return what the conditions bind, by their names."""
        asked = {name: getattr(self, name) for name in ("name", "change", "category", "after")}
        if self.resident_ids is not None:
            asked["resident_ids"] = list(self.resident_ids)
        if self.town is not None:
            asked["places"] = list(areas_under(self.town).values_list("pk", flat=True))
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Counted:
    """A person of a run.

    :param before: the cap before, in yuan; of somebody whom nobody counted the year before, the base cap
    """

    state: IncentiveState
    before: Decimal | None
    person: Resident = field(repr=False)


def sample_of(run: IncentiveRun, *, base_cap: Decimal | None) -> list[Counted]:
    """Return some people of a run by chance, the same ones whenever it is asked; two queries."""
    order = "ORDER BY hashint8extended(state.resident_id, %(seed)s), state.resident_id LIMIT %(most)s"
    return _counted(run, order, {"base_cap": base_cap, "seed": run.pk, "most": SAMPLE})


def people_of(run: IncentiveRun, wanted: Wanted, *, base_cap: Decimal | None, most: int) -> list[Counted]:
    """Return the first people of a run who fit, by key; two queries, and one for a town."""
    values = wanted.values()
    asked = " AND ".join(CONDITIONS[name] for name in values) or "true"
    tail = f"WHERE {asked} ORDER BY state.resident_id LIMIT %(most)s"
    day = datetime.date(run.year, 12, 31)
    return _counted(run, tail, values | {"base_cap": base_cap, "day": day, "most": most})


def _counted(run: IncentiveRun, tail: str, values: dict[str, Any]) -> list[Counted]:
    rows = figures_of(
        run.pk,
        f"{', '.join(f'state.{name}' for name in COLUMNS)}, coalesce(before.next_cap, %(base_cap)s) AS before",
        f"{PERSON} {BEFORE} {tail}",
        values | {"before": run.year - 1},
    )
    people = Resident.objects.select_related("living_area").in_bulk([row["resident_id"] for row in rows])
    return [
        Counted(before=row.pop("before"), person=people[row["resident_id"]], state=IncentiveState(**row))
        for row in rows
    ]
