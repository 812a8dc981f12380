"""How the subsidy of a year stands: due, asked for, signed, received, missing and late, place by place."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from enrollment.rules.financing import fiscal_year_rules
from enrollment.rules.transfers import TransferStatus, transfer_status
from enrollment.selectors.subsidies import Key, SubsidySums, rolled_up, subsidy_sums
from enrollment.services.transfers import fiscal_policy
from policy.errors import RuleNotPublished
from policy.money import ZERO
from policy.schema.financing import FiscalYear
from registry.models import Area
from registry.selectors import areas_under


@dataclass(frozen=True, slots=True)
class Standing:
    """One place's subsidy of one component from one level of government.

    :param status: null = no document sets a day by which the money must be there
    """

    area: Area
    key: Key
    sums: SubsidySums
    status: TransferStatus | None


def subsidy_standing(*, area: Area, year: int, on: datetime.date) -> list[Standing]:
    """Return how `area` as a whole stands at the end of `on`, then each area directly below it.

    What was recorded for `area` itself, money or people, is in its own lines and in none of those below.

    :raises PolicyNotFound: if no policy of the area speaks of that fiscal year
    """
    fiscal = fiscal_year_rules(fiscal_policy(area, year).financing, year)
    tops = [area, *Area.objects.filter(parent=area).order_by("path")]
    paths = dict(areas_under(area).values_list("pk", "path"))
    found = rolled_up(subsidy_sums(area=area, year=year, on=on), paths=paths, tops=tops)
    return [
        Standing(top, key, found[top.pk][key], _status(fiscal, found[top.pk][key], on))
        for top in tops
        for key in sorted(found[top.pk])
    ]


def total_of(lines: Sequence[Standing]) -> SubsidySums:
    """Return the sums of lines together."""
    total = SubsidySums()
    for line in lines:
        total.add(line.sums)
    return total


def _status(fiscal: FiscalYear, sums: SubsidySums, on: datetime.date) -> TransferStatus | None:
    try:
        return transfer_status(fiscal, due=sums.due, received=max(ZERO, sums.received), on=on).value
    except RuleNotPublished:
        return None
