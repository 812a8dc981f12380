"""Whose account government's money has to reach (同级财政专户), and what is missing there.

The centre, the province and the city each send one sum into the account of the body that pools the fund; counties and
districts each put their own share in. So money of the upper levels is missing or late for the pooling area as a
whole, and that of the lower ones county by county; what one county sent too much does not meet another's share.

Source: 黑医保发〔2024〕45号 一(一) “拨付至同级财政专户”; 冀医保函〔2024〕89号 一(三).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from policy.money import ZERO

OWN_ACCOUNT = frozenset(
    {"county", "district", "local"}
)  # levels of which every county pays for its own people
COUNTY_DEPTH = 3  # province / city / county


@dataclass(frozen=True, slots=True)
class PlaceSums:
    """Yuan due for the people of a place, and received under its name; `path` is that of the area."""

    path: str
    due: Decimal
    received: Decimal


@dataclass(frozen=True, slots=True)
class Missing:
    """What has not arrived, in yuan.

    :param most: as recorded, if nothing of what was recorded above is meant for the place
    :param least: if all of it is: this much is missing in any case
    """

    most: Decimal
    least: Decimal


def account_path(path: str, *, level: str, pooling: Collection[str]) -> str | None:
    """Return the path of the area whose account a level's money for a place has to reach; null = one below it.

    :param pooling: codes of areas that pool funds
    """
    codes = path.strip("/").split("/")
    if level in OWN_ACCOUNT:
        depth = COUNTY_DEPTH
    else:
        depth = next((nth for nth in range(len(codes), 0, -1) if codes[nth - 1] in pooling), COUNTY_DEPTH)
    return "/".join(codes[:depth]) + "/" if len(codes) >= depth else None


def missing_at(
    top: str, places: Iterable[PlaceSums], *, level: str, pooling: Collection[str], above: Decimal = ZERO
) -> Missing | None:
    """Return what is missing of a level's money at or below an area; null = its account is one above it.

    Money recorded above the accounts is of nobody in particular: it meets what is missing in any of those below.

    :param places: of this level, at or below `top` or not; each area once
    :param above: recorded for areas above `top`
    """
    account = account_path(top, level=level, pooling=pooling)
    if account is not None and account != top:
        return None
    gaps: defaultdict[str, Decimal] = defaultdict(Decimal)
    unnamed: dict[str, Decimal] = {}
    for place in places:
        if not place.path.startswith(top):
            continue
        own = account_path(place.path, level=level, pooling=pooling)
        gaps[own or place.path] += place.due
        if own is None:
            unnamed[place.path] = place.received
        else:
            gaps[own] -= place.received
    most = sum(_met({path: max(ZERO, gap) for path, gap in gaps.items()}, unnamed).values(), ZERO)
    return Missing(most, max(ZERO, most - max(ZERO, above)))


def _met(gaps: dict[str, Decimal], unnamed: dict[str, Decimal]) -> dict[str, Decimal]:
    """Return what is left of gaps, by path, once money recorded above them has met those below its own place."""
    left = dict(gaps)
    for path in sorted(unnamed, key=len, reverse=True):
        below = [each for each in left if each.startswith(path)]
        missing = sum((left.pop(each) for each in below), ZERO)
        left[path] = max(ZERO, missing - unnamed[path])
    return left
