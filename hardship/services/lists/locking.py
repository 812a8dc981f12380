"""Lists of one kind take effect one after the other: each sees whether another outdates, revises or replaces it."""

from collections.abc import Iterable

from django.db import connection

from exchange.models import InboundBatch


def take_turns(batches: Iterable[InboundBatch]) -> None:
    """Wait until no other list of the kinds is put in force in their provinces; held until the transaction ends.

    Lists of areas above and below one another speak of the same people, and what a list leaves out has no row: locks
    on people do not bring them together. Taken after the locks on the batches and before those on people.
    """
    keys = {(each.kind, each.area.path.partition("/")[0]) for each in batches}
    with connection.cursor() as cursor:
        for kind, province in sorted(keys):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))", [kind, province])
