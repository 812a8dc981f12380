"""Whose funds a list of payments may speak of: money for another fund is neither booked there nor lost."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from enrollment.models import HoldReason
from enrollment.services.booking.holds import Hold
from enrollment.services.booking.rows import Incoming
from registry.models import Area
from registry.selectors import pools_of


@dataclass(slots=True)
class Funds:
    """What the chunks of one call have learned of funds.

    :ivar of_lists: area whose list it is → the funds it has to do with
    :ivar names: fund → what it is called
    """

    of_lists: dict[int, frozenset[int]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def learn(self, area_ids: Iterable[int | None]) -> None:
        """Look up the funds of areas whose lists are booked, each once."""
        wanted = {pk for pk in area_ids if pk is not None} - self.of_lists.keys()
        self.of_lists |= {area.pk: pools_of(area) for area in Area.objects.filter(pk__in=wanted)}

    def check(self, row: Incoming, *, fund: int) -> None:
        """Hold money that a list brings for a year insured in another fund than its own."""
        if row.area_id is None or fund in self.of_lists[row.area_id]:
            return
        name = self.names.get(fund) or self.names.setdefault(fund, Area.objects.get(pk=fund).name)
        said = f"{row.row.coverage_year} 年度参保地为{name}，不在清单所属的统筹地区"
        raise Hold(HoldReason.OUTSIDE_AREA, said)
