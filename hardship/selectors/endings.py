"""What a planned list would end, of what stands: shown before somebody confirms, asked again when they do."""

from decimal import Decimal

from django.conf import settings

from exchange.models import InboundBatch, InboundRow
from exchange.rules.endings import EndingsGuard
from exchange.selectors import agreed_endings_share
from hardship.rules.list_comparison import Doing
from hardship.selectors.listed import categories_of, standing_recognitions


def endings_guard(batch: InboundBatch) -> EndingsGuard:
    """Return how many recognitions a planned list would end, how many stand that it speaks about, and the limit."""
    ending = InboundRow.objects.filter(batch=batch, payload__changes__contains=[{"do": Doing.END}]).count()
    issuer = batch.kind.partition(".")[2]
    standing = standing_recognitions(area=batch.area, categories=categories_of(issuer), as_of=batch.as_of)
    return EndingsGuard(
        ending,
        max(standing.count(), ending),  # some may have ended since the plan
        endings_limit(batch),
    )


def endings_limit(batch: InboundBatch) -> Decimal:
    """Return the share of what stands that one person may end, as agreed for the list's area, or else the setting."""
    agreed = agreed_endings_share(kind=batch.kind, area=batch.area, on=batch.as_of)
    limit: Decimal = settings.LIST_ENDINGS_WITHOUT_SECOND
    return limit if agreed is None else agreed
