"""First days as a list states them: which cannot be, and what moves with one."""

import datetime
from collections.abc import Callable, Sequence

from hardship.rules.listed_identities import Held
from policy.dates import months_after

Months = Callable[[datetime.date], int | None]
"""First day → how many months a recognition of the category holds; null = until it is ended."""

AFTER_LIST, BEFORE_BIRTH = "starts_after_list", "starts_before_birth"


def doubt_about(
    since: datetime.date | None,
    *,
    as_of: datetime.date,
    born_on: datetime.date,
    is_held: bool,
    is_month: bool = False,
) -> str:
    """Return why a first day cannot be: nobody knows yet what begins after the list's day, nor holds anything unborn.

    The day a household was recognised is often stated for a child born later: who holds the identity already is not
    asked about again.

    :param is_held: whether the identity is on record as of the list
    :param is_month: only the month is stated: somebody born in it began after the birth
    """
    if since is None:
        return ""
    if since > as_of:
        return AFTER_LIST
    if is_held or since >= born_on or (is_month and since == born_on.replace(day=1)):
        return ""
    return BEFORE_BIRTH


def end_moved(record: Held, stated: datetime.date, *, months: Months) -> datetime.date | None:
    """Return the end of a record that is to begin on the stated day: a term of the category's months moves with it.

    An end that a certificate or a person said is not the category's, and stays.
    """
    was, now = months(record.valid_from), months(stated)
    if was is None or now is None or record.valid_to != months_after(record.valid_from, was):
        return record.valid_to
    return months_after(stated, now)


def following(first: Held, same: Sequence[Held]) -> list[Held]:
    """Return the records of a category that go on where a record ends, without a gap: how it was otherwise since."""
    found: list[Held] = []
    for each in sorted(same, key=lambda one: one.valid_from):
        if each.valid_from == (found[-1] if found else first).valid_to:
            found.append(each)
    return found
