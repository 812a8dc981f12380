"""Which ends of recognitions people recorded: no list of an earlier day takes them back by itself."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from hardship.models import Recognition


class Version(NamedTuple):
    """A recognition as it stood from one writing to the next.

    :param written: in which order
    :param batch: the list that wrote it; null = people did
    """

    key: int
    written: int
    resident: int
    category: str
    since: date
    until: date | None
    batch: int | None


Place = tuple[int, str, date | None, date | None]
Cuts = Mapping[Place, Sequence[Sequence[Version]]]


def ended_by_people(recognition_ids: Collection[int]) -> set[int]:
    """Return those of the recognitions whose end somebody recorded or corrected, in one query, or none.

    A term that was known when the recognition was recorded is no such end, nor is one a list brought. The part of a
    recognition that a list began otherwise has the end of the whole: two queries more where a list began any.
    """
    known = _versions(recognition_ids)
    ended = {key for key, versions in known.items() if _is_recorded(versions)}
    parts = {key: versions for key, versions in known.items() if key not in ended and _may_be_part(versions)}
    if not parts:
        return ended
    others = _versions(_of_the_same(versions[0] for versions in parts.values()))
    cuts = _cuts(others.values())
    return ended | {key for key, versions in parts.items() if _is_recorded_of_whole(versions, cuts)}


def _versions(recognition_ids: Collection[int]) -> dict[int, list[Version]]:
    """Return recognition → all its versions, the oldest first."""
    found: defaultdict[int, list[Version]] = defaultdict(list)
    if recognition_ids:
        written = Recognition.history.filter(id__among=recognition_ids).order_by("history_id")
        fields = ("id", "history_id", "resident_id", "category_id", "valid_from", "valid_to", "history_batch")
        for values in written.values_list(*fields):
            version = Version(*values)
            found[version.key].append(version)
    return dict(found)


def _of_the_same(versions: Iterable[Version]) -> set[int]:
    """Return the recognitions, struck out ones too, of the people and categories of some versions."""
    theirs = {(each.resident, each.category) for each in versions}
    written = Recognition.history.filter(
        resident__among={resident for resident, _ in theirs},
        category__in={category for _, category in theirs},
    )
    return set(written.values_list("id", flat=True).distinct())


def _is_recorded(versions: Sequence[Version]) -> bool:
    """Return whether people set the end that the last version has."""
    end = versions[-1].until
    return any(now.batch is None and was.until != now.until == end for was, now in pairwise(versions))


def _may_be_part(versions: Sequence[Version]) -> bool:
    """Return whether a list began what still ends as it did then."""
    return versions[0].batch is not None and versions[0].until == versions[-1].until is not None


def _is_recorded_of_whole(versions: Sequence[Version], cuts: Cuts) -> bool:
    """Return whether people set the end of what lists split, once or more often, to begin the part."""
    while _may_be_part(versions):
        part = versions[0]
        wholes = cuts.get((part.resident, part.category, part.since, part.until), ())
        whole = next((each for each in reversed(wholes) if each[-1].written < part.written), None)
        if whole is None:
            return False
        if _is_recorded(whole):
            return True
        versions = whole
    return False


def _cuts(known: Iterable[Sequence[Version]]) -> Cuts:
    """Return whose recognition a list ended on which day, and the end it had → its versions before, each time."""
    found: defaultdict[Place, list[Sequence[Version]]] = defaultdict(list)
    for versions in known:
        for place, (was, now) in enumerate(pairwise(versions), start=1):
            if now.batch is not None and now.until not in (None, was.until):
                found[now.resident, now.category, now.until, was.until].append(versions[:place])
    return found
