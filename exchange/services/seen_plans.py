"""Which plan of a batch somebody looked at: what they confirm is that one or none."""

import hashlib
import json

from django.core.serializers.json import DjangoJSONEncoder

from exchange.models import InboundBatch
from policy.errors import DomainError


class PlanChanged(DomainError):
    """The batch was planned anew after somebody looked at its plan."""

    code = "plan_changed"

    def __init__(self) -> None:
        super().__init__("方案已重新比对，请重新查看")


def plan_mark(batch: InboundBatch) -> str:
    """Return what tells one plan of a batch from another: its sums, and when it was made."""
    told = json.dumps([batch.counts, batch.planned_at], sort_keys=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def refuse_unseen(batch: InboundBatch, *, seen: str) -> None:
    """Refuse to confirm a locked batch that is planned otherwise than somebody saw it.

    :param seen: the `plan_mark` of what they saw; empty = whatever is planned by now
    :raises PlanChanged: if it is another
    """
    if seen and plan_mark(batch) != seen:
        raise PlanChanged
