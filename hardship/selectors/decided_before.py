"""Decisions about earlier lists that leave the register as it is, while lists of the kind go on saying the same."""

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from django.db.models import QuerySet

from exchange.models import BatchMode, BatchStatus, Decision, InboundBatch, InboundRow, RowResolution
from hardship.rules.identity_names import Meaning, understood
from hardship.selectors.listed import paths_down_to
from hardship.selectors.statements import said_by

NOT_THE_ISSUER = "not_the_issuer"
STARTS_DIFFER = "start_differs"
DECIDED_BEFORE = (
    "decided_before"  # of a row that follows an earlier decision; deciding it anew supersedes that
)
LASTING = (NOT_THE_ISSUER, STARTS_DIFFER, DECIDED_BEFORE)


class Statement(NamedTuple):
    """What a list says of somebody: `key` of their number, the question it raises, the category; a day, if any."""

    key: bytes
    code: str
    category: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class DecidedBefore:
    """A decision that the register stays, and the row of a list it was taken about."""

    row_id: int
    batch_id: int
    number: int
    sheet: str
    at: datetime.datetime


def decided_before(batch: InboundBatch, *, known: Mapping[str, Meaning]) -> Mapping[Statement, DecidedBefore]:
    """Return the statements about which it was decided, of other lists of the kind in force, that the register stays.

    The latest decision counts, as long as every full list for the area since has said the same. One query where
    nothing was decided, two where no list came since, else three.

    :param known: names made alike → meaning
    """
    found: dict[Statement, DecidedBefore] = {}
    for made in _decisions(batch):
        row = made.row
        for statement in _statements(row, code=made.code, known=known):
            found.pop(statement, None)
            if made.decision == Decision.KEEP:
                found[statement] = DecidedBefore(row.pk, row.batch_id, row.number, row.sheet, made.at)
    return _still_said(found, batch, known=known) if found else {}


def _decisions(batch: InboundBatch) -> QuerySet[RowResolution]:
    """Return the decisions about rows of other lists of the kind in force, in the order they were taken."""
    of_others = RowResolution.objects.filter(
        code__in=LASTING,
        row__key__isnull=False,
        row__batch__kind=batch.kind,
        row__batch__status=BatchStatus.APPLIED,
    )
    return of_others.exclude(row__batch=batch).select_related("row").order_by("pk")


def _statements(row: InboundRow, *, code: str, known: Mapping[str, Meaning]) -> Iterator[Statement]:
    key = bytes(row.key or b"")
    if code == STARTS_DIFFER:
        for each in row.payload.get("starts", ()):
            yield Statement(key, code, each["category"], each["stated"])
        return
    for category in _categories(row.payload.get("identities", ()), known):
        yield Statement(key, NOT_THE_ISSUER, category)


def _categories(identities: Collection[Mapping[str, str]], known: Mapping[str, Meaning]) -> set[str]:
    said = chain.from_iterable(said_by(each, understood(each["name"], known)) for each in identities)
    return {each.category for each in said}


def _still_said(
    found: Mapping[Statement, DecidedBefore], batch: InboundBatch, *, known: Mapping[str, Meaning]
) -> dict[Statement, DecidedBefore]:
    """Return those that no full list for the area has left unsaid since."""
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
    rows = InboundRow.objects.filter(batch__in=lists, key__among={each.key for each in found})
    said = {
        (batch_id, bytes(key or b""), category)
        for batch_id, key, identities in rows.values_list("batch_id", "key", "payload__identities")
        for category in _categories(identities or (), known)
    }
    return {
        each: decision
        for each, decision in found.items()
        if all(
            (pk, each.key, each.category) in said
            for pk, applied_at in lists.items()
            if applied_at is not None and applied_at > decision.at
        )
    }
