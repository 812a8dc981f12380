"""People whom a list names twice, once by a number they gave up and once by the one they hold."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Count

from exchange.models import InboundBatch, InboundRow, RowOutcome
from hardship.selectors.numbers import numbers_of
from registry.batch.rewriting import rewrite_rows

DECIDED = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.UNCHANGED)


def set_aside_twice_listed(batch: InboundBatch) -> None:
    """Turn rows about one person by two numbers into conflicts: each would be done as if the other were not there.

    Rows that give the same number were put together before; what is left shares the key of the number held now.
    """
    rows = InboundRow.objects.filter(batch=batch, number__gt=0, outcome__in=DECIDED)
    shared = rows.values("key").annotate(rows=Count("pk")).filter(rows__gt=1)
    keys = list(
        shared.values_list("key", flat=True)
    )  # asked first: over fresh rows a subquery is run row by row
    if not keys:
        return
    by_key: defaultdict[bytes, list[InboundRow]] = defaultdict(list)
    for row in rows.filter(key__among=keys).order_by("number", "pk"):
        by_key[bytes(row.key or b"")].append(row)
    _store(row for same in by_key.values() for row in _in_conflict(same, same))


def set_aside_twice_done(batch: InboundBatch, rows: Sequence[InboundRow]) -> None:
    """Turn those of some compared rows into conflicts whose person another row of the list names, in force maybe.

    Rows in force keep the number they were decided by, which the person may have given up since.
    """
    residents = {row.payload["resident"] for row in rows if row.outcome in DECIDED}
    if not residents:
        return
    decided = InboundRow.objects.filter(
        batch=batch, number__gt=0, outcome__in=DECIDED, key__among=list(numbers_of(residents))
    )
    by_resident: defaultdict[int, list[InboundRow]] = defaultdict(list)
    for row in decided.order_by("number", "pk"):
        by_resident[row.payload["resident"]].append(row)
    given = {row.pk: row for row in rows}
    shared = [same for same in by_resident.values() if len(same) > 1]
    _store(
        row
        for same in shared
        for row in _in_conflict([given[each.pk] for each in same if each.pk in given], same)
    )


def _in_conflict(rows: Iterable[InboundRow], same: Sequence[InboundRow]) -> Iterator[InboundRow]:
    """Yield rows turned into conflicts with all that name the same person."""
    numbers = "、".join(str(row.number) for row in same)
    if any("names_differ_in_list" in row.payload.get("settled", {}) for row in same):
        why = f"第{numbers}行是同一证件号码的不同姓名，只能采用其中一行，其余的请保留登记"
    else:
        why = f"第{numbers}行是同一人的新旧证件号码，请合并为一行后重新报送"
    for row in rows:
        row.outcome, row.code, row.field = RowOutcome.CONFLICT, "same_person_two_numbers", "证件号码"
        row.message = why
        row.payload = {name: value for name, value in row.payload.items() if name != "changes"}
        yield row


def _store(rows: Iterable[InboundRow]) -> None:
    rewrite_rows(rows, fields=["payload", "outcome", "code", "message", "field"])
