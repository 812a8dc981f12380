"""What the rows of other lists in force say of people: which identities, of what kind, from when to when."""

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from django.db.models import BigIntegerField
from django.db.models.functions import Cast

from exchange.models import InboundRow, RowOutcome
from hardship.rules.identity_names import Meaning, understood
from hardship.rules.listed_identities import Said
from hardship.rules.stated_identities import identity_kept
from hardship.selectors.numbers import numbers_of

DECIDED = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.UNCHANGED)
WAITING = (RowOutcome.HELD, RowOutcome.CONFLICT)  # of a list in force: what they say may take effect yet


@dataclass(frozen=True, slots=True)
class RowAbout:
    """A row of a list about one person; `said` is what it gives them, nothing where it was not put in force."""

    batch_id: int
    resident_id: int
    said: tuple[Said, ...]


def rows_about(
    resident_ids: Collection[int], *, batch_ids: Collection[int], known: Mapping[str, Meaning]
) -> Iterator[RowAbout]:
    """Yield the rows of some lists about some people, in one query; none where there is no such list.

    :param known: names made alike → meaning
    """
    if not batch_ids or not resident_ids:
        return
    rows = (
        InboundRow.objects.filter(batch__in=list(batch_ids), payload__has_key="resident")
        .annotate(resident_id=Cast("payload__resident", BigIntegerField()))
        .filter(resident_id__among=resident_ids)
    )
    found = rows.order_by("pk").values_list("batch_id", "resident_id", "outcome", "payload__identities")
    meant = cache(lambda name: understood(name, known))
    for batch_id, resident_id, outcome, identities in found:
        given = identities if outcome in DECIDED and identities else ()
        said = chain.from_iterable(said_by(each, meant(each["name"])) for each in given)
        yield RowAbout(batch_id, resident_id, tuple(said))


@dataclass(frozen=True, slots=True)
class RowWaiting:
    """A row of a list in force that somebody has yet to decide about, as it may be about one person.

    :param said: what it would give them, as far as its names are known
    :param is_unclear: one of its names nobody knows: it may give them anything
    """

    batch_id: int
    resident_id: int
    said: tuple[Said, ...]
    is_unclear: bool

    def may_give(self, own: AbstractSet[str]) -> AbstractSet[str]:
        """Return which of the categories that its sender answers for it may give."""
        return own if self.is_unclear else own & {each.category for each in self.said}


def rows_waiting(
    resident_ids: Collection[int], *, batch_ids: Collection[int], known: Mapping[str, Meaning]
) -> Iterator[RowWaiting]:
    """Yield the rows of some lists in force that wait and give the number of one of some people, in two queries.

    :param known: names made alike → meaning
    """
    if not batch_ids or not resident_ids:
        return
    holders = numbers_of(resident_ids)
    rows = InboundRow.objects.filter(
        batch__in=list(batch_ids), number__gt=0, outcome__in=WAITING, key__among=list(holders)
    )
    found = rows.order_by("pk").values_list("batch_id", "key", "payload__identities")
    meant = cache(lambda name: understood(name, known))
    for batch_id, key, identities in found:
        assert key is not None
        meanings = [(each, meant(each["name"])) for each in identities or ()]
        said = tuple(chain.from_iterable(said_by(each, meaning) for each, meaning in meanings))
        is_unclear = any(meaning is None for _, meaning in meanings)
        for resident_id in holders[bytes(key)]:
            yield RowWaiting(batch_id, resident_id, said, is_unclear)


def said_by(identity: Mapping[str, Any], meaning: Meaning | None) -> list[Said]:
    """Return what an identity as a row keeps it says, those it implies too; nothing where nobody knows the name."""
    if meaning is None:
        return []
    return [identity_kept(identity).said(meaning), *(Said(category) for category in meaning.also)]
