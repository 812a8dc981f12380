"""How the subsidy of a year stands: due, asked for, signed, received, missing and late, place by place."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from enrollment.rules.financing import fiscal_year_rules
from enrollment.rules.fiscal_accounts import Missing, PlaceSums, account_path, missing_at
from enrollment.rules.subsidy_split import LEVELS
from enrollment.rules.transfers import TransferStatus, transfer_status
from enrollment.selectors.subsidies import Key, SubsidySums, received_above, subsidy_sums
from enrollment.services.transfers import fiscal_policy
from policy.errors import RuleNotPublished
from policy.money import ZERO
from policy.schema.financing import FiscalYear
from registry.models import Area
from registry.selectors import area_chain, areas_under


@dataclass(frozen=True, slots=True)
class Standing:
    """One place's subsidy of one component from one level of government.

    :param missing: null = the money is accounted for by `account`, a body above the place
    :param above: yuan recorded for areas above the place, named for nobody below them
    :param status: of what is missing in any case; null = nothing to judge: no account of its own, or no document sets
        a day by which the money must be there
    """

    area: Area
    key: Key
    sums: SubsidySums
    missing: Missing | None
    account: Area | None
    above: Decimal
    status: TransferStatus | None


def subsidy_standing(*, area: Area, year: int, on: datetime.date) -> list[Standing]:
    """Return how `area` as a whole stands at the end of `on`, then each area directly below it.

    What was recorded for `area` itself, money or people, is in its own lines and in none of those below. Missing and
    late is said of the area whose fiscal account the money has to reach, never of one below it.

    :raises PolicyNotFound: if no policy of the area speaks of that fiscal year
    """
    fiscal = fiscal_year_rules(fiscal_policy(area, year).financing, year)
    below = list(Area.objects.filter(parent=area).order_by("path"))
    places = _Places(
        paths=dict(areas_under(area).values_list("pk", "path")),
        sums=subsidy_sums(area=area, year=year, on=on),
        known={each.code: each for each in Area.objects.filter(code__in=area_chain(area))}
        | {each.code: each for each in below},
        pooling=set(Area.objects.filter(is_pooling_area=True).values_list("code", flat=True)),
    )
    above = received_above(area=area, year=year, on=on)
    own = places.sums.get(area.pk, {})
    return [
        places.standing(
            top,
            key,
            above=above.get(key, ZERO) + (own[key].received if top != area and key in own else ZERO),
            fiscal=fiscal,
            on=on,
        )
        for top in (area, *below)
        for key in places.keys_at(top)
    ]


def total_of(lines: Sequence[Standing]) -> SubsidySums:
    """Return the sums of lines together."""
    total = SubsidySums()
    for line in lines:
        total.add(line.sums)
    return total


@dataclass(frozen=True, slots=True)
class _Places:
    """Every place below an area with its sums.

    :param known: areas that may be asked about, or hold an account, by code
    :param pooling: codes of areas that pool funds
    """

    paths: dict[int, str]
    sums: dict[int, dict[Key, SubsidySums]]
    known: dict[str, Area]
    pooling: Collection[str]

    def keys_at(self, top: Area) -> list[Key]:
        """Return the components and levels of which there is anything at or below an area, the highest level first."""
        found = {
            key for pk, by_key in self.sums.items() if self.paths[pk].startswith(top.path) for key in by_key
        }
        order = {level: nth for nth, level in enumerate(LEVELS)}
        return sorted(found, key=lambda key: (key[0], order.get(key[1], len(order)), key[1]))

    def standing(
        self, top: Area, key: Key, *, above: Decimal, fiscal: FiscalYear, on: datetime.date
    ) -> Standing:
        """Return how an area stands."""
        total, found = SubsidySums(), []
        for pk, by_key in self.sums.items():
            if key in by_key and self.paths[pk].startswith(top.path):
                total.add(by_key[key])
                found.append(PlaceSums(self.paths[pk], by_key[key].due, by_key[key].received))
        level = key[1]
        missing = missing_at(top.path, found, level=level, pooling=self.pooling, above=above)
        path = account_path(top.path, level=level, pooling=self.pooling)
        account = self.known.get(path.strip("/").rpartition("/")[2]) if path and missing is None else None
        status = _status(fiscal, total, missing, on) if missing is not None else None
        return Standing(top, key, total, missing, account, above, status)


def _status(
    fiscal: FiscalYear, sums: SubsidySums, missing: Missing, on: datetime.date
) -> TransferStatus | None:
    try:
        return transfer_status(
            fiscal, due=sums.due, received=max(ZERO, sums.due - missing.least), on=on
        ).value
    except RuleNotPublished:
        return None
