"""What a planned list would end, of what stands: shown before somebody confirms, asked again when they do."""

from decimal import Decimal

from django.conf import settings

from exchange.models import InboundBatch, InboundRow
from exchange.rules.endings import EndingsGuard
from exchange.selectors import agreed_endings_share
from hardship.rules.list_comparison import Doing
from hardship.selectors.list_scope import may_end, scope_of_list, unmentioned
from hardship.selectors.listed import in_scope, standing_recognitions
from hardship.selectors.names import known_names


def endings_guard(batch: InboundBatch) -> EndingsGuard:
    """Return how many recognitions a planned list would end, how many stand that it speaks about, and the limit."""
    ending = InboundRow.objects.filter(batch=batch, payload__changes__contains=[{"do": Doing.END}]).count()
    scope = scope_of_list(batch, known=known_names())
    could_end = standing_recognitions(area=batch.area, categories=may_end(batch), as_of=batch.as_of)
    standing = could_end.filter(in_scope(scope))
    return EndingsGuard(
        ending,
        max(standing.count(), ending),  # some may have ended since the plan
        endings_limit(batch),
        unmentioned(could_end, scope=scope, batch=batch),
    )


def endings_limit(batch: InboundBatch) -> Decimal:
    """Return the share of what stands that one person may end, as agreed for the list's area, or else the setting."""
    agreed = agreed_endings_share(kind=batch.kind, area=batch.area, on=batch.as_of)
    limit: Decimal = settings.LIST_ENDINGS_WITHOUT_SECOND
    return limit if agreed is None else agreed
