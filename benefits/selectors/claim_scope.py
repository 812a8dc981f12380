"""Whose claims are whose: the fund that pays a claim says who acts on it, wherever its person lives by now.

It is handled where the whole pooling area is handled, and where its person lives while that is in the pooling area.
Whoever the person moved to may look at it, to decide on the person, and do nothing with it.
"""

from collections.abc import Collection

from django.db.models import F, Q

from enrollment.models import Enrollment
from registry.models import Area, Resident
from registry.selectors import Viewer, scope_filter


def is_handled_in(area_path: str, *, fund_path: str, living_path: str) -> bool:
    """Return whether an area handles what a fund pays for somebody who lives somewhere."""
    lives_there = living_path.startswith(area_path) and living_path.startswith(fund_path)
    return lives_there or fund_path.startswith(area_path)


def people_in_reach(area: Area, resident_ids: Collection[int]) -> set[int]:
    """Return which of the people live in an area or were ever insured with a fund of it; one query."""
    insured = Enrollment.objects.filter(
        pooling_area__path__startswith=area.path, resident__among=list(resident_ids)
    )
    people = Resident.objects.filter(
        Q(living_area__path__startswith=area.path) | Q(pk__in=insured.values("resident_id")),
        pk__among=list(resident_ids),
    )
    return set(people.values_list("pk", flat=True))


def claims_handled(user: Viewer, *, roles: Collection[str], claim: str = "") -> Q:
    """Return the condition of the claims that a user may act on in one of the roles.

    :param claim: lookup from the row to its claim, with the underscores after it; "" for claims and year totals
    """
    living = scope_filter(user, area=f"{claim}resident__living_area", roles=roles)
    if not living:  # every claim
        return living
    fund = scope_filter(user, area=f"{claim}pooling_area", roles=roles)
    inside = Q(**{f"{claim}resident__living_area__path__startswith": F(f"{claim}pooling_area__path")})
    return fund | (living & inside)


def claims_seen(user: Viewer, *, claim: str = "") -> Q:
    """Return the condition of the claims that a user may look at."""
    living = scope_filter(user, area=f"{claim}resident__living_area")
    return living | scope_filter(user, area=f"{claim}pooling_area") if living else living


def manuals_handled(user: Viewer, *, roles: Collection[str]) -> Q:
    """Return the condition of the manual claims that a user may act on in one of the roles.

    One belongs where the claim does that it became or is to correct; until then, where its person lives.
    """
    living = scope_filter(user, area="resident__living_area", roles=roles)
    if not living:
        return living
    became = claims_handled(user, roles=roles, claim="claim__")
    corrects = Q(claim=None) & claims_handled(user, roles=roles, claim="amends__")
    return became | corrects | (Q(claim=None, amends=None) & living)


def manuals_seen(user: Viewer) -> Q:
    """Return the condition of the manual claims that a user may look at."""
    living = scope_filter(user, area="resident__living_area")
    return living | manuals_handled(user, roles=()) if living else living
