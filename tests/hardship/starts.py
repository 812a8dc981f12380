"""Lists that state another first day than the record: what their tests share."""

from exchange.models import InboundRow
from hardship.services.lists import resolve_row
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, day, people, plan
from tests.registry.factories import UserFactory

APRIL, MAY = day("2025-04-30"), day("2025-05-31")
RECORDED, STATED = "2024-09-01", "2023-01-01"


def listed(count=1, stated=STATED, as_of=APRIL, **more):
    """Return a list in force that states another first day than the records, of which it has as many."""
    rows = [(serial, f"人{serial}", "低保", stated) for serial in range(count)]
    return apply(plan(civil(*rows), as_of=as_of, **more))


def recorded(count=1, **more):
    for person in people(count):
        RecognitionFactory(resident=person, valid_from=day(RECORDED), **more)


def the_row(batch):
    return InboundRow.objects.select_related("batch").get(batch=batch)


def resolve(row, decision, user=None):
    return resolve_row(row=row, decision=decision, reason="已核对认定文书", user=user or UserFactory())
