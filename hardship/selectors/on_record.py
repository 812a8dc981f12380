"""What the records say of a person's identities, with who recognized them: for partners and for the person's file."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hardship.models import Category, Recognition
from hardship.selectors.identities import categories_on
from registry.batch.chronicles import chronicle

COLUMNS = ("category_id", "valid_from", "valid_to", "attributes", "authority")


@dataclass(frozen=True, slots=True)
class HeldIdentity:
    """An identity held on a day.

    :param since: first day of the unbroken time; `valid_from` is the first day of the record that covers the day
    :param valid_to: first day it no longer holds; null = open
    :param attributes: only those the register of categories declares: no remarks of the authority
    """

    category: str
    label: str
    since: datetime.date | None
    valid_from: datetime.date
    valid_to: datetime.date | None
    authority: str
    attributes: dict[str, Any]


def identities_on_record(
    *, resident_id: int, day: datetime.date, known_at: datetime.datetime | None = None
) -> list[HeldIdentity]:
    """Return the identities held on `day` by category code, with period and authority, in three queries.

    :param known_at: as the records stood at that moment; null = as they stand now
    """
    since = {
        each.category: each.since
        for each in categories_on(resident_ids=[resident_id], day=day, known_at=known_at)[resident_id]
    }
    categories = Category.objects.in_bulk(since)
    found = []
    for row in sorted(_rows(resident_id, known_at), key=lambda each: str(each[0])):
        category, valid_from, valid_to, attributes, authority = row
        if valid_from > day or (valid_to is not None and valid_to <= day):
            continue
        declared = categories[category].attributes
        found.append(
            HeldIdentity(
                category,
                categories[category].label,
                since.get(category),
                valid_from,
                valid_to,
                authority,
                {name: value for name, value in attributes.items() if name in declared},
            )
        )
    return found


def _rows(resident_id: int, known_at: datetime.datetime | None) -> Iterable[tuple[Any, ...]]:
    if known_at is None:
        return Recognition.objects.filter(resident_id=resident_id).values_list(*COLUMNS)
    return chronicle(Recognition, COLUMNS, owners=[resident_id], until=known_at).at(resident_id, known_at)
