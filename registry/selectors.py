"""Reads: the tree of areas, who may see what, and people by their numbers."""

import datetime
from collections.abc import Collection, Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from registry.models import Area, AreaFiscalClass, Household, InsuredSpell, Resident, Scheme, StaffScope
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized

Viewer = AbstractBaseUser | AnonymousUser


def areas_under(area: Area) -> QuerySet[Area]:
    """Return the area itself and everything below it."""
    return Area.objects.filter(path__startswith=area.path)


def area_chain(area: Area) -> list[str]:
    """Return the codes from the area itself up to the province: `["230102", "230100", "230000"]`."""
    return area.path.strip("/").split("/")[::-1]


def pooling_area_of(area: Area) -> Area:
    """Return the nearest body at or above `area` that pools funds.

    :raises Area.DoesNotExist: if nothing above it pools, as for a province itself
    """
    return pooling_areas_of([area])[area.pk]


def pooling_areas_of(areas: Iterable[Area]) -> dict[int, Area]:
    """Return each area's pooling area by the area's id, in one query.

    :raises Area.DoesNotExist: if one of them belongs to no pooling area
    """
    wanted = list(areas)
    codes = {code for area in wanted for code in area_chain(area)}
    pooling = {area.code: area for area in Area.objects.filter(code__in=codes, is_pooling_area=True)}
    found = {}
    for area in wanted:
        nearest = next((pooling[code] for code in area_chain(area) if code in pooling), None)
        if nearest is None:
            raise Area.DoesNotExist(f"no pooling area at or above {area.code}")
        found[area.pk] = nearest
    return found


def pools_of(area: Area) -> frozenset[int]:
    """Return the ids of the bodies whose funds an area has to do with: those in it, or the nearest above it."""
    within = frozenset(areas_under(area).filter(is_pooling_area=True).values_list("pk", flat=True))
    if within:
        return within
    above = Area.objects.filter(code__in=area_chain(area), is_pooling_area=True)
    nearest = above.order_by(Length("path").desc()).values_list("pk", flat=True)[:1]
    return frozenset(nearest)


def fiscal_class_of(area: Area, *, fiscal_year: int) -> str | None:
    """Return the fiscal class of the nearest area at or above `area` that has one for the year."""
    by_code = dict(
        AreaFiscalClass.objects.filter(area__code__in=area_chain(area), fiscal_year=fiscal_year).values_list(
            "area__code", "fiscal_class"
        )
    )
    return next((by_code[code] for code in area_chain(area) if code in by_code), None)


def scope_filter(user: Viewer, *, area: str = "area", roles: Collection[str] = ()) -> Q:
    """Return the condition that keeps rows of the areas `user` may see: the one place where row access is decided.

    :param area: the lookup from the row to its area, such as "resident__living_area"; "" for areas themselves
    :param roles: only scopes of these roles count; empty = any role
    :returns: everything for superusers, nothing for a user without a scope
    """
    if not user.is_authenticated:
        return Q(pk__in=[])
    assert isinstance(user, User)
    if user.is_superuser:
        return Q()
    areas = Q(pk__in=[])
    for path in _scope_paths(user, roles=roles):
        areas |= Q(path__startswith=path)
    lookup = f"{area}__in" if area else "pk__in"
    return Q(**{lookup: Area.objects.filter(areas)})


def scoped_areas(user: Viewer) -> QuerySet[Area]:
    """Return the areas `user` may see."""
    return Area.objects.filter(scope_filter(user, area=""))


def scoped_residents(user: Viewer) -> QuerySet[Resident]:
    """Return the residents who live where `user` may see."""
    return Resident.objects.filter(scope_filter(user, area="living_area"))


def scoped_households(user: Viewer) -> QuerySet[Household]:
    """Return the households of the areas `user` may see."""
    return Household.objects.filter(scope_filter(user))


def has_role(user: Viewer, role: str, *, area: Area) -> bool:
    """Return whether `user` acts in `role` for `area`; superusers act in every role."""
    if not user.is_authenticated:
        return False
    assert isinstance(user, User)
    return user.is_superuser or any(area.path.startswith(path) for path in _scope_paths(user, roles=[role]))


def resident_by_number(number: str) -> Resident | None:
    """Return the person who holds this number now, or else the one who held it last, or nothing."""
    return resident_by_index(blind_index(normalized(number)))


def resident_by_index(index: bytes) -> Resident | None:
    """Return the person who holds a number now, or else the one who held it last, or nothing; by blind index."""
    pk = resident_ids_by_index([index]).get(index)
    return None if pk is None else Resident.objects.get(pk=pk)


def resident_ids_by_index(indexes: Collection[bytes]) -> dict[bytes, int]:
    """Return residents' ids by blind index; a number given up counts while nobody else holds it.

    A newborn registered by birth certificate is thus found again by it after the identity number has come.
    Two queries, however many.
    """
    wanted = set(indexes)
    former = (
        Resident.history.filter(id_index__among=wanted).order_by("history_date").values_list("id_index", "id")
    )
    found = {bytes(index): pk for index, pk in former}
    current = Resident.objects.filter(id_index__among=wanted).order_by("pk").values_list("id_index", "pk")
    return found | {bytes(index): pk for index, pk in current}


def numbers_of_holder(index: bytes) -> set[bytes]:
    """Return a number with all that whoever has it, or had it last, ever had; all by blind index."""
    pk = resident_ids_by_index([index]).get(index)
    ever = Resident.history.filter(id=pk).order_by().values_list("id_index", flat=True).distinct()
    return {index, *map(bytes, ever)} if pk is not None else {index}


def insured_spells_on(
    *, resident_ids: Collection[int], day: datetime.date, scheme: str = Scheme.EMPLOYEE
) -> QuerySet[InsuredSpell]:
    """Return the spells of `scheme` that cover `day`."""
    return InsuredSpell.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=day),
        resident__in=resident_ids,
        scheme=scheme,
        starts_on__lte=day,
    )


def _scope_paths(user: User, *, roles: Collection[str]) -> list[str]:
    scopes = StaffScope.objects.filter(user=user)
    if roles:
        scopes = scopes.filter(role__in=roles)
    paths = scopes.order_by(Length("area__path"), "area__path").values_list("area__path", flat=True)
    kept: list[str] = []
    for path in paths:
        if not any(path.startswith(wider) for wider in kept):
            kept.append(path)
    return kept
