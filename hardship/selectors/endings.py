"""What a planned list would end, of what stands: shown before somebody confirms, asked again when they do."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import connection

from exchange.models import BatchMode, InboundBatch, RowOutcome
from exchange.rules.endings import EndingsGuard
from exchange.selectors import agreed_endings_share
from hardship.rules.listed_identities import ENDINGS
from hardship.selectors.list_scope import may_end, named_scope, scope_of_list, unmentioned
from hardship.selectors.listed import categories_of, in_scope, standing_recognitions
from hardship.selectors.names import known_names


@dataclass(frozen=True, slots=True)
class Endings:
    """Changes of a list after which somebody holds less, or holds it for less long."""

    ended: int
    shortened: int


def endings_guard(batch: InboundBatch, *, already: int = 0) -> EndingsGuard:
    """Return how many recognitions a planned list would end or cut short, of how many it speaks about, and the limit.

    A supplementary list ends nobody, but what it says of a term may.

    :param already: how many of these it has ended before, so that they stand no more
    """
    found = endings_of(batch)
    ending, limit = found.ended + found.shortened, endings_limit(batch)
    full = batch.mode == BatchMode.FULL
    if not ending and not full:
        return EndingsGuard(0, 0, limit)
    known, kind = known_names(), batch.kind.partition(".")[2]
    scope = scope_of_list(batch, known=known) if full else named_scope(batch, known=known)
    categories = may_end(batch) if full else categories_of(kind)
    could_end = standing_recognitions(batch, categories=categories)
    standing = could_end.filter(in_scope(scope))
    return EndingsGuard(
        ending,
        max(standing.count() + already, ending),  # some may have ended since the plan
        limit,
        unmentioned(could_end, scope=scope, batch=batch) if full else {},
        shortened=found.shortened,
    )


def endings_of(batch: InboundBatch) -> Endings:
    """Return how many recognitions the rows of a list end and cut short; one person may hold several."""
    statement = (
        "SELECT count(*) FILTER (WHERE change ->> 'do' = ANY(%(ends)s)),"
        " count(*) FILTER (WHERE change -> 'sooner' = 'true')"
        " FROM exchange_inboundrow AS line"
        " CROSS JOIN LATERAL jsonb_array_elements(line.payload -> 'changes') AS change"
        " WHERE line.batch_id = %(batch)s AND line.outcome = ANY(%(outcomes)s)"
    )
    outcomes = [RowOutcome.NEW.value, RowOutcome.CHANGED.value, RowOutcome.ENDED.value]
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ends": list(ENDINGS), "batch": batch.pk, "outcomes": outcomes})
        ended, shortened = cursor.fetchone()
    return Endings(int(ended), int(shortened))


def endings_limit(batch: InboundBatch) -> Decimal:
    """Return the share of what stands that one person may end, as agreed for the list's area, or else the setting."""
    agreed = agreed_endings_share(kind=batch.kind, area=batch.area, on=batch.as_of)
    limit: Decimal = settings.LIST_ENDINGS_WITHOUT_SECOND
    return limit if agreed is None else agreed
