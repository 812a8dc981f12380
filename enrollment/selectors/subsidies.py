"""The fiscal subsidy of an area and year in sums: due, asked for, signed, received, each level and place."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, fields
from decimal import Decimal

from django.db import connection
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from enrollment.models import ApplicationRow, ApplicationState, ContributionPeriod, FundTransfer, SubsidyShare
from enrollment.models.application import ASKED
from enrollment.selectors.money_places import MOVED, money_of
from policy.money import ZERO
from registry.models import Area, Resident
from registry.selectors import area_chain, areas_under

Key = tuple[str, str]  # component, level
OWED = """
SELECT place.id, share.component, share.level, count(*), sum(share.amount),
    coalesce(sum(share.amount) FILTER (WHERE share.fiscal_year <> %(year)s), 0)
FROM {share} AS share
JOIN {contribution} AS paid ON paid.id = share.contribution_id
JOIN {resident} AS person ON person.id = paid.resident_id
LEFT JOIN {moved} ON moved.key = paid.id
JOIN {area} AS place ON place.id = coalesce(moved.area_id, person.living_area_id)
WHERE coalesce(share.claim_year, share.fiscal_year) = %(year)s AND starts_with(place.path, %(path)s)
GROUP BY place.id, share.component, share.level
"""
TABLES = {
    "share": SubsidyShare._meta.db_table,
    "contribution": ContributionPeriod._meta.db_table,
    "resident": Resident._meta.db_table,
    "area": Area._meta.db_table,
    "moved": MOVED,
}


@dataclass(slots=True)
class SubsidySums:
    """Yuan of one component and level, and how many shares they are of.

    :ivar due: owed in the year: of the fiscal year itself and of earlier ones claimed in it
    :ivar deferred: of it, shares of earlier fiscal years
    :ivar asked: in applications finance has or had on its desk, what was taken back counted off
    :ivar signed: of it, in signed ones
    :ivar received: in the fiscal account by the end of the day asked about
    """

    people: int = 0
    due: Decimal = ZERO
    deferred: Decimal = ZERO
    asked: Decimal = ZERO
    signed: Decimal = ZERO
    received: Decimal = ZERO

    def add(self, other: "SubsidySums") -> None:
        """Add the sums of another place."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def subsidy_sums(*, area: Area, year: int, on: datetime.date) -> dict[int, dict[Key, SubsidySums]]:
    """Return the sums of each area below `area` that has any: area → component and level → sums.

    Five queries, however many people and places; four if nobody moved. Shares count where the year was paid,
    applications where they were asked for, receipts where they were recorded.
    """
    found: dict[int, dict[Key, SubsidySums]] = defaultdict(lambda: defaultdict(SubsidySums))
    under = areas_under(area)
    for pk, component, level, people, due, deferred in _owed(area, year):
        found[pk][component, level].add(SubsidySums(people=people, due=due, deferred=deferred))
    rows = ApplicationRow.objects.filter(
        area__in=under, line__application__year=year, line__application__state__in=ASKED
    )
    is_signed = Q(line__application__state=ApplicationState.SIGNED)
    for pk, component, level, asked, signed in (
        rows.order_by()
        .values_list("area", "component", "level")
        .annotate(asked=Sum("amount"), signed=Sum("amount", filter=is_signed, default=ZERO))
    ):
        found[pk][component, level].add(SubsidySums(asked=asked, signed=signed))
    for pk, component, level, received in (
        FundTransfer.objects.filter(area__in=under, fiscal_year=year, received_on__lte=on)
        .order_by()
        .values_list("area", "component", "level")
        .annotate(received=Sum("amount"))
    ):
        found[pk][component, level].add(SubsidySums(received=received))
    return {pk: dict(sums) for pk, sums in found.items()}


def _owed(area: Area, year: int) -> list[tuple[int, str, str, int, Decimal, Decimal]]:
    """Return area, component, level, people, yuan due and yuan of earlier fiscal years of what is owed in a year."""
    owed = SubsidyShare.objects.annotate(asked_in=Coalesce("claim_year", "fiscal_year")).filter(asked_in=year)
    moved = money_of(ContributionPeriod.objects.filter(pk__in=owed.values("contribution")))
    with connection.cursor() as cursor:
        cursor.execute(OWED.format(**TABLES), moved | {"year": year, "path": area.path})
        rows: list[tuple[int, str, str, int, Decimal, Decimal]] = cursor.fetchall()
    return rows


def received_above(*, area: Area, year: int, on: datetime.date) -> dict[Key, Decimal]:
    """Return what was recorded for areas above `area`, of which nobody has said for whom below it is."""
    above = FundTransfer.objects.filter(
        area__code__in=area_chain(area)[1:], fiscal_year=year, received_on__lte=on
    )
    sums = above.order_by().values_list("component", "level").annotate(received=Sum("amount"))
    return {(component, level): received for component, level, received in sums}
