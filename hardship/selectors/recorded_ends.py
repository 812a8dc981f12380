"""Which ends of recognitions people recorded: no list of an earlier day takes them back by itself."""

from collections.abc import Collection
from itertools import pairwise

from hardship.models import Recognition


def ended_by_people(recognition_ids: Collection[int]) -> set[int]:
    """Return those of the recognitions whose end somebody recorded or corrected, in one query, or none.

    A term that was known when the recognition was recorded is no such end, nor is one a list brought.
    """
    if not recognition_ids:
        return set()
    versions = Recognition.history.filter(id__among=recognition_ids).order_by("id", "history_id")
    told = list(versions.values_list("id", "valid_to", "history_batch"))
    ends = {key: until for key, until, _ in told}
    return {
        key
        for (before, was, _), (key, until, batch) in pairwise(told)
        if key == before and batch is None and until != was and until == ends[key]
    }
