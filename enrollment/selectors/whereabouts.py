"""Where residents live and are insured, by what was said last."""

import datetime
from collections.abc import Iterable
from typing import NamedTuple

from registry.models import Resident


class Whereabouts(NamedTuple):
    """Where a resident lives and what pools funds there; the day of death and the name are those on record."""

    living_area_id: int
    path: str
    pooling_area_id: int
    died_on: datetime.date | None
    name: str = ""


def whereabouts(resident_ids: Iterable[int]) -> dict[int, Whereabouts]:
    """Return where residents live and are insured, in one query."""
    rows = Resident.objects.filter(pk__among=set(resident_ids)).values_list(
        "pk", "living_area", "living_area__path", "pooling_area", "died_on", "name"
    )
    return {row[0]: Whereabouts(*row[1:]) for row in rows}
