"""Decisions about earlier lists that leave the register as it is, while lists of the kind go on saying the same."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, TypedDict

from django.db.models import QuerySet

from exchange.models import BatchMode, BatchStatus, Decision, InboundBatch, InboundRow, RowResolution
from hardship.rules.identity_names import Meaning, understood
from hardship.selectors.listed import paths_down_to
from hardship.selectors.names import names_said
from hardship.selectors.numbers import numbers_of
from hardship.selectors.resting import RESTED_ON
from hardship.selectors.statements import said_by

NOT_THE_ISSUER = "not_the_issuer"
STARTS_DIFFER = "start_differs"
LATER_END = "later_ending"
DECIDED_BEFORE = (
    "decided_before"  # of a row that follows an earlier decision; deciding it anew supersedes that
)
LASTING = (NOT_THE_ISSUER, STARTS_DIFFER, LATER_END, DECIDED_BEFORE)
ASKED = "decided_categories"  # what a row keeps: the categories its own decision was about
FOLLOWED = "followed_categories"  # … and those it leaves aside by a decision about an earlier row
KEPT_ENDS = "kept_ends"  # … the ends on record that stay by its own decision, each a `KeptEnd`
FOLLOWED_ENDS = "followed_ends"  # … and the categories whose ends stay by a decision about an earlier row
FOLLOWING = {NOT_THE_ISSUER: FOLLOWED, LATER_END: FOLLOWED_ENDS}


class Statement(NamedTuple):
    """What a list says of somebody: the question it raises, the category; a day, and the record, if any.

    :param record: as it stood: once it is another, or ends another day, it is another question
    """

    resident_id: int
    code: str
    category: str
    day: str = ""
    record: str = ""


class KeptEnd(TypedDict):
    """An end on record, and the term of a list that does not count against it, as a row keeps them; ISO days.

    :param stated: the first day after the term the list gives; null = it gives 长期
    """

    category: str
    recognition: int
    since: str
    ended: str
    stated: str | None


def said_against_end(resident_id: int, kept: KeptEnd) -> Statement:
    """Return what a list says of somebody by a term that is later than the end on record."""
    record = f"{kept['recognition']} {kept['since']} {kept['ended']}"
    return Statement(resident_id, LATER_END, kept["category"], kept["stated"] or "", record)


@dataclass(frozen=True, slots=True)
class DecidedBefore:
    """A decision that the register stays, and the row of a list it was taken about.

    :param rested_on: that list, and those in force without which the row might have come out otherwise
    """

    row_id: int
    batch_id: int
    number: int
    sheet: str
    at: datetime.datetime
    rested_on: frozenset[int] = frozenset()


def decided_before(batch: InboundBatch, *, known: Mapping[str, Meaning]) -> Mapping[Statement, DecidedBefore]:
    """Return the statements about which it was decided, of other lists of the kind in force, that the register stays.

    Decisions about lists of the batch's area and of those above count, never those of a sister area. The latest
    counts, as long as every full list for the area since that speaks of it has said the same. One query where nothing
    was decided, two where no list came since, else four, and one more where a list since does not name a person.

    :param known: names made alike → meaning
    """
    found: dict[Statement, DecidedBefore] = {}
    for made in _decisions(batch):
        row = made.row
        for statement in _statements(row.payload, code=made.code):
            found.pop(statement, None)
            if made.decision == Decision.KEEP:
                lists = frozenset({row.batch_id, *row.payload.get(RESTED_ON, ())})
                found[statement] = DecidedBefore(
                    row.pk, row.batch_id, row.number, row.sheet, made.at, rested_on=lists
                )
    return _still_said(found, batch, known=known) if found else {}


def _decisions(batch: InboundBatch) -> QuerySet[RowResolution]:
    """Return the decisions about rows of other lists in force that count for one, in the order they were taken."""
    of_others = RowResolution.objects.filter(
        code__in=LASTING,
        reopened_by__isnull=True,
        row__payload__has_key="resident",
        row__batch__kind=batch.kind,
        row__batch__status=BatchStatus.APPLIED,
        row__batch__area__path__in=paths_down_to(batch.area),
    )
    return of_others.exclude(row__batch=batch).select_related("row").order_by("pk")


def _statements(payload: Mapping[str, Any], *, code: str) -> Iterator[Statement]:
    """Yield what the decision about a row was about, and nothing else that the row says."""
    if code == STARTS_DIFFER:
        for each in payload.get("starts", ()):
            yield Statement(payload["resident"], code, each["category"], each["stated"])
        return
    if code != LATER_END:
        for category in payload.get(ASKED, ()):
            yield Statement(payload["resident"], NOT_THE_ISSUER, category)
    if code != NOT_THE_ISSUER:
        for kept in payload.get(KEPT_ENDS, ()):
            yield said_against_end(payload["resident"], kept)


def _still_said(
    found: Mapping[Statement, DecidedBefore], batch: InboundBatch, *, known: Mapping[str, Meaning]
) -> dict[Statement, DecidedBefore]:
    """Return those that no full list for the area has left unsaid since.

    A list that names neither the person nor the category, as a file of another category, says nothing about it.
    """
    lists = dict(
        InboundBatch.objects.filter(
            kind=batch.kind,
            status=BatchStatus.APPLIED,
            mode=BatchMode.FULL,
            area__path__in=paths_down_to(batch.area),
            applied_at__gt=min(each.at for each in found.values()),
        )
        .exclude(pk=batch.pk)
        .values_list("pk", "applied_at")
    )
    if not lists:
        return dict(found)
    people = {each.resident_id for each in found}
    said = _said_of(people, lists, known=known)
    silent = {pk for pk in lists if any((pk, person) not in said for person in people)}
    spoken_of = _spoken_of(silent, known=known) if silent else {}

    def leaves_out(pk: int, each: Statement) -> bool:
        if (pk, each.resident_id) in said:
            return each.category not in said[pk, each.resident_id]
        return each.category in spoken_of.get(pk, ())

    return {
        each: decision
        for each, decision in found.items()
        if not any(
            leaves_out(pk, each)
            for pk, applied_at in lists.items()
            if applied_at is not None and applied_at > decision.at
        )
    }


def _said_of(
    people: Collection[int], lists: Collection[int], *, known: Mapping[str, Meaning]
) -> dict[tuple[int, int], set[str]]:
    """Return (list, resident) → the categories its rows give them, by any number they ever had."""
    holders = numbers_of(people)
    said: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    rows = InboundRow.objects.filter(batch__in=list(lists), key__among=list(holders))
    for batch_id, key, identities in rows.values_list("batch_id", "key", "payload__identities"):
        for resident_id in holders[bytes(key or b"")]:
            said[batch_id, resident_id] |= _categories(identities or (), known)
    return dict(said)


def _categories(identities: Collection[Mapping[str, str]], known: Mapping[str, Meaning]) -> set[str]:
    said = chain.from_iterable(said_by(each, understood(each["name"], known)) for each in identities)
    return {each.category for each in said}


def _spoken_of(lists: Collection[int], *, known: Mapping[str, Meaning]) -> dict[int, set[str]]:
    """Return list → the categories it names of anybody."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for name, batch_id, _ in names_said(lists):
        if meaning := understood(name, known):
            found[batch_id] |= {meaning.category, *meaning.also}
    return found
