"""Which lists in force keep a row from being decided otherwise than for the record."""

from collections.abc import Iterator

from exchange.models import InboundBatch, InboundRow
from hardship.models import Recognition
from hardship.selectors.names import known_names
from hardship.selectors.replacing import replacing
from hardship.selectors.resting import RESTED_ON
from hardship.services.lists.comparing import results_of
from hardship.services.lists.left_out import left_out_again
from hardship.services.lists.lines import LEFT_OUT, line_in_force
from hardship.services.lists.planning import PREFIX
from hardship.services.lists.views import view_of


def newer_lists(row: InboundRow, *, batch: InboundBatch) -> Iterator[InboundBatch]:
    """Yield the later lists that speak of the recognitions a row asks about."""
    asked = [each["recognition"] for each in row.payload.get("starts", ())]
    if row.number == LEFT_OUT:
        asked.append(row.payload["recognition"])
    later = replacing(batch, known=known_names())
    records = Recognition.objects.filter(pk__in=asked).select_related(
        "resident__living_area", "resident__hukou_area"
    )
    for each in records.order_by("pk"):
        paths = (each.resident.living_area.path, each.resident.hukou_area.path)
        newer = later.of(each.category_id, each.attributes, paths=paths)
        if newer is not None:
            yield newer


def lists_closing(row: InboundRow, *, batch: InboundBatch) -> set[int]:
    """Return the lists without which something else could be decided of a row that is kept as the record is."""
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
    if row.number == LEFT_OUT:
        results = list(left_out_again([row], view).values())
    else:
        results = results_of([line_in_force(row)], view)
    lists = {key for each in results for key in each.payload.get(RESTED_ON, ())}
    return lists.union(row.payload.get(RESTED_ON, ()), (newer.pk for newer in newer_lists(row, batch=batch)))
