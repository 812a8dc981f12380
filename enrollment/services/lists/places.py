"""Areas that lists name by their codes, and where each is pooled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from enrollment.parsers.residents import RegisteredLine
from registry.models import Area

HEADINGS = {"hukou_area": "户籍地区划", "living_area": "居住地区划"}
Problem = tuple[str, str, str]  # code, message, column


@dataclass(frozen=True, slots=True)
class Places:
    """Code → key of the area, and code → key of the body that pools it; codes of nothing are missing.

    :ivar paths: code → path of the area
    """

    areas: Mapping[str, int]
    pooling: Mapping[str, int]
    paths: Mapping[str, str] = field(default_factory=dict)

    def is_in(self, code: str, area: Area) -> bool:
        """Return whether the area of a code is `area` or below it."""
        return self.paths.get(code, "").startswith(area.path)


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
    areas = {area.code: area.pk for area in found}
    return Places(areas, nearest, {area.code: area.path for area in found})


def place_problem(line: RegisteredLine, places: Places, area: Area) -> Problem | None:
    """Return code, message and column where an area of the line is not one, or people live outside the list's."""
    for column in ("hukou_area", "living_area"):
        code = getattr(line, column)
        if code not in places.areas:
            return "area_unknown", f"没有代码为“{code}”的地区", HEADINGS[column]
    if line.living_area not in places.pooling:
        return "no_pooling_area", f"“{line.living_area}”不属于任何统筹地区", HEADINGS["living_area"]
    if not places.is_in(line.living_area, area):
        said = f"“{line.living_area}”不在{area.name}；住在外地的由居住地登记，跨地区迁移由上级办理"
        return "outside_area", said, HEADINGS["living_area"]
    return None
