"""First days that cannot be as a list states them."""

import datetime

AFTER_LIST, BEFORE_BIRTH = "starts_after_list", "starts_before_birth"


def doubt_about(
    since: datetime.date | None, *, as_of: datetime.date, born_on: datetime.date, is_held: bool
) -> str:
    """Return why a first day cannot be: nobody knows yet what begins after the list's day, nor holds anything unborn.

    The day a household was recognised is often stated for a child born later: who holds the identity already is not
    asked about again.

    :param is_held: whether the identity is on record as of the list
    """
    if since is None:
        return ""
    if since > as_of:
        return AFTER_LIST
    return BEFORE_BIRTH if since < born_on and not is_held else ""
