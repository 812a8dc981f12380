"""Which county's own tiers and funds concern a person."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from registry.models import Area, AreaLevel, Resident
from registry.selectors import area_chain

Key = TypeVar("Key")


def counties_of(*, resident_ids: Collection[int]) -> dict[int, str | None]:
    """Return the code of the county each resident lives in; null = none between them and the province."""
    return counties_at(
        dict(Resident.objects.filter(pk__among=resident_ids).values_list("pk", "living_area__path"))
    )


def counties_at(paths: Mapping[Key, str]) -> dict[Key, str | None]:
    """Return the code of the county at or above each path, by the same key; null = none below the province."""
    codes = {code for path in paths.values() for code in path.strip("/").split("/")}
    counties = set(Area.objects.filter(code__in=codes, level=AreaLevel.COUNTY).values_list("code", flat=True))
    return {
        pk: next((code for code in reversed(path.strip("/").split("/")) if code in counties), None)
        for pk, path in paths.items()
    }


def county_of(resident: Resident) -> str | None:
    """Return the code of the county the resident lives in; null = none between them and the province."""
    return county_in(resident.living_area)


def county_in(area: Area) -> str | None:
    """Return the code of the county at or above `area`; null = none between it and the province."""
    chain = area_chain(area)
    counties = set(Area.objects.filter(code__in=chain, level=AreaLevel.COUNTY).values_list("code", flat=True))
    return next((code for code in chain if code in counties), None)
