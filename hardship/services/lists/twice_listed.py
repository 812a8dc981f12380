"""People whom a list names twice, once by a number they gave up and once by the one they hold."""

from collections import defaultdict

from django.db.models import Count

from exchange.models import InboundBatch, InboundRow, RowOutcome
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
    for same in by_key.values():
        numbers = "、".join(str(row.number) for row in same)
        for row in same:
            row.outcome, row.code, row.field = RowOutcome.CONFLICT, "same_person_two_numbers", "证件号码"
            row.message = f"第{numbers}行是同一人的新旧证件号码，请合并为一行后重新报送"
            row.payload = {name: value for name, value in row.payload.items() if name != "changes"}
    set_aside = [row for same in by_key.values() for row in same]
    rewrite_rows(set_aside, fields=["payload", "outcome", "code", "message", "field"])
