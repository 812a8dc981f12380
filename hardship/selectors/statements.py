"""What the rows of other lists in force say of people: which identities, of what kind, from when to when."""

from collections.abc import Collection, Iterator, Mapping
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

DECIDED = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.UNCHANGED)


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


def said_by(identity: Mapping[str, Any], meaning: Meaning | None) -> list[Said]:
    """Return what an identity as a row keeps it says, those it implies too; nothing where nobody knows the name."""
    if meaning is None:
        return []
    return [identity_kept(identity).said(meaning), *(Said(category) for category in meaning.also)]
