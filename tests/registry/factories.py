"""People and places for tests. Numbers are synthetic: 230199 and 130299 were never allocated."""

import datetime
from typing import Any

import factory
from django.contrib.auth import get_user_model
from stdnum.cn import ric

from registry.models import Area, Household, IdKind, InsuredSpell, Resident, Role, Scheme, StaffScope
from registry.models.sealing import blind_index, seal

BORN_ON = datetime.date(1965, 3, 1)


def identity_number(
    serial: int, *, born_on: datetime.date = BORN_ON, place: str = "230199", female: bool = True
) -> str:
    """Return a valid number; `serial` 0–499 tells apart people born on one day."""
    order = serial * 2 + (0 if female else 1)
    body = f"{place}{born_on:%Y%m%d}{order:03d}"
    return body + ric.calc_check_digit(body + "0")


def area(
    code: str, *, name: str = "", level: str = "", parent: Area | None = None, pooling: bool = False
) -> Area:
    """Return the area of this code, made below `parent` if need be."""
    path = f"{parent.path if parent else ''}{code}/"
    depth = ["province", "city", "county", "town", "village"][path.count("/") - 1]
    made, _ = Area.objects.get_or_create(
        code=code,
        defaults={
            "name": name or f"地区{code}",
            "level": level or depth,
            "parent": parent,
            "path": path,
            "is_pooling_area": pooling or depth == "city",
        },
    )
    return made


def harbin() -> Area:
    """Return 哈尔滨市, a pooling area."""
    return area("230100", name="哈尔滨市", parent=area("230000", name="黑龙江省"))


def daoli() -> Area:
    """Return 道里区 of Harbin."""
    return area("230102", name="道里区", parent=harbin())


def shangzhi() -> Area:
    """Return 尚志市, a county of Harbin."""
    return area("230183", name="尚志市", parent=harbin())


def tangshan() -> Area:
    """Return 唐山市, a pooling area of another province."""
    return area("130200", name="唐山市", parent=area("130000", name="河北省"))


class UserFactory(factory.django.DjangoModelFactory[Any]):
    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda number: f"user{number}")


class StaffScopeFactory(factory.django.DjangoModelFactory[StaffScope]):
    class Meta:
        model = StaffScope

    user = factory.SubFactory(UserFactory)
    area = factory.LazyFunction(harbin)
    role = Role.CLERK


class HouseholdFactory(factory.django.DjangoModelFactory[Household]):
    class Meta:
        model = Household

    number = factory.Sequence(lambda number: f"H{number:06d}")
    area = factory.LazyFunction(daoli)


class ResidentFactory(factory.django.DjangoModelFactory[Resident]):
    """A woman of 道里区 born on 1 March 1965; `number` gives another identity number."""

    class Meta:
        model = Resident

    class Params:
        number = factory.Sequence(lambda serial: identity_number(serial % 500))

    name = "王桂兰"
    id_kind = IdKind.RESIDENT_ID
    sealed_id_number = factory.LazyAttribute(lambda made: seal(made.number))
    id_index = factory.LazyAttribute(lambda made: blind_index(made.number))
    sex = "2"
    born_on = BORN_ON
    living_area = factory.LazyFunction(daoli)
    hukou_area = factory.SelfAttribute("living_area")
    pooling_area = factory.LazyFunction(harbin)


class InsuredSpellFactory(factory.django.DjangoModelFactory[InsuredSpell]):
    class Meta:
        model = InsuredSpell

    resident = factory.SubFactory(ResidentFactory)
    scheme = Scheme.EMPLOYEE
    area_code = "230100"
    starts_on = datetime.date(2024, 1, 1)
    ends_on = datetime.date(2024, 7, 1)
