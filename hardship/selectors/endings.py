"""What a planned list would end, of what stands: shown before somebody confirms, asked again when they do."""

from decimal import Decimal

from django.conf import settings

from exchange.models import InboundBatch, InboundRow
from exchange.rules.endings import EndingsGuard
from hardship.rules.list_comparison import Doing
from hardship.selectors.listed import categories_of, standing_recognitions


def endings_guard(batch: InboundBatch) -> EndingsGuard:
    """Return how many recognitions a planned list would end, how many stand that it speaks about, and the limit."""
    ending = InboundRow.objects.filter(batch=batch, payload__changes__contains=[{"do": Doing.END}]).count()
    issuer = batch.kind.partition(".")[2]
    standing = standing_recognitions(area=batch.area, categories=categories_of(issuer), as_of=batch.as_of)
    limit: Decimal = settings.LIST_ENDINGS_WITHOUT_SECOND
    return EndingsGuard(
        ending,
        max(standing.count(), ending),  # some may have ended since the plan
        limit,
    )
