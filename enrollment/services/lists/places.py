"""Areas that lists name by their codes, and where each is pooled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from registry.models import Area


@dataclass(frozen=True, slots=True)
class Places:
    """Code → key of the area, and code → key of the body that pools it; codes of nothing are missing."""

    areas: Mapping[str, int]
    pooling: Mapping[str, int]


def places_of(codes: Iterable[str]) -> Places:
    """Return the places of codes, in two queries."""
    found = list(Area.objects.filter(code__in=set(codes)))
    chains = {area.code: area.path.strip("/").split("/")[::-1] for area in found}
    above = {code for chain in chains.values() for code in chain}
    pools = dict(Area.objects.filter(code__in=above, is_pooling_area=True).values_list("code", "pk"))
    nearest = {
        code: pools[body]
        for code, chain in chains.items()
        for body in [next((each for each in chain if each in pools), None)]
        if body is not None
    }
    return Places({area.code: area.pk for area in found}, nearest)
