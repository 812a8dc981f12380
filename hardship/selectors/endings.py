"""What a list would end, of what stands: shown before somebody confirms, asked again when they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, QuerySet

from exchange.models import BatchMode, InboundBatch
from exchange.rules.endings import AreaEndings, EndingsGuard
from exchange.selectors import agreed_endings_below, agreed_endings_share
from hardship.models import Recognition
from hardship.rules.listed_identities import ENDINGS
from hardship.selectors.list_scope import may_end, named_scope, scope_of_list, unmentioned
from hardship.selectors.listed import categories_of, in_scope, standing_recognitions
from hardship.selectors.names import known_names
from hardship.selectors.undoing import DONE, DONE_IN_PART
from registry.models import Area

TOTAL = ""  # the path of all areas together
# The last two in part: of a row that waits, what it has changed before.
OUTCOMES = [each.value for each in (*DONE, *DONE_IN_PART)]
COUNTED = (
    " count(*) FILTER (WHERE change ->> 'do' = ANY(%(ends)s)),"
    " count(*) FILTER (WHERE change -> 'sooner' = 'true'),"
    " count(*) FILTER (WHERE change ->> 'do' = ANY(%(ends)s)"
    " AND (record.id IS NULL OR record.valid_to <= %(as_of)s))"
    " FROM exchange_inboundrow AS line"
    " CROSS JOIN LATERAL jsonb_array_elements("
    "coalesce(line.payload -> 'in_force', '[]') || coalesce(line.payload -> 'changes', '[]')) AS change"
    " LEFT JOIN hardship_recognition AS record"
    " ON change ->> 'do' = ANY(%(ends)s) AND record.id = (change ->> 'recognition')::bigint"
)
OF_THE_LIST = " WHERE line.batch_id = %(batch)s AND line.outcome = ANY(%(outcomes)s)"
ALL_TOGETHER = "SELECT ''," + COUNTED + OF_THE_LIST
BY_AREA = (
    "SELECT below.path,"
    + COUNTED
    + " JOIN registry_resident AS person ON person.id = (line.payload ->> 'resident')::bigint"
    " JOIN registry_area AS living ON living.id = person.living_area_id"
    " JOIN registry_area AS hukou ON hukou.id = person.hukou_area_id"
    " JOIN registry_area AS below ON below.id = ANY(%(areas)s) AND starts_with("
    "CASE WHEN starts_with(living.path, %(listed)s) THEN living.path ELSE hukou.path END, below.path)"
    + OF_THE_LIST
    + " GROUP BY below.path"
)


@dataclass(frozen=True, slots=True)
class Endings:
    """Changes of a list after which somebody holds less, or holds it for less long.

    :param gone: of the ended those that stand no more: the rows are in force
    """

    ended: int = 0
    shortened: int = 0
    gone: int = 0

    @property
    def all(self) -> int:
        """Return what counts against the limit."""
        return self.ended + self.shortened


def endings_guard(batch: InboundBatch) -> EndingsGuard:
    """Return how many recognitions a list would end or cut short, of how many it speaks about, and the limits.

    A supplementary list ends nobody, but what it says of a term may. Of a list in force what it has ended counts too.
    """
    full = batch.mode == BatchMode.FULL
    found, limit = endings_of(batch), endings_limit(batch)
    if not found.all and not full:
        return EndingsGuard(0, 0, limit)
    known, kind = known_names(), batch.kind.partition(".")[2]
    scope = scope_of_list(batch, known=known) if full else named_scope(batch, known=known)
    categories = may_end(batch) if full else categories_of(kind)
    could_end = standing_recognitions(batch, categories=categories)
    standing = could_end.filter(in_scope(scope))
    return EndingsGuard(
        found.all,
        max(standing.count() + found.gone, found.all),  # some may have ended since the plan
        limit,
        unmentioned(could_end, scope=scope, batch=batch) if full else {},
        shortened=found.shortened,
        areas=_by_area(batch, standing=standing) if found.all else (),
    )


def _by_area(batch: InboundBatch, *, standing: QuerySet[Recognition]) -> list[AreaEndings]:
    """Return what would end in each county below and where else a share was agreed, where anything would."""
    limits = agreed_endings_below(kind=batch.kind, area=batch.area, on=batch.as_of)
    if not limits:
        return []
    found = _counted(BY_AREA, batch, areas=[area.pk for area in limits])
    counts = standing.aggregate(
        **{
            f"at_{area.pk}": Count("pk", filter=_belonging_to(area, batch.area))
            for area in limits
            if area.path in found
        }
    )
    parts = [(area, found[area.path], share) for area, share in limits.items() if area.path in found]
    return [
        AreaEndings(
            area.name,
            part.all,
            max(counts[f"at_{area.pk}"] + part.gone, part.all),
            settings.LIST_ENDINGS_WITHOUT_SECOND if share is None else share,
        )
        for area, part, share in parts
        if part.all
    ]


def _belonging_to(county: Area, listed: Area) -> Q:
    """Return the condition on recognitions that `BY_AREA` sets: by residence, or by hukou of whom lives elsewhere."""
    lives_elsewhere = ~Q(resident__living_area__path__startswith=listed.path)
    registered_there = Q(resident__hukou_area__path__startswith=county.path)
    return Q(resident__living_area__path__startswith=county.path) | lives_elsewhere & registered_there


def endings_of(batch: InboundBatch) -> Endings:
    """Return how many recognitions the rows of a list end and cut short; one person may hold several."""
    return _counted(ALL_TOGETHER, batch)[TOTAL]


def _counted(statement: str, batch: InboundBatch, *, areas: Sequence[int] = ()) -> dict[str, Endings]:
    """Return path of area → what the list ends there."""
    values: dict[str, Any] = {
        "ends": list(ENDINGS),
        "as_of": batch.as_of,
        "batch": batch.pk,
        "outcomes": OUTCOMES,
        "areas": list(areas),
        "listed": batch.area.path,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {path: Endings(*counts) for path, *counts in cursor.fetchall()}


def endings_limit(batch: InboundBatch) -> Decimal:
    """Return the share of what stands that one person may end, as agreed for the list's area, or else the setting."""
    agreed = agreed_endings_share(kind=batch.kind, area=batch.area, on=batch.as_of)
    limit: Decimal = settings.LIST_ENDINGS_WITHOUT_SECOND
    return limit if agreed is None else agreed
