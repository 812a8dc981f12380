"""What a run changes against the state before it, counted inside PostgreSQL over the run's own table."""
# ruff: noqa: S608 - every part is written here or is a number

import datetime
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from benefits.batch.incentive_facts import table
from benefits.batch.run_tables import TABLE, figures_of
from benefits.models import IncentiveRun
from hardship.models import Recognition
from registry.models import Area, AreaLevel, Resident

# The cap of somebody whom nobody counted the year before was the base cap.
CHANGE = "state.next_cap - coalesce(before.next_cap, %(base_cap)s)"
BEFORE = f"""
    LEFT JOIN {TABLE} AS before ON before.year = %(before)s AND before.resident_id = state.resident_id"""
PERSON = f"JOIN {table(Resident)} AS person ON person.id = state.resident_id"
HELD = f"""
    LEFT JOIN (SELECT DISTINCT resident_id, category_id FROM {table(Recognition)}
               WHERE valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)) AS held
           ON held.resident_id = state.resident_id"""
Changes = dict[str, dict[str, int]]  # place or category → change in yuan, "" = no cap → people


def difference_of(run: IncentiveRun, *, base_cap: Decimal | None) -> dict[str, Any]:
    """Return how many people of a run have each cap next year, and by how much it moved, by town and by category.

    `caps`: cap → people, "" = none; `changes`: change in yuan → people; `by_town`: id of the area → change → people;
    `by_category`: code → change → people, "" = no identity on the year's last day; who holds two is in both.
    """
    values = {
        "before": run.year - 1,
        "base_cap": base_cap,
        "day": datetime.date(run.year, 12, 31),
    }
    caps = figures_of(run.pk, "next_cap AS cap, count(*) AS people", "GROUP BY next_cap ORDER BY next_cap")
    places = _changes(run, "person.living_area_id", f"{PERSON} {BEFORE}", values)
    towns = _towns(places)
    by_town: defaultdict[str, Counter[str]] = defaultdict(Counter)
    changes: Counter[str] = Counter()
    for place, counted in places.items():
        by_town[towns[place]].update(counted)
        changes.update(counted)
    return {
        "caps": {_text(row["cap"]): row["people"] for row in caps},
        "changes": changes,
        "by_town": by_town,
        "by_category": _changes(run, "coalesce(held.category_id, '')", f"{HELD} {BEFORE}", values),
    }


def people_elsewhere(run: IncentiveRun) -> int:
    """Return how many of a run's people have a state of its year from another run in force."""
    (found,) = figures_of(
        run.pk,
        "count(*) AS people",
        f"JOIN {TABLE} AS there ON there.year = %(year)s AND there.resident_id = state.resident_id",
        {"year": run.year},
    )
    return int(found["people"])


def _changes(run: IncentiveRun, group: str, joined: str, values: dict[str, Any]) -> Changes:
    rows = figures_of(
        run.pk,
        f"{group} AS grouped, {CHANGE} AS change, count(*) AS people",
        f"{joined} GROUP BY 1, 2 ORDER BY 1, 2",
        values,
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[str(row["grouped"])][_text(row["change"])] = row["people"]
    return dict(found)


def _towns(places: Changes) -> dict[str, str]:
    """Return the town of each place where people live; of a place above the towns itself."""
    living = Area.objects.in_bulk([int(each) for each in places])
    codes = {code for area in living.values() for code in area.path.strip("/").split("/")}
    towns = dict(Area.objects.filter(code__in=codes, level=AreaLevel.TOWN).values_list("code", "pk"))
    return {
        str(pk): str(next((towns[code] for code in area.path.strip("/").split("/") if code in towns), pk))
        for pk, area in living.items()
    }


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else str(amount)
