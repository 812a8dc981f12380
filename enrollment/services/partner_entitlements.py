"""Entitlement as partners ask for it: many people by number, those outside the agency's area unknown."""

import datetime
from collections.abc import Sequence

from enrollment.selectors import Entitlement, entitlements_on
from exchange.models import Agency
from exchange.services.people import look_up

NOBODY = Entitlement(
    covered=False,
    since=None,
    until=None,
    code="resident_not_found",
    why="本部门地区范围内没有该证件号码的参保人。",
    what_to_do="请核对证件号码和参保地。",
)


def entitlements_of(
    *, agency: Agency, checks: Sequence[tuple[str, datetime.date]], known_at: datetime.datetime | None = None
) -> list[Entitlement]:
    """Return the answers in order, and log whom the agency asked about; the queries do not grow with them.

    :param checks: identity number and day
    :param known_at: as the records stood at that moment; null = as they stand now
    """
    people = look_up(
        agency=agency, id_numbers={number for number, _ in checks}, purpose="接口查询待遇资格"
    ).own
    asked = [(people[number], day) if number in people else None for number, day in checks]
    found = entitlements_on((each for each in asked if each is not None), known_at=known_at)
    return [NOBODY if each is None else found[each] for each in asked]
