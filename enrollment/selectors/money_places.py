"""Where the money of a paid year counts, its subsidy and its assistance: for ever where it was paid, whoever moves on.

The pooling area of the registration decides, and below it where the person lived on the day the year was paid. Nearly
everybody still lives there; those who do not are found first, and statements join them by `MOVED`:

    LEFT JOIN {moved} ON moved.key = paid.id ... coalesce(moved.area_id, person.living_area_id)
"""

import datetime
from collections.abc import Collection, Iterable

from django.db.models import F, Q, QuerySet

from enrollment.models import ContributionPeriod, EnrollmentStatus
from registry.batch.places import Stay, living_areas_of
from registry.models import Area
from registry.selectors import areas_under

MOVED = "unnest(%(moved)s::bigint[], %(moved_to)s::bigint[]) AS moved (key, area_id)"
MoneyMoved = dict[str, list[int]]  # what `MOVED` names


def money_of(years: QuerySet[ContributionPeriod]) -> MoneyMoved:
    """Return which of the years count elsewhere than where their people live now: two queries, one if none may.

    A year not paid in full counts where its registration is and the person lives now.
    """
    elsewhere = Q(resident__living_since__gt=F("paid_on")) | ~Q(
        resident__pooling_area=F("enrollment__pooling_area")
    )
    return elsewhere_of(
        years.filter(elsewhere)
        .order_by()
        .values_list("pk", "resident", "enrollment__pooling_area", "paid_on")
        .distinct()
    )


def elsewhere_of(rows: Iterable[tuple[int, int, int, datetime.date | None]]) -> MoneyMoved:
    """Return where money counts, in one query; none without rows.

    :param rows: key of what is joined, resident, pooling area of the registration, day of the payment; null = not paid
    """
    stays = {key: Stay(resident, pool, day or datetime.date.max) for key, resident, pool, day in rows}
    areas = living_areas_of(set(stays.values()))
    return {"moved": list(stays), "moved_to": [areas[stay] for stay in stays.values()]}


def years_at(*, area: Area, residents: Collection[int]) -> set[tuple[int, int]]:
    """Return resident and coverage year of the registrations whose money counts at an area or below, in four queries.

    A withdrawn one counts as long as money of it is booked.
    """
    stands = Q(enrollment__status=EnrollmentStatus.ACTIVE) | Q(paid__gt=0)
    years = ContributionPeriod.objects.filter(stands, resident__among=residents)
    moved = money_of(years)
    moved_to = dict(zip(moved["moved"], moved["moved_to"], strict=True))
    here = set(areas_under(area).values_list("pk", flat=True))
    rows = years.order_by("pk").values_list("pk", "resident", "coverage_year", "resident__living_area")
    return {(resident, year) for pk, resident, year, lives in rows if moved_to.get(pk, lives) in here}
