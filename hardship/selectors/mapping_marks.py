"""What a mapping would rest on, in a mark: what somebody saw of it is that or outdated."""

import hashlib
import json

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, QuerySet

from exchange.models import BatchStatus, InboundBatch
from hardship.models import CategoryAlias
from hardship.selectors.waiting_names import LISTS, rows_waiting_for

SETTLED = (
    BatchStatus.APPLIED,
    BatchStatus.UNDONE,
)  # one that comes into force, or is taken back, alters a number


def mapping_mark(alias: CategoryAlias, batches: QuerySet[InboundBatch]) -> str:
    """Return what tells a meaning, the lists that wait for it, and all that are in force, from others and later ones.

    :param alias: what the name means
    :param batches: those the asker may see
    """
    waiting = rows_waiting_for(alias, batches).order_by("batch_id").values_list("batch_id")
    rows = dict(waiting.annotate(rows=Count("pk")))
    lists = InboundBatch.objects.filter(pk__in=rows).order_by("pk")
    settled = (
        batches.filter(kind__startswith=LISTS, status__in=SETTLED).order_by("status").values_list("status")
    )
    told = [
        [alias.name, alias.category_id, alias.attributes, sorted(alias.also)],
        sorted(rows.items()),
        list(lists.values_list("pk", "status", "counts", "planned_at", "applied_at")),
        list(settled.annotate(lists=Count("pk"))),
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True, cls=DjangoJSONEncoder).encode()).hexdigest()[:16]
