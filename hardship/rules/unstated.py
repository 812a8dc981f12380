"""Where a list and the records part though it changes nothing: another first day, nothing said, said not to be."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from hardship.rules.listed_identities import Change, Doing, Held, Said
from hardship.rules.stated_days import following


def other_starts(
    said: Sequence[Said], held: Sequence[Held], *, as_of: datetime.date, own: AbstractSet[str]
) -> Iterator[tuple[Said, Held]]:
    """Yield what the list gives since a day, or month, in which no record begins, with the first of what stands.

    Records that follow one another without a gap are one spell.

    :param own: categories the lister answers for
    """
    for each in said:
        if each.since is None or each.category not in own:
            continue
        spells = sorted(
            (one for one in held if one.category == each.category), key=lambda one: one.valid_from
        )
        if any(one.covers(as_of) for one in spells) and not any(
            each.begins_on(one.valid_from) for one in spells
        ):
            yield each, _first(spells, as_of=as_of)


def is_of_a_part(
    since: datetime.date, first: Held, changes: Sequence[Change], *, as_of: datetime.date
) -> bool:
    """Return whether a stated first day lies within a spell that is of several kinds: it is not the first record's.

    :param first: of the spell that covers the day `as_of`
    :param changes: what the list does: it may make the record another kind
    """
    is_split = any(each.do is Doing.SPLIT and each.recognition == first.key for each in changes)
    return since > first.valid_from and (is_split or not first.covers(as_of))


def kinds_of_spell(
    first: Held, same: Sequence[Held], changes: Sequence[Change]
) -> list[tuple[datetime.date, Mapping[str, Any]]]:
    """Return since which day a spell was of which kind, the earliest first: day and attributes.

    :param first: its first record
    :param same: all records of the category
    :param changes: what the list does: it may make the last one another kind
    """
    spell = [first, *following(first, same)]
    keys = {each.key for each in spell}
    split = [each for each in changes if each.do is Doing.SPLIT and each.recognition in keys]
    return [
        *((each.valid_from, each.attributes) for each in spell),
        *((each.on, each.attributes) for each in split),
    ]


def unstated(
    said: Sequence[Said],
    held: Sequence[Held],
    changes: Sequence[Change],
    *,
    as_of: datetime.date,
    own: AbstractSet[str],
) -> list[Held]:
    """Return what stands of the lister's own that the list neither gives nor changes."""
    spoken = {each.category for each in said} | {change.category for change in changes}
    return [each for each in held if each.covers(as_of) and each.category in own - spoken]


def denied_yet_standing(
    denied: AbstractSet[str], held: Sequence[Held], changes: Sequence[Change], *, as_of: datetime.date
) -> list[Held]:
    """Return what stands though the list says that the person does not hold it."""
    return unstated((), held, changes, as_of=as_of, own=denied)


def _first(spells: Sequence[Held], *, as_of: datetime.date) -> Held:
    """Return the first record of the spell that covers a day."""
    first = next(each for each in spells if each.covers(as_of))
    for each in reversed(spells):
        if each.valid_to == first.valid_from:
            first = each
    return first
