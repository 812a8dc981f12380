"""Subsidy shares of many people with the same split: written, compared and taken back in one statement."""

import datetime
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.utils import timezone

from enrollment.models import (
    ContributionPeriod,
    ContributionState,
    Enrollment,
    EnrollmentStatus,
    FormerShare,
    SubsidyShare,
)
from enrollment.selectors.money_places import MOVED, money_of
from policy.schema.enrollment import Subsidy
from registry.models import Area, Resident
from registry.models.history import applied_batch
from registry.models.lookups import one_parameter

INSERT = """
INSERT INTO {table} (contribution_id, fiscal_year, component, level, amount, claim_year)
SELECT paid.id, %(fiscal_year)s, %(component)s, share.level, share.amount, %(claim_year)s
FROM unnest(%(contributions)s::bigint[]) WITH ORDINALITY AS paid (id, place)
CROSS JOIN unnest(%(levels)s::text[], %(amounts)s::numeric[]) WITH ORDINALITY AS share (level, amount, place)
ORDER BY paid.place, share.place
"""
KEEPING = "ON CONFLICT (contribution_id, fiscal_year, component, level) DO NOTHING"
TAKE_BACK = """
WITH gone AS (
    DELETE FROM {share} WHERE contribution_id = ANY(%(contributions)s)
        AND (%(component)s IS NULL OR component = %(component)s)
    RETURNING id, contribution_id, fiscal_year, component, level, amount, claim_year
)
INSERT INTO {former} (contribution_id, fiscal_year, component, level, amount, claim_year, reason, taken_back_at,
    taken_back_by_id, batch)
SELECT contribution_id, fiscal_year, component, level, amount, claim_year, %(reason)s, %(now)s, %(user)s, %(batch)s
FROM gone ORDER BY id
"""
# Who may hold too little, or other shares than before: whose component has none, and of whom something changed since.
WANTED = """wanted AS MATERIALIZED (
    SELECT paid.id FROM {contribution} AS paid
    JOIN unnest(%(keys)s::text[], %(components)s::text[]) AS due (policy_key, component)
        ON due.policy_key = paid.policy_key
    LEFT JOIN {share} AS share ON share.contribution_id = paid.id AND share.component = due.component
    WHERE paid.coverage_year = %(year)s AND paid.state = %(paid)s AND paid.subsidy <> %(none)s AND share.id IS NULL
    UNION
    SELECT told.id FROM {contribution_told} AS told
    WHERE told.history_date >= %(since)s AND told.coverage_year = %(year)s
    UNION
    SELECT paid.id FROM {resident_told} AS told JOIN {contribution} AS paid ON paid.resident_id = told.id
    WHERE told.history_date >= %(since)s AND paid.coverage_year = %(year)s
), """
AMONG = "AND paid.id IN (SELECT id FROM wanted)"
KINDS = """
WITH {wanted} held AS (
    SELECT share.contribution_id, jsonb_agg(
        jsonb_build_array(fiscal_year, component, level, amount::text, share.claim_year) ORDER BY component, level
    ) AS shares
    FROM {share} AS share JOIN {contribution} AS paid ON paid.id = share.contribution_id
    WHERE paid.coverage_year = %(year)s {among} GROUP BY share.contribution_id
)
SELECT paid.policy_key, place.path, paid.claim_year, coalesce(held.shares, '[]')::text,
    array_agg(paid.id ORDER BY paid.id)
FROM {contribution} AS paid
JOIN {enrollment} AS registered ON registered.id = paid.enrollment_id AND registered.status = %(active)s
JOIN {area} AS pool ON pool.id = registered.pooling_area_id AND starts_with(pool.path, %(path)s)
JOIN {resident} AS person ON person.id = paid.resident_id
LEFT JOIN {moved} ON moved.key = paid.id
JOIN {area} AS place ON place.id = coalesce(moved.area_id, person.living_area_id)
LEFT JOIN held ON held.contribution_id = paid.id
WHERE paid.coverage_year = %(year)s AND paid.state = %(paid)s AND paid.subsidy <> %(none)s AND paid.policy_key <> ''
    {among}
GROUP BY 1, 2, 3, 4
ORDER BY 2, 1, 3, 4
"""
TABLES = {
    "share": SubsidyShare._meta.db_table,
    "former": FormerShare._meta.db_table,
    "contribution": ContributionPeriod._meta.db_table,
    "contribution_told": ContributionPeriod.history.model._meta.db_table,
    "enrollment": Enrollment._meta.db_table,
    "resident": Resident._meta.db_table,
    "resident_told": Resident.history.model._meta.db_table,
    "area": Area._meta.db_table,
    "moved": MOVED,
}
Share = tuple[int, str, str, Decimal, int | None]  # fiscal year, component, level, yuan, claim year


@dataclass(frozen=True, slots=True)
class Split:
    """What each level pays for one person: level → yuan, as pairs in the order of the policy."""

    fiscal_year: int
    component: str
    claim_year: int | None
    shares: tuple[tuple[str, Decimal], ...]

    @property
    def rows(self) -> frozenset[Share]:
        """The shares of one person."""
        facts = self.fiscal_year, self.component
        return frozenset((*facts, level, amount, self.claim_year) for level, amount in self.shares if amount)


@dataclass(frozen=True, slots=True)
class Alike:
    """Paid years that count at one place by one policy, and hold the same shares.

    :param path: of the place
    """

    policy_key: str
    path: str
    claim_year: int | None
    shares: frozenset[Share]
    contributions: list[int]

    def rows_of(self, component: str) -> frozenset[Share]:
        """Return the shares they hold of a component."""
        return frozenset(share for share in self.shares if share[1] == component)


@dataclass(frozen=True, slots=True)
class Changed:
    """Which years are looked at where not all are: those that lack a component, and those changed since.

    :param due: policy and component
    """

    since: datetime.datetime
    due: Collection[tuple[str, str]]

    @property
    def params(self) -> dict[str, Any]:
        """What `WANTED` names."""
        keys, components = zip(*self.due, strict=True) if self.due else ((), ())
        return {"since": self.since, "keys": list(keys), "components": list(components)}


def years_alike(*, area: Area, coverage_year: int, changed: Changed | None = None) -> list[Alike]:
    """Return the paid years of registrations in pooling areas at or below `area`, those alike together.

    :param changed: only these; null = all
    """
    said: dict[str, Any] = money_of(ContributionPeriod.objects.filter(coverage_year=coverage_year)) | {
        "year": coverage_year,
        "path": area.path,
        "active": EnrollmentStatus.ACTIVE.value,
        "paid": ContributionState.PAID.value,
        "none": Subsidy.NONE.value,
    }
    with connection.cursor() as cursor:
        if changed is None:
            cursor.execute(KINDS.format(**TABLES, wanted="", among=""), said)
        else:
            statement = KINDS.format(**TABLES, wanted=WANTED.format(**TABLES), among=AMONG)
            cursor.execute(statement, said | changed.params)
        return [
            Alike(policy_key, path, claim_year, _rows(shares), keys)
            for policy_key, path, claim_year, shares, keys in cursor.fetchall()
        ]


def _rows(shares: str) -> frozenset[Share]:
    return frozenset(
        (year, component, level, Decimal(amount), claim)
        for year, component, level, amount, claim in json.loads(shares)
    )


def shares_held(contributions: Collection[int], *, component: str) -> dict[int, frozenset[Share]]:
    """Return contribution → the shares it holds of a component, in one query; those without any are not named."""
    rows = SubsidyShare.objects.filter(contribution__in=contributions, component=component).order_by()
    found: defaultdict[int, set[Share]] = defaultdict(set)
    said = rows.values_list("contribution", "fiscal_year", "level", "amount", "claim_year")
    for key, year, level, amount, claim in said:
        found[key].add((year, component, level, amount, claim))
    return {key: frozenset(shares) for key, shares in found.items()}


def take_back_shares(
    contributions: Collection[int],
    *,
    reason: str,
    user: AbstractBaseUser | None,
    component: str | None = None,
) -> None:
    """Take shares back that do not stand any more; what they said stays on record, with the reason.

    :param component: only of this one; null = all
    """
    said = {
        "contributions": list(contributions),
        "component": component,
        "reason": reason,
        "now": timezone.now(),
        "user": user.pk if user else None,
        "batch": applied_batch(),
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK.format(**TABLES), said)


def write_shares(people: Mapping[Split, Collection[int]], *, are_new: bool = False) -> int:
    """Write the shares of contributions by split; shares that stand stay as they are. Return how many are new.

    :param people: split → keys of the contributions it holds for
    :param are_new: this transaction wrote the contributions: none of them can hold a share yet, and not to look for
        one spares a third of the work
    """
    written = 0
    statement = f"{INSERT} {'' if are_new else KEEPING}".format(table=SubsidyShare._meta.db_table)
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
