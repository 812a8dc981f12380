"""A full list that comes after one of a later day: refused where that one speaks of the same."""

from collections.abc import Collection

from exchange.models import InboundBatch
from hardship.selectors.replacing import outdating
from policy.errors import DomainError


class ListOutOfDate(DomainError):
    """A full list of a later day that speaks of the same is in force: this one would end what began since."""

    code = "list_out_of_date"


def refuse_outdated(batch: InboundBatch, *, names: Collection[str] | None = None) -> None:
    """Refuse a full list that speaks of what one of a later day in force speaks of.

    :param names: all names it uses; null = those of the rows kept of it
    :raises ListOutOfDate: then
    """
    newer = outdating(batch, names=names)
    if newer is not None:
        raise ListOutOfDate(
            f"{newer.as_of} 的全量名单已生效（批次{newer.pk}），不能再办理更早的、类别相同的全量名单",
            batch=newer.pk,
        )
