"""Subsidy shares of many people with the same split, in one statement."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from enrollment.models import SubsidyShare
from registry.models.lookups import one_parameter

INSERT = """
INSERT INTO {table} (contribution_id, fiscal_year, component, level, amount, claim_year)
SELECT paid.id, %(fiscal_year)s, %(component)s, share.level, share.amount, %(claim_year)s
FROM unnest(%(contributions)s::bigint[]) WITH ORDINALITY AS paid (id, place)
CROSS JOIN unnest(%(levels)s::text[], %(amounts)s::numeric[]) WITH ORDINALITY AS share (level, amount, place)
ORDER BY paid.place, share.place
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Split:
    """What each level pays for one person: level → yuan, as pairs in the order of the policy."""

    fiscal_year: int
    component: str
    claim_year: int | None
    shares: tuple[tuple[str, Decimal], ...]


def write_shares(people: Mapping[Split, Collection[int]]) -> int:
    """Write the shares of contributions by split; shares that stand stay as they are. Return how many are new.

    :param people: split → keys of the contributions it holds for
    """
    written = 0
    statement = INSERT.format(table=SubsidyShare._meta.db_table)
    with connection.cursor() as cursor:
        for split, contributions in people.items():
            levels = [(level, amount) for level, amount in split.shares if amount]
            cursor.execute(
                statement,
                {
                    "fiscal_year": split.fiscal_year,
                    "component": split.component,
                    "claim_year": split.claim_year,
                    "contributions": one_parameter(contributions),
                    "levels": [level for level, _ in levels],
                    "amounts": [amount for _, amount in levels],
                },
            )
            written += cursor.rowcount
    return written
