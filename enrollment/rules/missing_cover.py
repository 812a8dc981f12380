"""Which days of a spell of cover are not on record yet: what a later list adds, never twice and never in silence."""

import datetime
from collections.abc import Iterable

Days = tuple[datetime.date, datetime.date]  # [from, to)
Known = tuple[datetime.date, datetime.date | None]  # [from, to), null = still on
ONE_DAY = datetime.timedelta(days=1)


def missing_parts(told: Days, known: Iterable[Known]) -> list[Days]:
    """Return the parts of a spell that no known one covers, in order.

    :param told: the spell, not empty
    :param known: spells of the same scheme
    """
    since, end = told
    parts = []
    for starts, ends in sorted(known, key=lambda spell: spell[0]):
        if starts >= end:
            break
        if since < starts:
            parts.append((since, starts))
        since = max(since, ends or end)
    return [*parts, (since, end)] if since < end else parts


def parts_text(parts: Iterable[Days]) -> str:
    """Return the parts as staff read them, last days included."""
    return "、".join(f"{first} 至 {end - ONE_DAY}" for first, end in parts)
