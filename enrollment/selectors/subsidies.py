"""The fiscal subsidy of an area and year in sums: due, asked for, signed, received, each level and place."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, fields
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from enrollment.models import ApplicationRow, ApplicationState, FundTransfer, SubsidyShare
from enrollment.models.application import ASKED
from policy.money import ZERO
from registry.models import Area
from registry.selectors import area_chain, areas_under

Key = tuple[str, str]  # component, level


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

    Three queries, however many people and places. Shares count where the people live now, applications where they
    were asked for, receipts where they were recorded.
    """
    found: dict[int, dict[Key, SubsidySums]] = defaultdict(lambda: defaultdict(SubsidySums))
    under = areas_under(area)
    shares = SubsidyShare.objects.filter(contribution__resident__living_area__in=under)
    owed = shares.annotate(asked_in=Coalesce("claim_year", "fiscal_year")).filter(asked_in=year)
    place = "contribution__resident__living_area"
    for pk, component, level, people, due, deferred in (
        owed.order_by()
        .values_list(place, "component", "level")
        .annotate(
            people=Count("pk"),
            due=Sum("amount"),
            deferred=Sum("amount", filter=~Q(fiscal_year=year), default=ZERO),
        )
    ):
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


def received_above(*, area: Area, year: int, on: datetime.date) -> dict[Key, Decimal]:
    """Return what was recorded for areas above `area`, of which nobody has said for whom below it is."""
    above = FundTransfer.objects.filter(
        area__code__in=area_chain(area)[1:], fiscal_year=year, received_on__lte=on
    )
    sums = above.order_by().values_list("component", "level").annotate(received=Sum("amount"))
    return {(component, level): received for component, level, received in sums}
