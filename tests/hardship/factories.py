"""Identities for tests."""

import datetime
from typing import Any

import factory

from casework.models import Case
from exchange.models import Agency
from hardship.models import Category, CategoryAlias, Recognition
from tests.registry.factories import ResidentFactory, UserFactory, harbin

__all__ = ["AgencyFactory", "Case", "RecognitionFactory", "UserFactory", "category"]


def category(
    code: str, *, label: str = "", issuer: str = "civil_affairs", names: dict[str, Any] | None = None
) -> Category:
    """Return the category of this code; `names` are aliases and what else they say."""
    made, _ = Category.objects.get_or_create(
        code=code, defaults={"label": label or f"类别{code}", "issuer": issuer}
    )
    for name, attributes in (names or {}).items():
        CategoryAlias.objects.get_or_create(name=name, defaults={"category": made, "attributes": attributes})
    return made


class AgencyFactory(factory.django.DjangoModelFactory[Agency]):
    class Meta:
        model = Agency

    code = factory.Sequence(lambda number: f"A{number:04d}")
    name = "哈尔滨市民政局"
    kind = "civil_affairs"
    area = factory.LazyFunction(harbin)


class RecognitionFactory(factory.django.DjangoModelFactory[Recognition]):
    """A subsistence allowance since 2024, still held; `of` names another category."""

    class Meta:
        model = Recognition

    class Params:
        of = "subsistence_allowance"
        ended = factory.Trait(valid_to=datetime.date(2025, 1, 1))

    resident = factory.SubFactory(ResidentFactory)
    category = factory.LazyAttribute(lambda made: category(made.of))
    valid_from = datetime.date(2024, 1, 1)
    authority = "civil_affairs"
